"""Whose key this is: read from the database at most once a second and key, else from this process's memory."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, request

from loyalty.db import at_once, transact
from loyalty.errors import Forbidden, Malformed
from loyalty.points.operations import Place
from loyalty.rules.terms import Terms
from partners import keys
from partners.api.pace import Pace
from partners.api.problems import NotNow, Unauthorized
from partners.contracts import terms_for

FRESH_S = 1.0  # revocation and changed terms are felt after this
TERMS_FRESH_S = 60.0  # rewards come and go by date alone
WRONG_A_MINUTE = 60  # wrong keys from one address


@dataclass(frozen=True, slots=True)
class Authority:
    """The till that calls, and everything about its partner that calls must know."""

    key: keys.Keyring
    place: Place
    terms: Terms


@dataclass(slots=True)
class Known:
    """A key as it was read last. `authority` None: there is none that opens. Times are monotonic seconds."""

    read_s: float
    secret: str
    authority: Authority | None


class Memory:
    """What one process remembers of keys and terms, and how often they were used."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}
        self.terms: dict[UUID, tuple[int, float, Terms]] = {}
        self.calls = Pace(1.0)
        self.wrong = Pace(60.0)


def authority(scope: str | None = None, winding_up: bool = False) -> Authority:
    """Who calls. `winding_up`: also tills of a partner that left, until its cut-off.

    Raises Unauthorized, Forbidden `scope_missing`, `partner_left`, NotNow `rate_limited`.
    """
    memory: Memory = current_app.extensions["till_keys"]
    key_id, secret = _sent(memory)
    known = memory.known.get(key_id)
    if known is None or known.secret != secret or time.monotonic() - known.read_s > FRESH_S:
        known = _read(memory, key_id, secret, known)
    caller = known.authority
    if caller is None:
        raise _refused(memory)
    limit = current_app.config["RATE_LIMIT"]
    if limit and not memory.calls.hit(key_id, limit):
        raise NotNow("rate_limited", seconds=1)
    if scope and scope not in caller.key.scopes:
        raise Forbidden("scope_missing", scope=scope)
    if caller.key.left_at is not None and not (winding_up and caller.key.winds_up(_today(caller))):
        raise Forbidden("partner_left")
    return caller


def refuse_left(caller: Authority) -> None:
    """Nothing new at a partner that left. Raises Forbidden `partner_left`."""
    if caller.key.left_at is not None:
        raise Forbidden("partner_left")


def _today(caller: Authority) -> date:
    """The coalition's local day."""
    return datetime.now(ZoneInfo(caller.terms.programme.time_zone)).date()


def _sent(memory: Memory) -> tuple[str, str]:
    """Id and secret of the key that came. A mistyped one is refused without asking the database."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if not text or scheme.lower() != "bearer":
        raise Unauthorized("unauthorized")
    try:
        return keys.parse(text.strip())
    except Malformed:
        raise _refused(memory) from None


def _read(memory: Memory, key_id: str, secret: str, before: Known | None) -> Known:
    if (before is None or before.secret != secret) and not memory.wrong.open(
        request.remote_addr or "", WRONG_A_MINUTE
    ):
        raise NotNow("rate_limited", seconds=60)  # an address that guesses does not reach the database
    now = time.monotonic()
    found = at_once(lambda session: keys.look_up(session, key_id))
    if found is None or not found.opens(secret):
        if before is not None and before.secret == secret:
            memory.known.pop(key_id, None)
        return Known(now, secret, None)
    place = Place(found.till_id, found.shop_id, found.partner_id, found.time_zone)
    known = Known(now, secret, Authority(found, place, _terms(memory, found, now)))
    memory.known[key_id] = known
    return known


def _terms(memory: Memory, key: keys.Keyring, now: float) -> Terms:
    kept = memory.terms.get(key.partner_id)
    if kept and kept[0] == key.terms_revision and now - kept[1] < TERMS_FRESH_S:
        return kept[2]
    at = datetime.now(UTC)
    terms = transact(lambda session: terms_for(session, key.partner_id, at))
    memory.terms[key.partner_id] = (key.terms_revision, now, terms)
    return terms


def _refused(memory: Memory) -> Exception:
    """A wrong key, counted for the address it came from."""
    if memory.wrong.hit(request.remote_addr or "", WRONG_A_MINUTE):
        return Unauthorized("unauthorized")
    return NotNow("rate_limited", seconds=60)
