"""PINs: set by the member, checked at the till, locked after five wrong tries. Only an HMAC is kept."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from loyalty.errors import Invalid
from loyalty.models.people import Pin
from loyalty.rules.cardnumber import pin_hash

MOST_WRONG = 5


class Verdict(Enum):
    """What a try at a PIN came to. UNSET: the member has none, so it cannot be right."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    UNSET = "unset"


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict and how many tries are left before the PIN locks."""

    verdict: Verdict
    tries_left: int


def choose(session: Session, member_id: UUID, pin: str, server_key: bytes) -> None:
    """Give the member this PIN; a locked one is open again. Raises Invalid `pin_invalid`, `pin_weak`."""
    if not 4 <= len(pin) <= 6 or not (pin.isascii() and pin.isdigit()):
        raise Invalid("pin_invalid", "pin")
    if _weak(pin):
        raise Invalid("pin_weak", "pin")
    values = {"digest": pin_hash(server_key, member_id, pin), "wrong_tries": 0, "locked_at": None}
    row = insert(Pin).values(member_id=member_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=[Pin.member_id], set_=values))


def check(session: Session, member_id: UUID, pin: str, server_key: bytes, at: datetime) -> Checked:
    """Try a PIN. The door commits whatever the verdict is: a wrong try that is rolled back was never counted.

    A locked PIN says locked even to the right one, so guessing on tells nothing.
    """
    # Under the row's lock: of many guesses at once, each sees the wrong ones before it.
    kept = session.execute(
        select(Pin.digest, Pin.wrong_tries, Pin.locked_at).where(Pin.member_id == member_id).with_for_update()
    ).first()
    if kept is None:
        return Checked(Verdict.UNSET, 0)
    if kept.locked_at is not None:
        return Checked(Verdict.LOCKED, 0)
    change = update(Pin).where(Pin.member_id == member_id)
    if hmac.compare_digest(kept.digest, pin_hash(server_key, member_id, pin)):
        if kept.wrong_tries:
            session.execute(change.values(wrong_tries=0))
        return Checked(Verdict.RIGHT, MOST_WRONG)
    wrong = kept.wrong_tries + 1
    session.execute(change.values(wrong_tries=wrong, locked_at=at if wrong >= MOST_WRONG else None))
    if wrong >= MOST_WRONG:
        return Checked(Verdict.LOCKED, 0)
    return Checked(Verdict.WRONG, MOST_WRONG - wrong)


def _weak(pin: str) -> bool:
    """All the same, or counting up or down: what a thief tries first."""
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {-1, 0, 1}
