"""What a till asked before: the answer under its key, as it was sent or, once thrown away, what it was about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points.operations import Ask

Kind = Literal["purchase", "purchase_return", "redemption", "redemption_reversal", "member"]


@dataclass(frozen=True, slots=True)
class Replay:
    """One operation that a key stands for. `body` None: the slip is gone, rebuild it from `operation_id`.

    `kind` None: a refusal that was kept. `erased`: the member has been erased since.
    """

    fingerprint: bytes
    status: int
    body: str | None
    kind: Kind | None
    operation_id: UUID | None
    erased: bool


OPERATIONS = """
    SELECT o.key, o.fingerprint, o.kind, o.id, m.erased_at IS NOT NULL FROM (
        SELECT key, fingerprint, 'purchase' AS kind, id, member_id FROM purchase
            WHERE till_id = %(till)s AND key = ANY(%(keys)s)
        UNION ALL SELECT r.key, r.fingerprint, 'purchase_return', r.id, p.member_id
            FROM purchase_return r JOIN purchase p ON p.id = r.purchase_id
            WHERE r.till_id = %(till)s AND r.key = ANY(%(keys)s)
        UNION ALL SELECT key, fingerprint, 'redemption', id, member_id FROM redemption
            WHERE till_id = %(till)s AND key = ANY(%(keys)s)
        UNION ALL SELECT v.key, v.fingerprint, 'redemption_reversal', v.id, d.member_id
            FROM redemption_reversal v JOIN redemption d ON d.id = v.redemption_id
            WHERE v.till_id = %(till)s AND v.key = ANY(%(keys)s)
        UNION ALL SELECT key, fingerprint, 'member', id, id FROM member
            WHERE till_id = %(till)s AND key = ANY(%(keys)s)
    ) o JOIN member m ON m.id = o.member_id"""
SLIPS = "SELECT key, fingerprint, status, body FROM slip WHERE till_id = %s AND key = ANY(%s)"


def find(session: Session, till_id: UUID, key: str) -> Replay | None:
    """What this till's `key` stands for, if it was used."""
    return find_many(session, till_id, [key]).get(key)


def find_many(session: Session, till_id: UUID, keys: Sequence[str]) -> dict[str, Replay]:
    """What keys of this till stand for; keys never used are not in it."""
    connection = driver(session)
    found: dict[str, Replay] = {}
    for key, fingerprint, status, body in connection.execute(SLIPS, [till_id, list(keys)]):
        found[key] = Replay(bytes(fingerprint), status, body, None, None, False)
    for key, fingerprint, kind, operation_id, erased in connection.execute(
        OPERATIONS, {"till": till_id, "keys": list(keys)}
    ):
        kept = found.get(key)
        status, body = (kept.status, kept.body) if kept else (201, None)
        found[key] = Replay(bytes(fingerprint), status, body, kind, operation_id, erased)
    return found


def keep(session: Session, till_id: UUID, ask: Ask, status: int, body: str, at: datetime) -> None:
    """Keep a refusal that sticks to its key. An answer that stands already stays."""
    driver(session).execute(
        """INSERT INTO slip (till_id, key, fingerprint, status, body, written_at)
           VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
        [till_id, ask.key, ask.fingerprint, status, body, at],
    )


def slip(till_id: UUID, ask: Ask, body: str, at: datetime, words: object = None) -> dict[str, object]:
    """The row of a slip for the journal: an accepted operation's answer (201) and the words of its receipt."""
    return {
        "till_id": till_id, "key": ask.key, "fingerprint": hex_bytes(ask.fingerprint), "status": 201, "body": body,
        "words": words, "written_at": at,
    }  # fmt: skip


def hex_bytes(value: bytes) -> str:
    """Bytes in PostgreSQL's hex form, as they travel in JSON."""
    return "\\x" + value.hex()
