"""A settlement run from end to end, each step a transaction of its own: killed anywhere it is simply run again."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import transact
from loyalty.errors import Conflict, LoyaltyError, Missing
from loyalty.points import sealing
from loyalty.rules.ids import uuid7
from partners.models import Partner, Staff
from partners.settlement import cash, drawing, flows, paper, papers, runs

AT_ONCE = 10_000
LATELY = timedelta(days=7)
ATTEMPTS = 12  # of five seconds each
Progress = Callable[[str, int, int | None], None]  # what, how much is done, of how much


def admin(session: Session, email: str) -> UUID:
    """The admin with this address. Raises Missing `admin_unknown`."""
    known = select(Staff.id).where(Staff.email == email, Staff.role == "admin", Staff.left_at.is_(None))
    staff_id: UUID | None = session.scalar(known)
    if staff_id is None:
        raise Missing("admin_unknown", "as", email=email)
    return staff_id


def prepare(period: str, email: str, at: datetime, progress: Progress) -> UUID:
    """Seal and sum up what waits, batch by batch, then close the period and prepare its run; its id."""
    _batches("sealed", lambda session: sealing.seal(session, at, AT_ONCE), progress)
    _batches("summed up", lambda session: flows.gather(session, AT_ONCE), progress)
    new_id = ids(at)
    for attempt in range(ATTEMPTS):
        try:
            return transact(lambda session: runs.prepare(session, period, admin(session, email), at, new_id))
        except Conflict as refusal:  # a long transaction, such as an import, holds the sealer back
            if refusal.code != "sealing_behind" or attempt == ATTEMPTS - 1:
                raise
        progress("waiting for bookings", attempt + 1, ATTEMPTS)
    raise AssertionError("unreachable")


def release(period: str, email: str, at: datetime, progress: Progress) -> tuple[UUID, list[LoyaltyError]]:
    """Release the period's run, then papers, files and cash; its id, and what of that must wait for somebody.

    Raises Missing `run_unknown` when it is not prepared, Forbidden `release_by_preparer`.
    """
    new_id = ids(at)

    def seal(session: Session) -> tuple[UUID, UUID]:
        staff_id = admin(session, email)
        run = runs.of_period(session, period)
        if run is None:
            raise Missing("run_unknown", "period")
        runs.release(session, run.id, staff_id, at, new_id)
        return run.id, staff_id

    run_id, staff_id = transact(seal)
    waiting: list[LoyaltyError] = []
    steps: tuple[Callable[[], Any], ...] = (
        lambda: transact(lambda session: papers.issue(session, run_id, staff_id, at, new_id)),
        lambda: draw(run_id, staff_id, at, progress),
        lambda: transact(lambda session: cash.make_files(session, run_id, staff_id, at, new_id)),
    )
    for step in steps:
        try:
            step()
        except LoyaltyError as refusal:
            waiting.append(refusal)
            if refusal.code == "company_incomplete":
                break  # without papers there is nothing to draw, and nobody was told that money moves
    return run_id, waiting


def draw(run_id: UUID, staff_id: UUID | None, at: datetime, progress: Progress) -> None:
    """Draw all files of a run, each in a transaction of its own. Raises Conflict `papers_missing` without PDFs."""
    todo = transact(lambda session: drawing.undrawn(session, run_id))
    lacking: LoyaltyError | None = None
    for number, (paper_id, form) in enumerate(todo, 1):
        try:
            transact(lambda session: drawing.file(session, papers.get(session, paper_id), form, at))  # noqa: B023
        except Conflict as refusal:
            lacking = refusal
        progress("drawn", number, len(todo))
    if lacking is not None:
        raise lacking
    transact(lambda session: runs.step(session, run_id, "files", staff_id, at))


def draw_latest(at: datetime) -> int:
    """Draw what is missing of runs released within LATELY; how many runs. Where PDFs cannot be drawn: nothing."""
    try:
        paper.renderer()
    except Conflict:
        return 0
    waiting = transact(lambda session: drawing.waiting(session, at - LATELY))
    for run_id in waiting:
        draw(run_id, None, at, lambda *_: None)
    return len(waiting)


def told(session: Session, run_id: UUID) -> dict[str, Any]:
    """A run as data, for machines: partners by their short names."""
    run = runs.get(session, run_id)
    codes = {
        row.id: row.code for row in session.execute(select(Partner.id, Partner.code).order_by(Partner.code))
    }
    found = runs.positions(session, run_id)
    matrix: dict[str, dict[str, int]] = {}
    for pair in runs.pairs(session, run_id):
        if pair.cents:
            issuer = codes[pair.issuer_id] if pair.issuer_id else "operator"
            matrix.setdefault(issuer, {})[codes[pair.redeemer_id]] = pair.cents
    return {
        "run": str(run.id), "number": run.number, "period": run.period, "state": run.state,
        "first_sequence": run.first_sequence, "last_sequence": run.last_sequence, "head": run.head,
        "positions_cents": {code: found.get(partner_id, 0) for partner_id, code in codes.items()},
        "operator_cents": run.figures, "matrix_cents": matrix, "pool_ct": str(run.pool_ct),
        "points_out": run.points_out, "steps": sorted(runs.steps(session, run_id)),
        "papers": [one.name for one in papers.of_run(session, run_id)],
        "files": [file.message_id for file in cash.of_run(session, run_id)],
    }  # fmt: skip


def ids(at: datetime) -> Callable[[], UUID]:
    """New ids of the moment."""
    return lambda: uuid7(at, os.urandom(10))


def _batches(what: str, step: Callable[[Session], int], progress: Progress) -> None:
    done = 0
    while batch := transact(step):
        done += batch
        progress(what, done, None)
        if batch < AT_ONCE:
            return
