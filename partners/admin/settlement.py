"""Settlement: all runs, the period that is due next, its preview, and preparing it. What a run says stands in `run`."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid
from loyalty.models.points import SealedDay
from loyalty.rules.periods import Period, month_of, period
from partners import signed_in
from partners.admin import admin, books, checklist
from partners.admin.people import staff_names
from partners.admin.phrases import vocabulary
from partners.settlement import closing, runs
from partners.settlement.models import SettlementLine, SettlementRun
from partners.signed_in import STATUS, act, session, staff_only


@dataclass(frozen=True, slots=True)
class Sums:
    """What a run pays out and collects, in cents, both above zero."""

    paid_out: int = 0
    collected: int = 0


@admin.get("/settlement")
@staff_only("admin")
def settlement() -> str:
    """The next period with its one next step, then all runs, newest first."""
    return _list()


@admin.get("/settlement/preview")
@staff_only("admin")
def preview() -> Response:
    """What a period would come to now, as far as it is sealed; nothing is written."""
    try:
        return make_response(_preview(request.args.get("period", "").strip()))
    except (Conflict, Invalid) as refusal:
        g.refusal = refusal
        return make_response(_list(), STATUS[type(refusal)])


@admin.post("/settlement")
@staff_only("admin")
def prepare() -> Response:
    """Close the period and write its run, for somebody else to release."""
    label, who = request.form.get("period", "").strip(), current_user.id
    return act(
        lambda session, at, new_id: runs.prepare(session, label, who, at, new_id),
        _("The run is prepared. Now a second person releases it."),
        lambda run_id: url_for("admin.run", run_id=run_id),
        _list,
    )


def next_period(session: Session, at: datetime) -> Period:
    """What is settled next: the month, or after a week the week, behind the last run; else that of the first fact."""
    last = closing.last_run(session)
    if last is None:
        return month_of(_first_day(session) or closing.today(session, at))
    if "W" in last.period:
        year, week, _weekday = last.ends.isocalendar()
        return period(f"{year}-W{week:02}")
    return month_of(last.ends)


def _first_day(session: Session) -> date | None:
    day: date | None = session.scalar(select(func.min(SealedDay.day)))
    return day


def _preview(label: str) -> str:
    outcome = runs.preview(session(), label)
    today, wanted = closing.today(session(), signed_in.now()), period(label)
    waiting = _waiting()
    steps = checklist.before_run(wanted, today, waiting is not None)
    return render_template(
        "admin/preview.html",
        period=wanted,
        begins=outcome.begins,
        moved=max(0, outcome.last_sequence - outcome.first_sequence + 1),
        books=books.of_outcome(session(), outcome),
        steps=steps,
        ready=any(step.name == "prepared" and step.may for step in steps),
        waiting=waiting,
        **vocabulary(),
    )


def _list() -> str:
    at = signed_in.now()
    found, due = runs.listed(session()), next_period(session(), at)
    return render_template(
        "admin/settlement.html",
        runs=found,
        sums=sums(session()),
        people=staff_names(session(), {one for run in found for one in (run.prepared_by, run.released_by)}),
        due=due,
        is_over=due.ends <= closing.today(session(), at),
        waiting=_waiting(),
        asked=request.values.get("period", due.label),
        **vocabulary(),
    )


def _waiting() -> SettlementRun | None:
    """The run that is prepared and not released."""
    last = closing.last_run(session())
    return last if last is not None and last.state == "prepared" else None


def sums(session: Session) -> dict[UUID, Sums]:
    """What each run pays out and collects; a run in which nothing happened is not there."""
    cents = func.sum(SettlementLine.cents + func.coalesce(SettlementLine.vat_cents, 0))
    accounts = (
        select(SettlementLine.run_id, cents.label("cents"))
        .group_by(SettlementLine.run_id, SettlementLine.partner_id)
        .subquery()
    )
    rows = session.execute(
        select(
            accounts.c.run_id,
            func.sum(func.greatest(accounts.c.cents, 0)),
            func.sum(func.greatest(-accounts.c.cents, 0)),
        ).group_by(accounts.c.run_id)
    )
    return {run_id: Sums(int(out), int(collected)) for run_id, out, collected in rows}
