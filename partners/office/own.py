"""What of the settlement the partner of whoever is signed in may open: its released runs, what a run says to it."""

from datetime import date
from uuid import UUID

from flask_login import current_user
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Missing
from partners.settlement import drafts, papers, runs
from partners.settlement.content import Invoice, Statement
from partners.settlement.models import Paper, SettlementLine, SettlementRun


def partner_id() -> UUID:
    """Whose office this is."""
    own: UUID = current_user.partner_id
    return own


def run(session: Session, run_id: UUID) -> SettlementRun:
    """A released run in which the partner has an account. Raises Missing `run_unknown`."""
    found = runs.get(session, run_id)
    line = exists().where(SettlementLine.run_id == run_id, SettlementLine.partner_id == partner_id())
    if found.state != "released" or not session.scalar(select(line)):
        raise Missing("run_unknown", "run")
    return found


def papers_in_force(session: Session, run_id: UUID) -> list[Paper]:
    """The partner's papers of a run without those that were taken back and those that took them back."""
    found = papers.of_run(session, run_id, partner_id())
    cancelled = {paper.cancels_id for paper in found}
    return [paper for paper in found if paper.cancels_id is None and paper.id not in cancelled]


def statement(session: Session, found: SettlementRun, day: date) -> Statement:
    """What the run says: as its paper does, or before that is issued as it would on `day`, without a number."""
    for paper in papers_in_force(session, found.id):
        if paper.kind == "statement":
            return issued(paper)
    drawn = next(drawn for owner, drawn in drafts.of_run(session, found, day) if owner == partner_id())
    content = drawn[0].content
    assert isinstance(content, Statement)
    return content


def booked_papers(session: Session, run_id: UUID) -> tuple[Statement, list[Invoice]]:
    """The statement and the invoices that belong to it. Raises Conflict `papers_not_issued`."""
    found = papers_in_force(session, run_id)
    contents = [papers.content_of(paper) for paper in found]
    statements = [one for one in contents if isinstance(one, Statement)]
    if not statements:
        raise Conflict("papers_not_issued", "run")
    return statements[0], [one for one in contents if isinstance(one, Invoice)]


def issued(paper: Paper) -> Statement:
    """What stands on a statement that was issued."""
    content = papers.content_of(paper)
    assert isinstance(content, Statement)
    return content
