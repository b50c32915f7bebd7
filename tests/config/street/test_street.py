"""The demo street as its visitor finds it: a year in the books, logins that work, and wine within Anna's reach."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from config.street import PASSWORD, open_street
from loyalty.models.people import Profile
from loyalty.people.passwords import matches
from loyalty.points import audit
from loyalty.rules.earning_rules import RULES
from partners import staff

EMAILS = ["anna@street.example", "ben@street.example", "clara@street.example"]


@pytest.fixture
def facts(app, settings):
    return open_street(settings)


def test_the_street_is_open(facts, app, client, session):
    assert [member["email"] for member in facts.members] == EMAILS
    assert [till["partner"] for till in facts.tills] == ["baker", "drinks", "books", "butcher"]
    assert [(one["email"], one["role"]) for one in facts.staff] == [
        ("owner@bakery.example", "owner"), ("owner@drinks.example", "owner"), ("owner@books.example", "owner"),
        ("owner@butcher.example", "owner"), ("admin@street.example", "admin"), ("second@street.example", "admin"),
    ]  # fmt: skip
    _books_hold(session)
    _logins_work(facts, session)
    _bread_and_wine(facts, client)


def _books_hold(session):
    assert list(audit.run(session, datetime.now(UTC))) == []
    counts = session.execute(text(
        "SELECT (SELECT count(*) FROM member), (SELECT count(*) FROM purchase), (SELECT count(*) FROM purchase_return),"
        " (SELECT count(*) FROM redemption), (SELECT count(*) FROM redemption_reversal),"
        " (SELECT count(*) FROM transfer WHERE kind = 'expire')"
    )).one()  # fmt: skip
    assert counts[0] == 60 and counts[1] > 3000 and min(counts[2:]) > 0
    given = session.scalars(
        text("SELECT DISTINCT a ->> 'rule' FROM purchase, jsonb_array_elements(awards) a")
    )
    kinds = dict(session.execute(text("SELECT code, kind FROM earn_rule")).all())
    assert set(kinds.values()) == set(RULES)
    assert set(kinds) - set(given) <= {"day-cap"}  # a cap takes, it does not give
    assert session.scalar(text(
        "SELECT s.tier FROM standing s JOIN profile p USING (member_id) WHERE p.email = 'anna@street.example'"
    )) == "silver"  # fmt: skip


def _logins_work(facts, session):
    for email in EMAILS:
        assert matches(session.query(Profile).filter_by(email=email).one().password, PASSWORD)
    for one in facts.staff:
        found = staff.verify(session, one["email"], PASSWORD)
        assert found and found.role == one["role"]


def _bread_and_wine(facts, client):
    """What the README shows: bread is bought at the baker, and the points take a bottle of wine home."""
    anna, keys = facts.members[0], {till["partner"]: till["key"] for till in facts.tills}
    bread = {
        "card": anna["card"], "receipt": "A-1", "purchased_at": datetime.now(UTC).isoformat(), "total_cents": 450,
        "lines": [{"name": "Roggenbrot", "category": "bread", "gross_cents": 450}],
    }  # fmt: skip
    sold = client.post("/api/v1/purchases", json=bread, headers=_headers(keys["baker"], "1"))
    assert sold.status_code == 201 and sold.json["points"]["earned"] >= 4
    rewards = client.get(f"/api/v1/rewards?card={anna['card']}", headers=_headers(keys["drinks"], "2")).json
    wine = next(one for one in rewards["items"] if one["name"] == "Flasche Rotwein")
    wish = {"card": anna["card"], "pin": anna["pin"], "reward_id": wine["id"]}
    taken = client.post("/api/v1/redemptions", json=wish, headers=_headers(keys["drinks"], "3"))
    assert (taken.status_code, taken.json["points"]) == (201, 600), taken.json


def _headers(key, number):
    return {"Authorization": f"Bearer {key}", "Idempotency-Key": number}
