"""One run: checklist with the one next step, what it comes to, papers and payments; and the steps themselves."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from partners import signed_in
from partners.admin import admin, books, checklist
from partners.admin.people import partner_names, staff_names
from partners.admin.phrases import vocabulary
from partners.settlement import cash, closing, drawing, legs, papers, runs
from partners.signed_in import act, session, staff_only

SEAL_GROUP = 8  # characters of a seal that are compared at a glance
FILES_AT_ONCE = 12  # drawn in one request, which takes seconds: with more partners it is asked for again


@admin.get("/settlement/runs/<uuid:run_id>")
@staff_only("admin")
def run(run_id: UUID) -> str:
    """The run. Missing ones are a 404."""
    return page(run_id)


@admin.post("/settlement/runs/<uuid:run_id>/release")
@staff_only("admin")
def release(run_id: UUID) -> Response:
    """Seal it and open its payments."""
    return _step(run_id, runs.release, _("The run is released and sealed. Its payments are open now."))


@admin.post("/settlement/runs/<uuid:run_id>/withdraw")
@staff_only("admin")
def withdraw(run_id: UUID) -> Response:
    """Give it up before it is released."""
    return _step(run_id, runs.withdraw, _("The run is withdrawn. The period can be prepared again."))


@admin.post("/settlement/runs/<uuid:run_id>/papers")
@staff_only("admin")
def issue_papers(run_id: UUID) -> Response:
    """Issue all its papers."""
    return _step(run_id, papers.issue, _("The papers are issued, and the partners were told."))


@admin.post("/settlement/runs/<uuid:run_id>/draw")
@staff_only("admin")
def draw_files(run_id: UUID) -> Response:
    """Draw the next files; when all are there, the step is done."""
    return _step(run_id, draw_some, _("The files are drawn and kept."))


@admin.post("/settlement/runs/<uuid:run_id>/cash")
@staff_only("admin")
def make_cash(run_id: UUID) -> Response:
    """Make the files for the bank."""
    return _step(
        run_id, cash.make_files, _("The bank files are made. Hand them in with your online banking.")
    )


@admin.post("/settlement/runs/<uuid:run_id>/booked")
@staff_only("admin")
def book(run_id: UUID) -> Response:
    """Note that it is in the books."""
    return _step(run_id, cash.booked, _("The run is booked. Everything is done."))


def draw_some(
    session: Session, run_id: UUID, staff_id: UUID, at: datetime, new_id: Callable[[], UUID]
) -> None:
    """Draw up to FILES_AT_ONCE files of a run; with the last one the step is noted. Raises as `drawing.draw_all`."""
    todo = drawing.undrawn(session, run_id)
    for paper_id, form in todo[:FILES_AT_ONCE]:
        drawing.file(session, papers.get(session, paper_id), form, at)
    if len(todo) <= FILES_AT_ONCE:
        drawing.draw_all(session, run_id, staff_id, at)


def page(run_id: UUID) -> str:
    """Everything about one run. Raises Missing `run_unknown`."""
    found, at = runs.get(session(), run_id), signed_in.now()
    done = runs.steps(session(), run_id)
    issued, undrawn = papers.of_run(session(), run_id), drawing.undrawn(session(), run_id)
    people = {found.prepared_by, found.released_by} | {step.staff_id for step in done.values()}
    return render_template(
        "admin/run.html",
        run=found,
        steps=checklist.of_run(found, done, current_user.id),
        withdrawn=done.get("withdrawn"),
        people=staff_names(session(), people),
        books=books.of_run(session(), found),
        seal=[found.head[start : start + SEAL_GROUP] for start in range(0, len(found.head), SEAL_GROUP)],
        papers=issued,
        cancelled={paper.cancels_id for paper in issued},
        drawn=(sum(len(drawing.FORMATS[paper.kind]) for paper in issued) - len(undrawn), len(undrawn)),
        partners=partner_names(session()),
        items=legs.items(session(), run_id),
        files=cash.of_run(session(), run_id),
        today=closing.today(session(), at),
        **vocabulary(),
    )


def _step(run_id: UUID, work: Callable[..., Any], done: str) -> Response:
    """One step of the run by whoever is signed in, then the run again."""
    who = current_user.id
    return act(
        lambda session, at, new_id: work(session, run_id, who, at, new_id),
        done,
        url_for("admin.run", run_id=run_id),
        lambda: page(run_id),
    )
