"""One day through every door that is open: two tills, the member's phone, the shop's office, the coalition's desk."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from loyalty.models.people import Profile
from loyalty.people import passwords
from loyalty.points import audit
from partners import staff
from tests.member_portal.conftest import PASSWORD, sign_in
from tests.partners.api.conftest import Member, TillClient, id_now, receipt


@pytest.fixture
def browser(app: Flask, act: Any, anna: Member) -> Any:
    """`browser("anna@street.example")`: signed in, in English."""
    change = update(Profile).where(Profile.member_id == anna.id).values(password=passwords.hashed(PASSWORD))
    act(lambda session: session.execute(change))

    def opened(email: str) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        assert sign_in(client, email).status_code in (302, 303)
        return client

    return opened


def employ(act: Any, email: str, role: str, till: TillClient | None = None) -> None:
    partner_id = till.place.partner_id if till else None
    secret = passwords.hashed(PASSWORD)
    act(lambda session: staff.create(session, email, "Kim", role, partner_id, secret, id_now))


def test_bread_buys_wine_and_everybody_sees_it(
    street: Any, anna: Member, phone: Any, offer: Any, browser: Any, act: Any, session: Session
) -> None:
    baker: TillClient = street("baker")
    drinks: TillClient = street("drinks")
    wine = offer(drinks, "Eine Flasche Rotwein", 40, value_cents=899)
    employ(act, "owner@drinks.example", "owner", drinks)
    employ(act, "admin@street.example", "admin")

    bread = baker.post("/purchases", receipt(anna.card, 4500)).get_json()
    assert bread["points"]["earned"] == 45

    card = browser("anna@street.example")
    assert "45" in card.get("/").text
    history = card.get("/history").text
    assert "Marktplatz" in history and re.search(
        r"45[.,]00", history
    )  # which shop, and the arithmetic behind it

    shown = phone(anna.card)
    seen = drinks.get(f"/cards/{shown}").get_json()
    assert (seen["spendable"], seen["points"]["available"]) == (True, 45)
    bottle = drinks.post("/redemptions", {"card": shown, "reward_id": str(wine)}).get_json()
    assert (bottle["points"], bottle["available"], bottle["reward"]["name"]) == (
        40,
        5,
        "Eine Flasche Rotwein",
    )
    assert drinks.post("/redemptions", {"card": shown, "points": 1}).get_json()["code"] == "code_already_used"

    back = baker.post(f"/purchases/{bread['id']}/returns", {"all": True}).get_json()
    assert back["points"] == {"taken_back": 45, "debt": 40, "available": 0}
    assert "40" in card.get("/").text

    assert browser("owner@drinks.example").get("/office").status_code == 200
    assert browser("admin@street.example").get("/admin").status_code == 200
    assert list(audit.run(session, datetime.now(UTC))) == []
