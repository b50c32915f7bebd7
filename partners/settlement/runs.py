"""Settlement runs: prepared by one person, released by another, then sealed. Every step can be asked for again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Conflict, Forbidden, Missing
from loyalty.models.coalition import Coalition
from loyalty.people import deeds
from loyalty.points import sealing
from loyalty.rules.netting import Position
from loyalty.rules.periods import period as period_named
from partners.models import Partner
from partners.settlement import closing, legs
from partners.settlement.closing import Outcome, exact
from partners.settlement.models import (
    Correction,
    SettlementLine,
    SettlementPair,
    SettlementRun,
    SettlementStep,
)

NewId = Callable[[], UUID]


def preview(session: Session, label: str) -> Outcome:
    """What a run of this period would come to now; nothing is written. Raises Invalid, Conflict `period_settled`."""
    return closing.outcome(session, period_named(label))


def prepare(session: Session, label: str, staff_id: UUID, at: datetime, new_id: NewId) -> UUID:
    """Close the period and write its run, to be released by somebody else. Its id; asked again: the same run.

    Raises Invalid `period_invalid`; Conflict `period_open` before its last day is over, `period_settled` when a later
    run covers it, `run_waiting` while an earlier run is not released, `sealing_behind` while a transaction is at work
    that began before something which is booked: to be tried again in a moment.
    """
    period = period_named(label)
    if known := of_period(session, label):
        return known.id
    if closing.today(session, at) < period.ends:
        raise Conflict("period_open", "period", ends=period.last)
    complete = closing.catch_up(session, at)
    driver(session).execute("SELECT pg_advisory_xact_lock(%s)", [sealing.ONE_SEALER])
    if known := of_period(session, label):  # somebody was faster
        return known.id
    last = closing.last_run(session)
    if last is not None and last.state == "prepared":
        raise Conflict("run_waiting", "period", waiting=last.period)
    if not complete:
        raise Conflict("sealing_behind", "period")
    outcome = closing.outcome(session, period)
    sealing.close(session, period.last)
    run_id = _write(session, label, outcome, staff_id, at, new_id)
    deeds.note(session, "settlement_prepared", staff_id, at, new_id, run_id, facts={"period": label})
    return run_id


def release(session: Session, run_id: UUID, staff_id: UUID, at: datetime, new_id: NewId) -> None:
    """Seal a prepared run and open its payments. Asked again: nothing.

    Raises Missing `run_unknown`, Forbidden `release_by_preparer`, Conflict `run_withdrawn`.
    """
    run = get(session, run_id, lock=True)
    if run.state == "released":
        return
    _refuse_withdrawn(run)
    if run.prepared_by == staff_id:
        raise Forbidden("release_by_preparer", "staff")
    _move(session, run_id, "released", released_by=staff_id, released_at=at)
    step(session, run_id, "released", staff_id, at)
    legs.open_for(session, run, at, new_id)
    sealing.publish(session, "statement", at, run.last_sequence)
    deeds.note(session, "settlement_released", staff_id, at, new_id, run_id, facts={"period": run.period})


def withdraw(session: Session, run_id: UUID, staff_id: UUID, at: datetime, new_id: NewId) -> None:
    """Give up a run that is not released: its range and its corrections wait for the next one prepared.

    Raises Missing `run_unknown`, Conflict `run_released`.
    """
    run = get(session, run_id, lock=True)
    if run.state == "released":
        raise Conflict("run_released", "run")
    if run.state == "withdrawn":
        return
    _move(session, run_id, "withdrawn")
    session.execute(update(Correction).where(Correction.run_id == run_id).values(run_id=None))
    step(session, run_id, "withdrawn", staff_id, at)
    deeds.note(session, "settlement_withdrawn", staff_id, at, new_id, run_id, facts={"period": run.period})


def get(session: Session, run_id: UUID, lock: bool = False) -> SettlementRun:
    """The run. Raises Missing `run_unknown`."""
    asked = select(SettlementRun).where(SettlementRun.id == run_id).execution_options(populate_existing=True)
    run = session.scalar(asked.with_for_update() if lock else asked)
    if run is None:
        raise Missing("run_unknown", "run")
    return run


def of_period(session: Session, label: str) -> SettlementRun | None:
    """The run of a period that was not withdrawn."""
    return session.scalar(
        select(SettlementRun)
        .where(SettlementRun.period == label, SettlementRun.state != "withdrawn")
        .execution_options(populate_existing=True)
    )


def listed(session: Session) -> list[SettlementRun]:
    """All runs, newest first."""
    return list(session.scalars(select(SettlementRun).order_by(SettlementRun.number.desc())))


def lines(session: Session, run_id: UUID) -> dict[UUID, list[SettlementLine]]:
    """Every partner's account in a run, in the order it is shown."""
    found: dict[UUID, list[SettlementLine]] = {}
    rows = select(SettlementLine).where(SettlementLine.run_id == run_id)
    for row in session.scalars(rows.order_by(SettlementLine.partner_id, SettlementLine.place)):
        found.setdefault(row.partner_id, []).append(row)
    return found


