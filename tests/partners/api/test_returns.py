"""POST /purchases/{id}/returns: what comes back takes back what it earned."""

import pytest

from tests.partners.api.conftest import receipt, rows

LINES = [{"gross_cents": 1000, "quantity": 2}, {"gross_cents": 500}]


@pytest.fixture
def bought(till, anna) -> str:
    return till.post("/purchases", receipt(anna.card, lines=LINES, total_cents=1500)).json["id"]


def test_it_takes_back_one_piece(till, bought):
    body = {"lines": [{"line": 0, "quantity": 1}], "receipt": "R-1"}
    answer = till.post(f"/purchases/{bought}/returns", body)
    assert answer.status_code == 201, answer.text
    assert answer.json["purchase_id"] == bought
    assert answer.json["points"] == {"taken_back": 5, "debt": 0, "available": 10}
    seen = till.get(f"/purchases/{bought}").json
    assert [line["returned"] for line in seen["lines"]] == [1, 0]
    assert [one["receipt"] for one in seen["returns"]] == ["R-1"]


def test_it_takes_back_all_that_is_left(till, bought):
    till.post(f"/purchases/{bought}/returns", {"lines": [{"line": 0, "quantity": 1}]})
    answer = till.post(f"/purchases/{bought}/returns", {"all": True})
    assert answer.json["points"] == {"taken_back": 10, "debt": 0, "available": 0}
    nothing_left = till.post(f"/purchases/{bought}/returns", {"all": True})
    assert (nothing_left.status_code, nothing_left.json["code"]) == (422, "return_exceeds_purchase")


def test_it_makes_debt_of_points_already_spent(till, bought, anna, phone):
    assert till.post("/redemptions", {"card": phone(anna.card), "points": 10}).status_code == 201
    answer = till.post(f"/purchases/{bought}/returns", {"all": True})
    assert answer.json["points"] == {"taken_back": 15, "debt": 10, "available": 0}
    assert till.get(f"/cards/{anna.card}").json["points"]["debt"] == 10


REFUSED = [
    ({"lines": [{"line": 0, "quantity": 3}]}, "return_exceeds_purchase"),
    ({"lines": [{"line": 0, "quantity": 1}, {"line": 0, "quantity": 2}]}, "return_exceeds_purchase"),
    ({"lines": [{"line": 7, "quantity": 1}]}, "return_exceeds_purchase"),
    ({}, "validation_failed"),
    ({"all": False}, "validation_failed"),
    ({"all": True, "lines": [{"line": 0, "quantity": 1}]}, "validation_failed"),
    ({"all": True, "returned_at": "2199-01-01T00:00:00Z"}, "validation_failed"),
]


def test_it_refuses(till, bought, owner):
    for body, code in REFUSED:
        answer = till.post(f"/purchases/{bought}/returns", body)
        assert (answer.status_code, answer.json["code"]) == (422, code)
    assert rows(owner, "purchase_return") == 0


def test_promise_21_another_partners_purchase_is_unknown(street, bought, owner):
    answer = street("drinks").post(f"/purchases/{bought}/returns", {"all": True})
    assert (answer.status_code, answer.json["code"]) == (404, "purchase_unknown")
    assert rows(owner, "purchase_return") == 0
