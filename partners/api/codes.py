"""What a member shows to spend: the phone's rotating code or a PIN. Wrong ones are counted and committed at once."""

from collections.abc import Callable
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import db, transact
from loyalty.errors import Forbidden, Locked, LoyaltyError
from loyalty.models.people import Card, Pin
from loyalty.people import cards, pins, throttle
from loyalty.people.pins import Checked, Verdict
from loyalty.rules import cardnumber
from loyalty.rules.cardnumber import CardRead
from partners.api.problems import NotNow


def spendable(read: CardRead, at: datetime) -> bool:
    """Whether the code shown is fresh and was not spent. Looking does not consume it; a wrong one is counted."""
    try:
        step = fresh_step(read, at)
    except LoyaltyError:
        return False
    with Session(db.engine) as session:
        used = session.scalar(select(Card.used_steps).where(Card.number == read.number))
    return step not in (used or ())


def fresh_step(read: CardRead, at: datetime) -> int:
    """The window of the code shown. Raises Forbidden `spending_needs_code`, NotNow `too_many_tries`."""
    key = _server_key()
    name = throttle.bucket(key, "code", read.number)
    with Session(db.engine) as session:
        _refuse_blocked(throttle.blocked(session, name, at), at)
    step = cardnumber.matching_step(cardnumber.key_of(key, read.number), read.code or "", at)
    if step is None:
        transact(lambda session: throttle.note(session, name, at, throttle.CARD_CODE))
        raise Forbidden("spending_needs_code", "card")
    return step


def pin_check(card: str, pin: str, till_id: UUID, at: datetime) -> Callable[[], None]:
    """Tries the PIN when called. Five wrong ones at a till make it wait, five on a PIN lock that.

    Raises what `cards.who` does, Forbidden `pin_wrong` (tries_left) or `spending_needs_code` (no PIN set), Locked
    `pin_locked`, NotNow `too_many_tries`.
    """
    key = _server_key()
    name = throttle.bucket(key, "till", str(till_id))

    def look(session: Session) -> Checked | datetime:
        member_id = cards.who(session, card).member_id
        until = throttle.blocked(session, name, at)
        if until is not None:
            locked = session.scalar(select(Pin.locked_at).where(Pin.member_id == member_id))
            return Checked(Verdict.LOCKED, 0) if locked else until
        checked = pins.check(session, member_id, pin, key, at)
        if checked.verdict is not Verdict.RIGHT:
            throttle.note(session, name, at, throttle.TILL_PIN)
        return checked

    def check() -> None:
        found = transact(look)
        if isinstance(found, datetime):
            _refuse_blocked(found, at)
        elif found.verdict is not Verdict.RIGHT:
            _refuse(found)

    return check


def _refuse(checked: Checked) -> NoReturn:
    if checked.verdict is Verdict.LOCKED:
        raise Locked("pin_locked", "pin")
    if checked.verdict is Verdict.UNSET:
        raise Forbidden("spending_needs_code", "pin")
    raise Forbidden("pin_wrong", "pin", tries_left=checked.tries_left)


def _refuse_blocked(until: datetime | None, at: datetime) -> None:
    if until is not None:
        raise NotNow("too_many_tries", seconds=int((until - at).total_seconds()) + 1)


def _server_key() -> bytes:
    key: bytes = current_app.config["CARD_KEY"]
    return key
