"""Statements: what the running month comes to so far, and every run that was released, with its payment and papers.

Others' accounts are netted with the own one, but only the own one is ever shown.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import render_template
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from loyalty.errors import Conflict
from loyalty.rules.netting import Position
from loyalty.rules.periods import month_of
from partners import signed_in
from partners.office import office, own
from partners.office.phrases import vocabulary
from partners.settlement import closing, legs
from partners.settlement.models import Paper, SettlementLine, SettlementRun
from partners.signed_in import session, staff_only


@dataclass(frozen=True, slots=True)
class SoFar:
    """The own account since the last run: `begins` to today. `lines` are kind, points and cents."""

    begins: date
    day: date
    cents: int
    lines: list[tuple[str, int, int]]


@office.get("/statements")
@staff_only("owner", "accountant")
def statements() -> str:
    """The running month as it stands, then all released runs, newest first."""
    at = signed_in.now()
    items = {item.leg.run_id: item for item in legs.items(session(), partner_id=own.partner_id())}
    return render_template(
        "office/statements.html",
        so_far=so_far(session(), own.partner_id(), at),
        checked=being_checked(session()),
        released=released(session(), own.partner_id()),
        items=items,
        papers=papers_by_run(session(), own.partner_id()),
        today=closing.today(session(), at),
        **vocabulary(),
    )


def so_far(session: Session, partner_id: UUID, at: datetime) -> SoFar | None:
    """A partner's account since the last run as it would be settled now, or None when that month is settled."""
    day = closing.today(session, at)
    try:
        outcome = closing.outcome(session, month_of(day))
    except Conflict:  # a run already covers the month
        return None
    account = next(one for one in outcome.netting.positions if one.partner == partner_id)
    return SoFar(outcome.begins, day, account.cents, _lines(account))


def _lines(account: Position) -> list[tuple[str, int, int]]:
    shown = [(line.kind, line.points, line.cents) for line in account.lines]
    for fee in account.fees:
        shown += [("fee", fee.points, -fee.net_cents), ("fee_vat", 0, -fee.vat_cents)]
    return shown


def being_checked(session: Session) -> SettlementRun | None:
    """The run that waits for its release: its days are in no preview any more."""
    last = closing.last_run(session)
    return last if last is not None and last.state == "prepared" else None


def released(session: Session, partner_id: UUID) -> list[Row[tuple[SettlementRun, int]]]:
    """Released runs with the partner's position in cents, newest first."""
    cents = func.sum(SettlementLine.cents + func.coalesce(SettlementLine.vat_cents, 0))
    asked = (
        select(SettlementRun, cents)
        .join(SettlementLine, SettlementLine.run_id == SettlementRun.id)
        .where(SettlementRun.state == "released", SettlementLine.partner_id == partner_id)
        .group_by(SettlementRun.id)
    )
    return list(session.execute(asked.order_by(SettlementRun.number.desc())))


def papers_by_run(session: Session, partner_id: UUID) -> dict[UUID, list[Paper]]:
    """All papers of a partner, by number."""
    found: dict[UUID, list[Paper]] = {}
    asked = select(Paper).where(Paper.partner_id == partner_id)
    for one in session.scalars(asked.order_by(Paper.series, Paper.number)):
        found.setdefault(one.run_id, []).append(one)
    return found
