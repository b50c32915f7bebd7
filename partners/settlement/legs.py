"""Legs: the one payment of a run and partner, what the bank did with it, and what is still open."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Invalid, Missing
from loyalty.people import deeds
from partners.models import Partner
from partners.settlement import closing
from partners.settlement.models import Leg, LegEntry, SettlementLine, SettlementRun

NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A leg with what was paid of it. `state` is open, partial, settled or returned."""

    leg: Leg
    code: str
    name: str
    period: str
    paid_cents: int
    returned: bool

    @property
    def open_cents(self) -> int:
        """What is missing, with the sign of the leg."""
        return self.leg.cents - self.paid_cents

    @property
    def state(self) -> str:
        if not self.open_cents:
            return "settled"
        if self.returned and not self.paid_cents:
            return "returned"
        return "partial" if self.paid_cents else "open"


def open_for(session: Session, run: SettlementRun, at: datetime, new_id: NewId) -> None:
    """One leg for each partner that gets or owes something. Asked again: nothing."""
    due_on = closing.today(session, at) + timedelta(days=run.due_days)
    amount = func.sum(SettlementLine.cents + func.coalesce(SettlementLine.vat_cents, 0))
    sums = (
        select(SettlementLine.partner_id, amount)
        .where(SettlementLine.run_id == run.id)
        .group_by(SettlementLine.partner_id)
        .having(amount != 0)
    )
    for partner_id, cents in session.execute(sums.order_by(SettlementLine.partner_id)).all():
        leg_id = new_id()
        row = upsert(Leg).values(
            id=leg_id,
            run_id=run.id,
            partner_id=partner_id,
            cents=int(cents),
            due_on=due_on,
            end_to_end_id=f"EMMA-{run.number}-{leg_id.hex[-12:]}".upper(),
        )
        session.execute(row.on_conflict_do_nothing())


def items(
    session: Session, run_id: UUID | None = None, partner_id: UUID | None = None, only_open: bool = False
) -> list[OpenItem]:
    """Legs with what was paid of them, oldest first; `only_open`: those with something missing."""
    paid = func.coalesce(func.sum(LegEntry.cents), 0)
    returned = func.coalesce(func.bool_or(LegEntry.kind == "returned"), False)
    asked = (
        select(Leg, Partner.code, Partner.name, SettlementRun.period, paid, returned)
        .join(Partner, Partner.id == Leg.partner_id)
        .join(SettlementRun, SettlementRun.id == Leg.run_id)
        .outerjoin(LegEntry, LegEntry.leg_id == Leg.id)
        .group_by(Leg.id, Partner.code, Partner.name, SettlementRun.period, SettlementRun.number)
        .order_by(SettlementRun.number, Partner.code)
    )
    if run_id is not None:
        asked = asked.where(Leg.run_id == run_id)
    if partner_id is not None:
        asked = asked.where(Leg.partner_id == partner_id)
    if only_open:
        asked = asked.having(paid != Leg.cents)
    return [OpenItem(leg, code, name, period, int(done), back) for leg, code, name, period, done, back in
            session.execute(asked)]  # fmt: skip


def open_cents(session: Session) -> dict[UUID, int]:
    """What each partner still gets (above zero) or owes out of released runs."""
    paid = (
        select(LegEntry.leg_id, func.sum(LegEntry.cents).label("cents")).group_by(LegEntry.leg_id).subquery()
    )
    rows = session.execute(
        select(Leg.partner_id, func.sum(Leg.cents - func.coalesce(paid.c.cents, 0)))
        .outerjoin(paid, paid.c.leg_id == Leg.id)
        .group_by(Leg.partner_id)
    )
    return {partner_id: int(cents) for partner_id, cents in rows}


def settle_by_hand(
    session: Session, leg_id: UUID, cents: int, reason: str, staff_id: UUID, at: datetime, new_id: NewId
) -> None:
    """Note a payment no bank file told of: cash, set off. `cents` has the sign of the leg.

    Raises Missing `leg_unknown`, Invalid `amount_invalid` beyond what is open.
    """
    leg = session.scalar(select(Leg).where(Leg.id == leg_id).with_for_update())
    if leg is None:
        raise Missing("leg_unknown", "leg")
    paid = session.scalar(select(func.sum(LegEntry.cents)).where(LegEntry.leg_id == leg_id)) or 0
    missing = leg.cents - paid
    if not 0 < cents * (1 if missing > 0 else -1) <= abs(missing):
        raise Invalid("amount_invalid", "cents", open_cents=missing)
    entry_id = new_id()
    enter(session, leg_id, "by_hand", cents, closing.today(session, at), f"hand:{entry_id}", entry_id, reason,
          staff_id=staff_id)  # fmt: skip
    deeds.note(session, "leg_settled", staff_id, at, new_id, leg_id, leg.partner_id, {"cents": cents})


def pay_all(session: Session, run_id: UUID, staff_id: UUID | None, at: datetime, new_id: NewId) -> None:
    """Settle all open legs of a run at once, as if the money had moved. Asked again: nothing."""
    for item in items(session, run_id, only_open=True):
        entry_id = new_id()
        enter(session, item.leg.id, "by_hand", item.open_cents, closing.today(session, at), f"hand:{entry_id}",
              entry_id, "at_once", staff_id=staff_id)  # fmt: skip


def enter(
    session: Session,
    leg_id: UUID,
    kind: str,
    cents: int,
    booked_on: date,
    reference: str,
    entry_id: UUID,
    reason: str | None = None,
    file_id: UUID | None = None,
    staff_id: UUID | None = None,
) -> bool:
    """One entry of a leg; False when this reference was entered before."""
    row = upsert(LegEntry).values(
        id=entry_id, leg_id=leg_id, kind=kind, cents=cents, booked_on=booked_on, reference=reference, reason=reason,
        file_id=file_id, staff_id=staff_id,
    )  # fmt: skip
    return session.scalar(row.on_conflict_do_nothing().returning(LegEntry.id)) is not None
