"""The worked month for the rooms about partners, liability and the audit log, and what a refusal may not change."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from loyalty.models.coalition import Coalition as CoalitionRow
from loyalty.models.oversight import AuditLog
from partners import staff
from partners.contracts import Offer
from partners.models import ContractVersion, Partner, Shop, Staff, Till
from partners.settlement import closing, exposure
from partners.settlement.models import Company, Mandate, PartnerExit
from tests.coalition import Coalition, day, open_coalition, worked
from tests.partners.admin.money import Desk, digest, sign_in

ADMIN = "first@street.example"
TABLES = (CoalitionRow, Partner, Shop, Till, ContractVersion, Company, Mandate, PartnerExit, AuditLog)
OFFERS = {
    "baker": Offer(credit_limit_cents=1_000, deposit_cents=300),
    "books": Offer(funding="at_redemption"),
}


def furnished(session: Session) -> Coalition:
    """The worked month, sealed, the baker close to its limit; owners and admins can sign in. Commits."""
    coalition = open_coalition(session, expiry_months=1, offers=OFFERS)
    worked(session, coalition)
    closing.catch_up(session, day(3, 1))
    exposure.refresh(session, day(3, 1))
    session.execute(update(Staff).values(password=digest()))
    cashier = ("cashier@baker.example", "Cashier", "staff", coalition.partner("baker"), digest())
    staff.create(session, *cashier, uuid4)
    session.commit()
    return coalition


def admin_desk(app: Flask) -> Desk:
    """The first admin."""
    return sign_in(app, ADMIN)


def all_rows(session: Session) -> list[list[tuple[object, ...]]]:
    """Everything the rooms could change, to be compared with what it was."""
    session.rollback()
    tables = [table.__table__ for table in TABLES]
    return [sorted(map(tuple, session.execute(select(table))), key=str) for table in tables]


@contextmanager
def unchanged(session: Session) -> Iterator[None]:
    """What happens inside leaves every row as it was."""
    before = all_rows(session)
    yield
    assert all_rows(session) == before
