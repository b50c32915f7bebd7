"""Deeds: who did what and when, for the audit log. Ids, codes and amounts only; it decides nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from loyalty.models.oversight import AuditLog


def note(
    session: Session,
    action: str,
    staff_id: UUID | None,
    at: datetime,
    new_id: Callable[[], UUID],
    object_id: UUID | None = None,
    partner_id: UUID | None = None,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write one line of the audit log, in the transaction of the deed itself. `staff_id` None: a command or a job."""
    session.execute(
        insert(AuditLog).values(
            id=new_id(),
            at=at,
            staff_id=staff_id,
            partner_id=partner_id,
            action=action,
            object_id=object_id,
            facts=dict(facts or {}),
        )
    )


def listed(
    session: Session,
    partner_id: UUID | None = None,
    object_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[AuditLog]:
    """The latest deeds, newest first: all, or those that concern one partner, or one thing.

    `before`: time and id of the last one seen, for the page after it.
    """
    asked = select(AuditLog).order_by(AuditLog.at.desc(), AuditLog.id.desc()).limit(limit)
    if partner_id is not None:
        asked = asked.where(AuditLog.partner_id == partner_id)
    if object_id is not None:
        asked = asked.where(AuditLog.object_id == object_id)
    if before is not None:
        asked = asked.where(tuple_(AuditLog.at, AuditLog.id) < before)
    return list(session.scalars(asked))
