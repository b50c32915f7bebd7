"""The worked month for the rooms about partners, liability and the audit log, and what a refusal may not change."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from loyalty.models.coalition import Coalition as CoalitionRow
from loyalty.models.oversight import AuditLog
from partners import staff
from partners.contracts import Offer
from partners.models import ContractVersion, Partner, Shop, Staff, Till
from partners.settlement import admission, closing, exits, exposure
from partners.settlement import coalition as settings_of
from partners.settlement.models import Company, Mandate, PartnerExit
from tests.coalition import Coalition, day, open_coalition, worked
from tests.partners.admin.money import Desk, digest, sign_in
from tests.partners.settlement.registered import register_all
from tests.street import ids

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


def lived_in(session: Session, at: datetime) -> Coalition:
    """A street as it looks after some months: full wallets of all ages, one company bare, one leaving. Commits."""
    coalition = open_coalition(session, offers=OFFERS | {"drinks": Offer(credit_limit_cents=500_000)})
    register_all(session, coalition)
    for months_ago in range(10, -1, -1):
        then = at - timedelta(days=30 * months_ago, hours=2)
        for number, who in enumerate(("anna", "ben", "clara")):
            for place, code in enumerate(("baker", "drinks", "books")):
                coalition.buy(session, who, code, 4_100 * (number + place + 1), then)
            coalition.redeem(session, who, ("drinks", "baker", "books")[number], 40 * (number + 1), then)
        session.commit()
    _office_work(session, coalition, at)
    closing.catch_up(session, at)
    exposure.refresh(session, at)
    session.execute(update(Staff).values(password=digest()))
    session.commit()
    return coalition


def _office_work(session: Session, coalition: Coalition, at: datetime) -> None:
    first, second = coalition.admins
    days = (closing.today(session, at) + timedelta(days=number) for number in (20, 90))
    admission.open_partner(session, "butcher", "Metzgerei Wolf", "Ring", first, at, ids(at))
    tomorrow = closing.today(session, at) + timedelta(days=1)
    admission.agree(
        session,
        coalition.partner("baker"),
        tomorrow,
        Offer(service_fee_ct=Decimal("0.12")),
        first,
        at,
        ids(at),
    )
    exits.give_notice(session, coalition.partner("drinks"), *days, "operator", 50_000, second, at, ids(at))
    wanted = replace(settings_of.settings(session), due_days=7, four_eyes_points=1_000)
    settings_of.change(session, wanted, second, at, ids(at))