def positions(session: Session, run_id: UUID) -> dict[UUID, int]:
    """What each partner gets (above zero) or owes, in cents."""
    return {partner: sum_of(rows) for partner, rows in lines(session, run_id).items()}


def sum_of(rows: list[SettlementLine]) -> int:
    """Cents of an account: its lines with the VAT on them."""
    return sum(row.cents + (row.vat_cents or 0) for row in rows)


def pairs(session: Session, run_id: UUID) -> list[SettlementPair]:
    """The cells of the matrix that are not empty."""
    return list(session.scalars(select(SettlementPair).where(SettlementPair.run_id == run_id)))


def steps(session: Session, run_id: UUID) -> dict[str, SettlementStep]:
    """What was done with a run already."""
    rows = session.scalars(select(SettlementStep).where(SettlementStep.run_id == run_id))
    return {row.step: row for row in rows}


def step(session: Session, run_id: UUID, name: str, staff_id: UUID | None, at: datetime) -> None:
    """Note that a step was done; the first time counts."""
    row = upsert(SettlementStep).values(run_id=run_id, step=name, staff_id=staff_id, at=at)
    session.execute(row.on_conflict_do_nothing())


def released(session: Session, run_id: UUID) -> SettlementRun:
    """The run, locked, once it is released. Raises Missing `run_unknown`, Conflict `run_not_released`."""
    run = get(session, run_id, lock=True)
    if run.state != "released":
        raise Conflict("run_not_released", "run")
    return run


def _refuse_withdrawn(run: SettlementRun) -> None:
    if run.state == "withdrawn":
        raise Conflict("run_withdrawn", "run")


def _move(session: Session, run_id: UUID, state: str, **values: Any) -> None:
    session.execute(update(SettlementRun).where(SettlementRun.id == run_id).values(state=state, **values))


def _write(
    session: Session, label: str, outcome: Outcome, staff_id: UUID, at: datetime, new_id: NewId
) -> UUID:
    run_id = new_id()
    coalition = session.scalars(select(Coalition).execution_options(populate_existing=True)).one()
    names = session.execute(select(Partner.id, Partner.code, Partner.name).order_by(Partner.code))
    session.execute(
        insert(SettlementRun).values(
            id=run_id,
            number=(session.scalar(select(func.max(SettlementRun.number))) or 0) + 1,
            period=label,
            begins=outcome.begins,
            ends=outcome.ends,
            first_sequence=outcome.first_sequence,
            last_sequence=outcome.last_sequence,
            head=closing.head_at(session, outcome.last_sequence),
            pool_ct=exact(outcome.netting.pool_ct),
            points_out=outcome.netting.points_out,
            figures=dict(outcome.netting.figures),
            names={str(row.id): [row.code, row.name] for row in names},
            objection_days=coalition.objection_days,
            due_days=coalition.due_days,
            prepared_by=staff_id,
            prepared_at=at,
        )
    )
    _write_lines(session, run_id, outcome)
    if outcome.correction_ids:
        taken = update(Correction).where(Correction.id.in_(outcome.correction_ids))
        session.execute(taken.values(run_id=run_id))
    step(session, run_id, "prepared", staff_id, at)
    return run_id


def _write_lines(session: Session, run_id: UUID, outcome: Outcome) -> None:
    rows = [row for position in outcome.netting.positions for row in _rows(run_id, position)]
    if rows:
        session.execute(insert(SettlementLine), rows)
    cells = [
        {"run_id": run_id, "issuer_id": cell.issuer, "redeemer_id": cell.redeemer, "points": cell.points,
         "cents": cell.cents}
        for cell in outcome.netting.matrix
    ]  # fmt: skip
    if cells:
        session.execute(insert(SettlementPair), cells)


def _rows(run_id: UUID, position: Position) -> list[dict[str, Any]]:
    """Lines first, then fees as what they are to the partner: taken off."""
    rows: list[dict[str, Any]] = [
        {"kind": line.kind, "points": line.points, "exact_ct": exact(line.exact_ct), "cents": line.cents,
         "vat_bp": None, "vat_cents": None}
        for line in position.lines
    ] + [
        {"kind": "fee", "points": fee.points, "exact_ct": exact(-fee.exact_ct), "cents": -fee.net_cents,
         "vat_bp": fee.vat_bp, "vat_cents": -fee.vat_cents}
        for fee in position.fees
    ]  # fmt: skip
    place = {"run_id": run_id, "partner_id": position.partner}
    return [row | place | {"place": number} for number, row in enumerate(rows)]
