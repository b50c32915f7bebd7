"""What a basket would earn, were it booked now. Reads only; nobody is made to wait."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from loyalty.errors import Invalid
from loyalty.points import ledger
from loyalty.points.holders import Holder, holders, usable
from loyalty.points.operations import Place
from loyalty.points.purchases import paid_cents, spent
from loyalty.rules import margin
from loyalty.rules.basket import Basket
from loyalty.rules.earning import Award, State, earn
from loyalty.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class Preview:
    """Awards a basket would bring; `available` are the wallet's spendable points now (None without a card)."""

    points: int
    awards: tuple[Award, ...]
    available: int | None


def preview(
    session: Session, place: Place, card: str | None, basket: Basket, terms: Terms, at: datetime
) -> Preview:
    """The awards of `basket` for the holder of `card`, or for somebody without any history (None).

    Raises Missing `card_unknown`, Conflict `card_blocked`, Invalid `redemption_unknown`.
    """
    local = basket.purchased_at.astimezone(ZoneInfo(place.time_zone))
    holder = usable(holders(session, [card], lock=False), card) if card else None
    if holder:
        ledger.refresh(session, at, [holder.account])
    items = margin.items(basket.lines, terms)
    paid = _paid_cents(session, place, holder, basket)
    earned = earn(terms.rules, str(terms.partner_id), items, local, paid, _state(holder, local))
    return Preview(earned.points, earned.awards, holder.account.available if holder else None)


def _paid_cents(session: Session, place: Place, holder: Holder | None, basket: Basket) -> int:
    if not basket.redemptions:
        return 0
    if holder is None:  # nobody's points
        raise Invalid("redemption_unknown", "redemptions")
    return paid_cents(spent(session, place, basket.redemptions), basket, holder.account)


def _state(holder: Holder | None, local: datetime) -> State:
    if holder is None:
        return State()
    return State(holder.standing.factor, holder.has_birthday(local.date()), holder.account.progress)
