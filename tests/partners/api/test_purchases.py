"""POST /purchases: what a receipt earns, and what is refused."""

from datetime import UTC, datetime, timedelta

from tests.partners.api.conftest import receipt, rows


def test_it_earns_a_point_for_every_full_euro(till, anna):
    answer = till.post("/purchases", receipt(anna.card, 1450))
    assert answer.status_code == 201, answer.text
    body = answer.json
    assert body["outcome"] == "earned"
    assert body["points"] == {"earned": 14, "pending": 0, "available": 14, "value_cents": 14}
    assert [(award["rule"], award["points"]) for award in body["awards"]] == [("base", 14)]
    assert (body["perks"], body["gifts"], body["card"]) == ([], [], anna.card)
    assert answer.headers["Content-Type"] == "application/json"
    assert "X-Request-Id" in answer.headers


def test_it_says_so_when_nothing_is_earned(till, anna):
    answer = till.post("/purchases", receipt(anna.card, 99))
    assert (answer.status_code, answer.json["outcome"], answer.json["points"]["earned"]) == (
        201,
        "no_points",
        0,
    )


def test_it_never_shows_a_margin(till, anna):
    answer = till.post("/purchases", receipt(anna.card, 1450))
    seen = till.get(f"/purchases/{answer.json['id']}").text
    assert "margin" not in answer.text + seen and "cost" not in answer.text + seen


def test_it_tells_how_far_the_next_reward_is(till, anna, offer):
    offer(till, "Rotwein", 66)
    body = receipt(anna.card, 1400)
    assert till.post("/purchases", body).json["messages"] == ["Only 52 points to go until: Rotwein."]
    till.language = "de"
    assert till.post("/purchases", receipt(anna.card, 100)).json["messages"] == [
        "Noch 51 Punkte bis: Rotwein."
    ]


def test_it_ignores_the_rotating_code(till, anna):
    assert till.post("/purchases", receipt(anna.card + "000000")).json["card"] == anna.card


def test_it_ignores_members_it_does_not_know(till, anna):
    assert till.post("/purchases", receipt(anna.card, weather="rain")).status_code == 201


REFUSED = [
    ({"total_cents": 451}, 422, "total_mismatch", "total_cents"),
    ({"lines": [{"gross_cents": -100}], "total_cents": -100}, 422, "use_return", "total_cents"),
    ({"card": "2700417003829151"}, 400, "card_invalid", "card"),
    ({"card": "2700417003829152"}, 404, "card_unknown", "card"),
    ({"vouchers": ["BIRTHDAY"]}, 422, "voucher_unknown", "vouchers"),
    ({"redemptions": ["01920000-0000-7000-8000-000000000000"]}, 422, "redemption_unknown", "redemptions"),
    ({"lines": []}, 422, "validation_failed", "lines"),
    ({"receipt": "A\n1"}, 422, "validation_failed", "receipt"),
    ({"receipt": "x" * 65}, 422, "validation_failed", "receipt"),
    ({"purchased_at": "2026-11-22T09:15:00"}, 422, "validation_failed", "purchased_at"),
]  # fmt: skip


def test_it_refuses(till, anna, owner):
    for changes, status, code, field in REFUSED:
        answer = till.post("/purchases", receipt(anna.card) | changes)
        assert (answer.status_code, answer.json["code"]) == (status, code)
        assert [error["field"] for error in answer.json["errors"]] == [field]
        assert answer.content_type == "application/problem+json"
    assert rows(owner, "purchase") == 0


def test_it_takes_five_minutes_ahead_and_45_days_back(till, anna):
    def bought(**apart):
        at = datetime.now(UTC) + timedelta(**apart)
        return till.post("/purchases", receipt(anna.card, purchased_at=at.isoformat()))

    assert bought(minutes=4).status_code == 201
    assert bought(minutes=6).json["code"] == "purchased_at_future"
    assert bought(days=-44).status_code == 201
    assert bought(days=-46).json["code"] == "purchased_at_too_old"


def test_it_refuses_a_blocked_card(till, anna, act):
    from loyalty.people import cards

    act(lambda s: cards.block(s, anna.card, datetime.now(UTC)))
    answer = till.post("/purchases", receipt(anna.card))
    assert (answer.status_code, answer.json["code"], answer.json["replaced"]) == (409, "card_blocked", False)


def test_preview_writes_nothing(till, anna, owner):
    body = receipt(anna.card, 1450)
    seen = till.post("/purchases/preview", body)
    assert (seen.status_code, seen.json["points"]["earned"], seen.json["points"]["available"]) == (
        200,
        14,
        14,
    )
    assert rows(owner, "purchase") == 0
    assert till.post("/purchases/preview", receipt(None, 1450)).json["points"]["available"] is None
    assert till.post("/purchases", body).json["points"] == seen.json["points"]


def test_it_is_seen_by_all_tills_of_the_partner_and_no_other(till, anna, street):
    number = till.post("/purchases", receipt(anna.card, 1450)).json["id"]
    seen = till.get(f"/purchases/{number}")
    assert seen.status_code == 200, seen.text
    assert seen.json["lines"][0] == {
        "line": 0, "kind": "goods", "sku": "4001", "category": "bread", "name": "Roggenbrot", "measure": None,
        "quantity": 1, "returned": 0, "gross_cents": 1450,
    }  # fmt: skip
    other = street("drinks")
    assert other.get(f"/purchases/{number}").json["code"] == "purchase_unknown"
    assert other.get("/purchases").json == {"items": [], "next_cursor": None}


def test_it_lists_in_parts(till, anna):
    late = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    posted = [till.post("/purchases", receipt(anna.card)).json["id"] for _ in range(4)]
    posted.insert(0, till.post("/purchases", receipt(anna.card, purchased_at=late)).json["id"])
    first = till.get("/purchases", limit=2).json
    second = till.get("/purchases", limit=3, cursor=first["next_cursor"]).json
    assert [item["id"] for item in first["items"] + second["items"]] == posted[::-1]
    assert second["next_cursor"] is None


def test_it_finds_by_receipt_and_time(till, anna):
    body = receipt(anna.card, purchased_at="2026-11-22T09:15:00+01:00")
    body["purchased_at"] = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    number = till.post("/purchases", body).json["id"]
    till.post("/purchases", receipt(anna.card))
    assert [item["id"] for item in till.get("/purchases", receipt=body["receipt"]).json["items"]] == [number]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert [item["id"] for item in till.get("/purchases", to=yesterday).json["items"]] == [number]
    assert len(till.get("/purchases", **{"from": yesterday}).json["items"]) == 1


def test_it_refuses_a_wrong_query(till):
    for name, value in (("limit", "0"), ("limit", "x"), ("from", "yesterday"), ("cursor", "?")):
        answer = till.get("/purchases", **{name: value})
        assert answer.status_code in (400, 422)
        assert answer.json["errors"][0]["field"] == name


def test_a_preview_knows_what_points_pay(till, rich):
    spent = till.post("/redemptions", {"card": rich.card, "pin": rich.pin, "points": 500}).get_json()
    basket = receipt(rich.card, 2000, redemptions=[spent["id"]])
    assert till.post("/purchases/preview", basket).get_json()["points"]["earned"] == 15
    nobody = {name: value for name, value in basket.items() if name != "card"}
    assert till.post("/purchases/preview", nobody).get_json()["code"] == "redemption_unknown"
    assert till.post("/purchases", basket).get_json()["points"]["earned"] == 15
