"""Exits: a partner says that it leaves, its tills close, and in the end nothing of it is open any more.

Days are the coalition's local ones, and both of an exit are last days: the partner sells until the end of `leaves_on`;
its points are spent at its cost until the end of `cut_off_on`.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.coalition import Coalition
from loyalty.people import deeds
from loyalty.rules.netting import Position
from partners import contracts
from partners.models import Partner
from partners.settlement import closing, exposure, legs
from partners.settlement.models import Objection, PartnerExit

NewId = Callable[[], UUID]
CARRIERS = ("partner", "operator")


def give_notice(
    session: Session,
    partner_id: UUID,
    leaves_on: date,
    cut_off_on: date,
    carrier: str,
    guarantee_cents: int,
    staff_id: UUID,
    at: datetime,
    new_id: NewId,
) -> None:
    """Note that a partner leaves, and who carries its points that are still out after the cut-off. It cannot be undone.

    Raises Invalid naming the field (`word_unknown`, `amount_invalid`, `date_past`, `dates_reversed`), Missing
    `partner_unknown`, Conflict `exit_noted` when it leaves already.
    """
    if carrier not in CARRIERS:
        raise Invalid("word_unknown", "carrier")
    contracts.check_amount(guarantee_cents, "guarantee_cents")
    if leaves_on < closing.today(session, at):
        raise Invalid("date_past", "leaves_on")
    if cut_off_on < leaves_on:
        raise Invalid("dates_reversed", "cut_off_on")
    left_at = session.execute(select(Partner.left_at).where(Partner.id == partner_id)).first()
    if left_at is None:
        raise Missing("partner_unknown", "partner")
    row = upsert(PartnerExit).values(
        partner_id=partner_id, leaves_on=leaves_on, cut_off_on=cut_off_on, carrier=carrier,
        guarantee_cents=guarantee_cents, noted_by=staff_id, noted_at=at,
    )  # fmt: skip
    noted = row.on_conflict_do_nothing().returning(PartnerExit.partner_id)
    if left_at[0] is not None or session.scalar(noted) is None:
        raise Conflict("exit_noted", "partner")
    facts = {
        "leaves_on": leaves_on.isoformat(), "cut_off_on": cut_off_on.isoformat(), "carrier": carrier,
        "guarantee_cents": guarantee_cents,
    }  # fmt: skip
    deeds.note(session, "exit_noted", staff_id, at, new_id, partner_id, partner_id, facts)


def take_effect(session: Session, at: datetime) -> int:
    """Close the tills of partners whose last day is over; how many. A second run finds none."""
    zone = ZoneInfo(session.scalars(select(Coalition.time_zone)).one())
    due = (
        select(PartnerExit.partner_id, PartnerExit.leaves_on)
        .join(Partner, Partner.id == PartnerExit.partner_id)
        .where(Partner.left_at.is_(None), PartnerExit.leaves_on < at.astimezone(zone).date())
        .order_by(PartnerExit.partner_id)
    )
    left = 0
    for partner_id, leaves_on in session.execute(due).all():
        ends = datetime.combine(leaves_on + timedelta(days=1), time(), zone)
        gone = update(Partner).where(Partner.id == partner_id, Partner.left_at.is_(None)).values(left_at=ends)
        left += session.scalar(gone.returning(Partner.id)) is not None
    return left


def close(session: Session, partner_id: UUID, staff_id: UUID, at: datetime, new_id: NewId) -> None:
    """Put an exit behind: its guarantee may be given back. Asked again: nothing.

    Raises Missing `exit_unknown`; Conflict `exit_running` until the cut-off is over (fact `cut_off_on`), `exit_open`
    while something is: fact `open` names runs, legs, flows, points, objections.
    """
    found = session.scalar(
        select(PartnerExit)
        .where(PartnerExit.partner_id == partner_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing("exit_unknown", "partner")
    if found.closed_at is not None:
        return
    if closing.today(session, at) <= found.cut_off_on:
        raise Conflict("exit_running", "partner", cut_off_on=found.cut_off_on)
    closing.catch_up(session, at)
    if still := _open(session, found, at):
        raise Conflict("exit_open", "partner", open=still)
    found.closed_at = at
    session.flush()
    deeds.note(session, "exit_closed", staff_id, at, new_id, partner_id, partner_id)


def _open(session: Session, leaver: PartnerExit, at: datetime) -> list[str]:
    """What keeps an exit from being closed."""
    last = closing.last_run(session)
    points = exposure.outstanding(session, [leaver.partner_id], closing.today(session, at))
    objections = select(func.count()).where(
        Objection.partner_id == leaver.partner_id, Objection.state == "open"
    )
    found = {
        "runs": last is None or last.state != "released" or last.ends <= leaver.cut_off_on,
        "legs": bool(legs.items(session, partner_id=leaver.partner_id, only_open=True)),
        "flows": _moved(exposure.unsettled(session).get(leaver.partner_id)),
        "points": any(points.values()),
        "objections": bool(session.scalar(objections)),
    }
    return [name for name, is_open in found.items() if is_open]


def _moved(account: Position | None) -> bool:
    return account is not None and any(line.exact_ct for line in (*account.lines, *account.fees))
