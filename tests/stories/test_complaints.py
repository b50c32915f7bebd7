"""What people complain about elsewhere, told as stories that end well here. All of it through the tills' door."""

import time
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from loyalty.club import standing
from loyalty.points import audit
from loyalty.rules.terms import Rule
from partners import rulebook
from tests.partners.api.conftest import Member, TillClient, id_now, receipt


@pytest.fixture(autouse=True)
def books_hold(session: Session) -> Any:
    """However the story goes, the audit finds nothing afterwards."""
    yield
    session.rollback()
    assert list(audit.run(session, datetime.now(UTC))) == []


def balance(till: TillClient, member: Member) -> int:
    points: int = till.get(f"/cards/{member.card}").get_json()["points"]["available"]
    return points


def test_a_refund_does_not_keep_its_points(till: TillClient, anna: Member) -> None:
    bought = till.post("/purchases", receipt(anna.card, 4500)).get_json()
    assert balance(till, anna) == 45
    back = till.post(f"/purchases/{bought['id']}/returns", {"all": True}).get_json()
    assert back["points"] == {"taken_back": 45, "debt": 0, "available": 0}
    assert balance(till, anna) == 0


def test_points_spent_before_the_refund_are_owed_and_seen(street: Any, anna: Member) -> None:
    baker, drinks = street("baker"), street("drinks")
    bought = baker.post("/purchases", receipt(anna.card, 4500)).get_json()
    assert drinks.post("/redemptions", {"card": anna.card, "pin": anna.pin, "points": 40}).status_code == 201
    back = baker.post(f"/purchases/{bought['id']}/returns", {"all": True}).get_json()
    assert back["points"] == {"taken_back": 45, "debt": 40, "available": 0}
    assert drinks.get(f"/cards/{anna.card}").get_json()["points"]["debt"] == 40
    assert baker.post("/purchases", receipt(anna.card, 5000)).get_json()["points"]["available"] == 10


def test_an_offline_retry_does_not_double(till: TillClient, anna: Member) -> None:
    sale = receipt(anna.card, 4500)
    first = till.post("/purchases", sale, key="offline-1")
    again = till.post("/purchases", sale, key="offline-1")
    assert again.data == first.data and again.headers["Idempotency-Replayed"] == "true"
    queue = {"items": [{"idempotency_key": "offline-1", **sale}]}
    assert till.post("/purchases/batch", queue).get_json()["results"][0]["status"] == 201
    assert till.post("/purchases", sale, key="another").status_code == 409
    assert balance(till, anna) == 45


def test_the_part_paid_with_points_earns_nothing(till: TillClient, rich: Member) -> None:
    spent = till.post("/redemptions", {"card": rich.card, "pin": rich.pin, "points": 500}).get_json()
    sale = receipt(rich.card, 2000, redemptions=[spent["id"]])
    assert till.post("/purchases", sale).get_json()["points"]["earned"] == 15


def test_a_free_line_and_its_deposit_earn_nothing(till: TillClient, anna: Member) -> None:
    lines = [
        {"name": "Rotwein (Prämie)", "gross_cents": 899},
        {"name": "Rotwein (Prämie)", "gross_cents": -899, "kind": "discount"},
        {"name": "Pfand", "gross_cents": 25, "kind": "deposit"},
        {"name": "Brot", "gross_cents": 450},
    ]
    sold = till.post("/purchases", receipt(anna.card, lines=lines, total_cents=475)).get_json()
    assert sold["points"]["earned"] == 4


def test_the_cashier_cannot_choose_how_many_points(till: TillClient, anna: Member) -> None:
    generous = receipt(anna.card, 450, points=9999, awards=[{"rule": "base", "points": 9999}])
    assert till.post("/purchases", generous).get_json()["points"]["earned"] == 4
    too_much = receipt(anna.card, 450, total_cents=45_000)
    assert till.post("/purchases", too_much).get_json()["code"] == "total_mismatch"
    assert balance(till, anna) == 4


def test_a_new_tier_counts_from_the_next_purchase(till: TillClient, anna: Member, act: Any) -> None:
    at = datetime.now(UTC)
    tier = Rule("tier", 1, "tier", "Silber", {}, funder="coalition")
    act(lambda session: rulebook.add_rule(session, tier, at, id_now))
    time.sleep(1.1)  # till processes feel changed rules within a second
    first = till.post("/purchases", receipt(anna.card, 1000), key="first")
    assert first.get_json()["points"]["earned"] == 10
    act(lambda session: standing.place(session, anna.id, "silver", Fraction(3, 2), False, at))
    assert till.post("/purchases", receipt(anna.card, 1000)).get_json()["points"]["earned"] == 15
    back = till.post(f"/purchases/{first.get_json()['id']}/returns", {"all": True}).get_json()
    assert back["points"]["taken_back"] == 10  # as booked, not as it would be today
    assert till.get(f"/cards/{anna.card}").get_json()["member"]["tier"] == "silver"


def test_a_reward_is_back_on_the_shelf_and_its_points_in_the_wallet(
    till: TillClient, rich: Member, offer: Any
) -> None:
    cake = offer(till, "Torte", 300, stock=1)
    wish = {"card": rich.card, "pin": rich.pin, "reward_id": str(cake)}
    spent = till.post("/redemptions", wish).get_json()
    assert till.post("/redemptions", wish).get_json()["code"] == "reward_sold_out"
    assert balance(till, rich) == 700
    assert till.post(f"/redemptions/{spent['id']}/reversal", {}).status_code == 201
    assert balance(till, rich) == 1000
    assert [reward["name"] for reward in till.get("/rewards").get_json()["items"]] == ["Torte"]
