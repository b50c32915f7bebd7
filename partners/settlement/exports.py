"""A partner's export: the chain of a range, own movements in full, all others as hashes that say nothing of people.

JSON lines, so that it is written and read in a stream; `verify.py` beside this file checks it without this package.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Invalid, Missing
from loyalty.points import entries
from loyalty.points.entries import Entry
from loyalty.rules.chain import FIELDS, START, Part, part_hash
from loyalty.rules.published import FORMAT
from partners.models import Partner

AT_ONCE = 2_000
WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
OWN = {"transfer": "partner_id", "receipt": "partner_id", "lot": "issuer_id", "use": "issuer_id"}


def export(session: Session, partner_id: UUID, first_sequence: int, last_sequence: int) -> Iterator[str]:
    """The export of `partner_id` for a range of sealed numbers, line by line, each with its line break.

    Raises, before the first line, Missing `partner_unknown`, Invalid `range_not_sealed`.
    """
    partner = session.get(Partner, partner_id)
    if partner is None:
        raise Missing("partner_unknown", "partner_id")
    header = {
        "format": FORMAT,
        "partner": {"id": str(partner.id), "code": partner.code, "name": partner.name},
        "first": first_sequence,
        "last": last_sequence,
        "previous": _hash_at(session, first_sequence - 1, "first_sequence"),
        "head": _hash_at(session, last_sequence, "last_sequence"),
    }
    if first_sequence > last_sequence:
        raise Invalid("range_not_sealed", "last_sequence")
    return _lines(session, header)


def _hash_at(session: Session, sequence: int, field: str) -> str:
    if sequence == 0 and field == "first_sequence":
        return START.hex()
    row = driver(session).execute("SELECT hash FROM seal WHERE sequence = %s", [sequence]).fetchone()
    if row is None:
        raise Invalid("range_not_sealed", field)
    found: bytes = row[0]
    return found.hex()


def _lines(session: Session, header: dict[str, Any]) -> Iterator[str]:
    yield WRITER.encode(header) + "\n"
    after, partner = header["first"] - 1, header["partner"]["id"]
    while batch := entries.sealed(driver(session), after, header["last"], AT_ONCE):
        for entry in batch:
            yield WRITER.encode(_shown(entry, partner)) + "\n"
        after = batch[-1].sequence


def _shown(entry: Entry, partner: str) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "hash": entry.hash.hex(),
        "parts": [_full(part) if _concerns(part, partner) else part_hash(part).hex() for part in entry.parts],
    }


def _full(part: Part) -> dict[str, dict[str, str | None]]:
    return {part.name: dict(zip(FIELDS[part.name], part.fields, strict=True))}


def _concerns(part: Part, partner: str) -> bool:
    """Whether this part is of this partner: at its till, of its lots. Only a transfer names a wallet."""
    return part.fields[FIELDS[part.name].index(OWN[part.name])] == partner
