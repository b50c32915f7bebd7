"""Names of those who did something, for pages that say who. Nobody's address is read here."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.models import Partner, Staff


def staff_names(session: Session, staff_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names by id; who left keeps the name here."""
    wanted = {one for one in staff_ids if one is not None}
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def partner_names(session: Session) -> dict[UUID, str]:
    """All partners there ever were, by name."""
    rows = session.execute(select(Partner.id, Partner.name).order_by(Partner.name))
    return {row.id: row.name for row in rows}
