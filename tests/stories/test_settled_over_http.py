"""The worked month through every door: tills sell and spend over the API, a night passes, two admins settle in the
browser's rooms; then goods come back late and a redemption is undone, and the next month is settled too."""

import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from config import nightly
from loyalty.models.people import Card
from loyalty.people import passwords, pins
from loyalty.rules.periods import month_of
from partners import keys, signed_in, staff
from partners.settlement import runs
from tests.coalition import open_coalition
from tests.partners.settlement.registered import register_all

PASSWORD = "emma-demo-street"
ZONE = ZoneInfo("Europe/Berlin")


class Shop:
    """A till of a shop, over the API."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client, self.key = client, key

    def post(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": uuid4().hex}
        answer = self.client.post(f"/api/v1{path}", headers=headers, json=body)
        assert answer.status_code == 201, answer.text
        return answer.get_json()

    def sell(self, card: str, euros: int, days_ago: int = 0) -> Any:
        at = datetime.now(UTC) - timedelta(days=days_ago)
        return self.post("/purchases", {
            "card": card, "receipt": uuid4().hex[:12], "purchased_at": at.isoformat(), "total_cents": euros * 100,
            "lines": [{"gross_cents": euros * 100}],
        })  # fmt: skip

    def redeem(self, card: str, points: int) -> Any:
        return self.post("/redemptions", {"card": card, "pin": "4711", "points": points})


class Room:
    """An admin in the browser. `at` is what the clock on the wall says."""

    def __init__(self, app: Flask, email: str, clock: pytest.MonkeyPatch) -> None:
        self.client, self.clock = app.test_client(), clock
        self.send("/login", {"email": email, "password": PASSWORD}, "/login")

    def token(self, page: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).text)
        assert found is not None
        return found[1]

    def send(self, path: str, form: dict[str, str], page: str = "/admin/settlement") -> Any:
        answer = self.client.post(path, data={"csrf_token": self.token(page), **form})
        assert answer.status_code in (302, 303), f"{path}: {answer.status_code}"
        return answer

    def text(self, path: str) -> str:
        html = re.sub(r"<[^>]+>", " ", self.client.get(path).text)
        return re.sub(r"\s+", " ", html.replace("\xa0", " ").replace("−", "-"))


@pytest.mark.parametrize(
    ("funding", "positions", "pool", "later"),
    [
        ("prefunded", (-1079, -147, -221), 1090, (600 + 90 + 17, -300, 0)),
        ("at_redemption", (-729, 193, 179), 0, (300 + 90 + 17, -300, 0)),
    ],
)
def test_a_month_settled_through_every_door(
    app, session, monkeypatch, funding, positions, pool, later
) -> None:
    coalition = open_coalition(session, expiry_months=1, funding=funding)
    register_all(session, coalition)
    secret = passwords.hashed(PASSWORD)
    session.execute(update(staff.Staff).values(password=secret))
    shops = {}
    for code, place in coalition.places.items():
        key = keys.issue(session, place.till_id, keys.SCOPES, datetime.now(UTC), os.urandom)
        shops[code] = Shop(app.test_client(), key)
    for card in coalition.cards.values():
        member_id = session.scalar(select(Card.member_id).where(Card.number == card))
        pins.choose(session, member_id, "4711", app.config["CARD_KEY"])
    session.commit()
    anna, ben, clara = (coalition.cards[who] for who in ("anna", "ben", "clara"))
    baker, drinks, books = (shops[code] for code in ("baker", "drinks", "books"))

    bread = baker.sell(anna, 300)
    baker.sell(anna, 100, days_ago=40)  # a month's life is over: these expire tonight
    drinks.sell(ben, 200)
    drinks.sell(ben, 60, days_ago=40)
    rye = baker.sell(clara, 600)
    wine = drinks.redeem(anna, 300)
    drinks.redeem(ben, 200)
    books.redeem(clara, 250)
    drinks.sell(clara, 340)
    books.sell(clara, 400)
    with app.app_context():
        nightly.run(datetime.now(UTC))

    month = month_of(datetime.now(ZONE).date())
    first = Room(app, "first@street.example", monkeypatch)
    second = Room(app, "second@street.example", monkeypatch)
    run_id = _settle(app, first, second, month.label, month.ends, monkeypatch)
    found = {
        code: runs.positions(session, run_id).get(coalition.partner(code), 0) for code in coalition.places
    }
    assert tuple(found.values()) == positions
    figures = runs.get(session, run_id).figures
    assert (figures["pool"], figures["fee_net"], figures["fee_vat"]) == (pool, 300, 57)
    page = first.text(f"/admin/settlement/runs/{run_id}")
    for cents in positions:
        assert f"{abs(cents) / 100:.2f}".replace(".", ",") in page
    assert "0,00 €" in page  # the last line of the sheet

    baker.post(f"/purchases/{bread['id']}/returns", {"all": True})
    drinks.post(f"/redemptions/{wine['id']}/reversal", {})
    baker.post(f"/purchases/{rye['id']}/returns", {"lines": [{"line": 0, "quantity": 1}]})
    session.rollback()
    following = month_of(month.ends)
    next_id = _settle(app, first, second, following.label, following.ends, monkeypatch)
    session.rollback()
    after = {
        code: runs.positions(session, next_id).get(coalition.partner(code), 0) for code in coalition.places
    }
    assert sum(after.values()) + sum(runs.get(session, next_id).figures.values()) == 0
    # 300 points came back and are owed; 600 were taken, 250 of them the drinks store's: the baker gets value and fee.
    assert tuple(after.values()) == later


def _settle(app: Flask, first: Room, second: Room, label: str, ends: Any, clock: pytest.MonkeyPatch) -> Any:
    """Prepared by one admin and released by the other on the morning after the period."""
    morning = datetime(ends.year, ends.month, ends.day, 9, tzinfo=ZONE).astimezone(UTC)
    clock.setattr(signed_in, "now", lambda: max(morning, datetime.now(UTC)))
    prepared = first.send("/admin/settlement", {"period": label})
    run_id = prepared.headers["Location"].rsplit("/", 1)[-1]
    own = first.client.post(
        f"/admin/settlement/runs/{run_id}/release", data={"csrf_token": first.token("/admin")}
    )
    assert own.status_code == 403
    second.send(f"/admin/settlement/runs/{run_id}/release", {})
    second.send(f"/admin/settlement/runs/{run_id}/papers", {})
    return run_id
