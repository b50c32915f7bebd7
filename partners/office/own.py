"""What of the settlement the partner of whoever is signed in may open: its released runs, what a run says to it."""

from datetime import date
from uuid import UUID

from flask_login import current_user
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from loyalty.errors import Missing
from partners.settlement import drafts, papers, runs
from partners.settlement.content import Statement
from partners.settlement.models import SettlementLine, SettlementRun


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


def statement(session: Session, found: SettlementRun, day: date) -> Statement:
    """What the run says: as its paper does, or before that is issued as it would on `day`, without a number."""
    for content in papers.in_force(session, found.id, partner_id()):
        if isinstance(content, Statement):
            return content
    drawn = next(drawn for owner, drawn in drafts.of_run(session, found, day) if owner == partner_id())
    draft = drawn[0].content
    assert isinstance(draft, Statement)
    return draft
