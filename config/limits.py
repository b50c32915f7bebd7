"""What a partner owes is held against its limit, again and again; held points come free where it is below it."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import transact
from loyalty.models.coalition import Coalition
from loyalty.points import holds
from partners.settlement import closing, exposure

log = structlog.get_logger()


def watch(at: datetime) -> int:
    """Count anew as of `at`; in how many wallets points came free. Needs an application context."""
    transact(lambda session: closing.catch_up(session, at))
    if changed := transact(lambda session: exposure.refresh(session, at)):
        log.info("exposure", changed=[str(partner_id) for partner_id in changed])
    issuers, pending_days = transact(_to_free)
    return sum(_free(issuer_id, pending_days, at) for issuer_id in issuers)


def _to_free(session: Session) -> tuple[list[UUID], int]:
    """Whose points are held no longer, though some still are: also those of a till that had the news too late."""
    held = exposure.held(session)
    pending_days = session.scalars(select(Coalition.pending_days)).one()
    return [issuer_id for issuer_id in holds.issuers(session) if issuer_id not in held], pending_days


def _free(issuer_id: UUID, pending_days: int, at: datetime) -> int:
    """A batch is one transaction, so that no wallet stays locked for long."""
    done = 0
    while batch := transact(lambda session: holds.release(session, issuer_id, pending_days, at)):
        done += batch
    return done
