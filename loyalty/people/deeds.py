"""Deeds: who did what and when, for the audit log. Ids, codes and amounts only; it decides nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
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
