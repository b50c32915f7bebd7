"""The forgotten card at a till or in the office: masked members, and a line in the access log, always."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from loyalty.people.finding import Found, find
from partners.models import AccessLog


def search(
    session: Session,
    q: str,
    partner_id: UUID,
    at: datetime,
    new_id: Callable[[], UUID],
    till_id: UUID | None = None,
    staff_id: UUID | None = None,
) -> tuple[Found, ...]:
    """At most 10 members by name or phone. Who asked and whom they saw is logged by ids; what they typed is not.

    Raises Invalid `query_invalid`.
    """
    found = find(session, q)
    session.execute(
        insert(AccessLog).values(
            id=new_id(),
            at=at,
            partner_id=partner_id,
            till_id=till_id,
            staff_id=staff_id,
            action="search",
            matches=len(found),
            member_ids=[str(member.member_id) for member in found],
        )
    )
    return found
