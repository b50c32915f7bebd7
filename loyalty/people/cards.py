"""Cards: issued, replaced, blocked, and whose they are. A number is never used twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Missing
from loyalty.models.people import Card, Member
from loyalty.rules import cardnumber

TRIES = 20  # numbers already taken in a row: with 10^13 of them only a broken source of randomness does that


@dataclass(frozen=True, slots=True)
class Holder:
    """Who stands behind a card."""

    number: str
    member_id: UUID
    wallet_id: UUID


def issue(session: Session, member_id: UUID, at: datetime, entropy: Callable[[int], bytes]) -> str:
    """A new card for the member; its number. `entropy(n)` gives n random bytes."""
    for _ in range(TRIES):
        number = cardnumber.make(f"{int.from_bytes(entropy(8), 'big') % 10**13:013}")
        row = insert(Card).values(number=number, member_id=member_id, issued_at=at)
        if session.scalar(row.on_conflict_do_nothing().returning(Card.number)):
            return number
    raise RuntimeError(f"{TRIES} random card numbers in a row were taken")


def replace(session: Session, number: str, at: datetime, entropy: Callable[[int], bytes]) -> str:
    """Block the card and issue another to its member; the new number.

    A card blocked before may still be replaced, once. Raises Missing `card_unknown`, Conflict `card_blocked`.
    """
    card = _locked(session, number)
    if card.replaced_by:
        raise Conflict("card_blocked", "card", replaced=True)
    fresh = issue(session, card.member_id, at, entropy)
    change = update(Card).where(Card.number == number)
    session.execute(change.values(blocked_at=card.blocked_at or at, replaced_by=fresh))
    return fresh


def block(session: Session, number: str, at: datetime) -> None:
    """From now on the card is refused; doing it again changes nothing. Raises Missing `card_unknown`."""
    card = _locked(session, number)
    if card.blocked_at is None:
        session.execute(update(Card).where(Card.number == number).values(blocked_at=at))


def who(session: Session, number: str) -> Holder:
    """Whose card this is. Raises Missing `card_unknown`, Conflict `card_blocked` (fact `replaced`)."""
    found = session.execute(
        select(Card.member_id, Member.wallet_id, Card.blocked_at, Card.replaced_by)
        .join(Member, Member.id == Card.member_id)
        .where(Card.number == number)
    ).first()
    if found is None:
        raise Missing("card_unknown", "card")
    if found.blocked_at is not None:
        raise Conflict("card_blocked", "card", replaced=found.replaced_by is not None)
    return Holder(number, found.member_id, found.wallet_id)


def current(session: Session, member_id: UUID) -> str | None:
    """The member's newest card that is not blocked."""
    live = select(Card.number).where(Card.member_id == member_id, Card.blocked_at.is_(None))
    return session.scalar(live.order_by(Card.issued_at.desc(), Card.number).limit(1))


def _locked(session: Session, number: str):
    columns = (Card.member_id, Card.blocked_at, Card.replaced_by)
    card = session.execute(select(*columns).where(Card.number == number).with_for_update()).first()
    if card is None:
        raise Missing("card_unknown", "card")
    return card
