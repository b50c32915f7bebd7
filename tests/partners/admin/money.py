"""Two admins at their desks and a February to settle; forms are sent with their tokens as a browser sends them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.sequence import in_order
from loyalty.models.oversight import Adjustment, AuditLog
from loyalty.models.points import Transfer
from loyalty.people import passwords
from partners import staff
from partners.settlement import objections, runs
from partners.settlement.models import (
    BankFile,
    Correction,
    Leg,
    LegEntry,
    Objection,
    Paper,
    SettlementRun,
    SettlementStep,
)
from tests.coalition import Coalition, day, open_coalition, worked
from tests.partners.settlement.registered import register_all

PASSWORD = "emma-demo-street"
FEBRUARY, MARCH = "2026-02", day(3, 1)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
TABLES = (
    Adjustment, AuditLog, BankFile, Correction, Leg, LegEntry, Objection, Paper, SettlementRun, SettlementStep,
    Transfer,
)  # fmt: skip


@dataclass
class Desk:
    """A browser of somebody signed in."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str) -> TestResponse:
        answer = self.client.get(path)
        found = TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, **fields: object) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **fields})

    def then(self, path: str, **fields: object) -> str:
        """What the page says that comes after the form."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, answer.text
        return self.get(answer.location).text


def sign_in(app: Flask, email: str) -> Desk:
    """Sit down as somebody with PASSWORD."""
    desk = Desk(app.test_client())
    desk.get("/login")
    inside = desk.post("/login", email=email, password=PASSWORD)
    assert inside.status_code == 303
    desk.get(inside.location)
    return desk


@lru_cache
def digest() -> str:
    return passwords.hashed(PASSWORD)


def street(session: Session, companies: bool = True, **settings: object) -> Coalition:
    """The worked month, unless told otherwise with companies and accounts. Admins and owners can sign in. Commits."""
    coalition = open_coalition(session, expiry_months=1, **settings)
    if companies:
        register_all(session, coalition)
    worked(session, coalition)
    for who in (*coalition.admins, *coalition.owners.values()):
        staff.set_password(session, who, digest())
    session.commit()
    return coalition


def prepared(session: Session, coalition: Coalition) -> UUID:
    """February's run, prepared by the first admin. Commits."""
    run_id = runs.prepare(session, FEBRUARY, coalition.admins[0], MARCH, in_order(MARCH))
    session.commit()
    return run_id


def objected(session: Session, coalition: Coalition, words: str) -> UUID:
    """The baker objects to February's statement, which is released today. Commits."""
    now = datetime.now(UTC)
    run_id, baker = prepared(session, coalition), coalition.partner("baker")
    runs.release(session, run_id, coalition.admins[1], now, in_order(now))
    number = objections.object_to(
        session, run_id, baker, words, coalition.owners["baker"], now, in_order(now)
    )
    session.commit()
    return number


def written(session: Session) -> list[int]:
    """How many rows everything has that these rooms can write: the same before and after a refusal."""
    session.rollback()
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]
