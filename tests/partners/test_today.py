"""First pages of office and admin: true figures of today, each shop its own, the margin not for cashiers."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from loyalty.people import passwords
from partners.models import Staff
from tests.street import open_street

PASSWORD = "emma-demo-street"


@pytest.fixture
def street(session):
    opened = open_street(session)
    digest = passwords.hashed(PASSWORD)
    baker, drinks = (opened.places[code].partner_id for code in ("baker", "drinks"))
    for email, role, partner in (
        ("owner@baker.example", "owner", baker),
        ("cashier@baker.example", "staff", baker),
        ("owner@drinks.example", "owner", drinks),
        ("admin@street.example", "admin", None),
    ):
        session.add(Staff(id=uuid4(), partner_id=partner, email=email, name=role, role=role, password=digest))
    opened.buy(session, "anna", "baker", 4_711, datetime.now(UTC))
    session.commit()
    return opened


@pytest.fixture
def desk(app, street):
    def sit_down(email: str) -> FlaskClient:
        client = app.test_client()
        app.config["WTF_CSRF_ENABLED"] = False
        try:
            assert client.post("/login", data={"email": email, "password": PASSWORD}).status_code == 303
        finally:
            app.config["WTF_CSRF_ENABLED"] = True
        return client

    return sit_down


def test_an_owner_sees_the_own_shop_s_day(desk):
    page = desk("owner@baker.example").get("/office").text
    assert "Baker" in page and "47,11\N{NO-BREAK SPACE}€" in page and "Deckungsbeitrag" in page


def test_another_owner_sees_nothing_of_it(desk):
    page = desk("owner@drinks.example").get("/office").text
    assert "47,11" not in page and "Baker" not in page


def test_a_cashier_sees_no_margin(desk):
    page = desk("cashier@baker.example").get("/office").text
    assert "47,11" in page and "Deckungsbeitrag" not in page


def test_an_admin_sees_every_partner_and_what_the_wallets_hold(desk):
    page = desk("admin@street.example").get("/admin").text
    assert "Baker" in page and "Drinks" in page
    assert "47,11" in page and "0,47\N{NO-BREAK SPACE}€ wert" in page
