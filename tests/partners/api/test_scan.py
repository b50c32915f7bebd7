"""GET /cards/{card}: exactly what the contract shows."""

from datetime import UTC, datetime

from loyalty.people import cards
from tests.partners.api.conftest import receipt


def test_it_shows_who_stands_here(till, rich):
    answer = till.get(f"/cards/{rich.card}")
    assert answer.status_code == 200, answer.text
    body = answer.json
    assert body["points"].pop("expiring")["points"] == 1000
    assert body == {
        "card": rich.card, "spendable": False,
        "member": {
            "id": str(rich.id), "display_name": "Anna K.", "tier": None, "club": False, "birthday_today": False,
        },
        "points": {"available": 1000, "pending": 0, "debt": 0, "value_cents": 1000},
        "perks": [], "gifts": [], "vouchers": [], "hints": [],
    }  # fmt: skip


def test_nothing_expires_where_nothing_is(till, anna):
    assert till.get(f"/cards/{anna.card}").json["points"]["expiring"] is None


def test_points_are_seen_at_every_partner(till, rich, street):
    assert street("drinks").get(f"/cards/{rich.card}").json["points"]["available"] == 1000


def test_pending_points_are_not_available(till, anna, owner):
    owner.execute("UPDATE coalition SET pending_days = 14")
    till.app.extensions["till_keys"].terms.clear()
    till.app.extensions["till_keys"].known.clear()
    bought = till.post("/purchases", receipt(anna.card, 2000)).json["points"]
    assert (bought["earned"], bought["pending"], bought["available"]) == (20, 20, 0)
    seen = till.get(f"/cards/{anna.card}").json["points"]
    assert (seen["available"], seen["pending"]) == (0, 20)


def test_it_refuses_what_is_no_card(till, anna):
    for text in ("123", "27" + "0" * 14 + "x", anna.card + "12345", "27004170038291٥2"):
        answer = till.get(f"/cards/{text}")
        assert (answer.status_code, answer.json["code"]) == (400, "card_invalid")
    assert till.get("/cards/2700417003829152").json["code"] == "card_unknown"


def test_a_replaced_card_says_so(till, anna, act):
    def entropy(count: int) -> bytes:
        return bytes(range(7, 7 + count))

    fresh = act(lambda s: cards.replace(s, anna.card, datetime.now(UTC), entropy))
    answer = till.get(f"/cards/{anna.card}")
    assert (answer.status_code, answer.json["code"], answer.json["replaced"]) == (409, "card_blocked", True)
    assert till.get(f"/cards/{fresh}").json["member"]["id"] == str(anna.id)
