"""The ledger's promises 9 to 12 as a till sees them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from tests.partners.api.conftest import receipt, rows


def test_promise_09_same_key_same_answer(till, anna, owner):
    body = receipt(anna.card, 1450)
    first = till.post("/purchases", body, key="k1")
    till.language = "de"
    again = till.post("/purchases", body, key="k1")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert rows(owner, "purchase") == 1


def test_promise_09_the_answer_is_rebuilt_when_its_slip_is_gone(till, rich, owner, phone, offer):
    wine = offer(till, "Rotwein", 100)
    bought = receipt(rich.card, 1450)
    purchase = till.post("/purchases", bought, key="p")
    redeeming = {"card": phone(rich.card), "reward_id": str(wine)}
    redemption = till.post("/redemptions", redeeming, key="r")
    undoing = f"/redemptions/{redemption.json['id']}/reversal"
    reversal = till.post(undoing, {}, key="v")
    returning = f"/purchases/{purchase.json['id']}/returns"
    returned = till.post(returning, {"all": True}, key="t")
    owner.execute("DELETE FROM slip")
    assert till.post("/purchases", bought, key="p").data == purchase.data
    assert till.post("/redemptions", redeeming, key="r").data == redemption.data
    assert till.post(undoing, {}, key="v").data == reversal.data
    assert till.post(returning, {"all": True}, key="t").data == returned.data


def test_promise_09_a_replay_is_recognised_before_code_or_pin(till, rich, owner):
    body = {"card": rich.card, "pin": rich.pin, "points": 100}
    first = till.post("/redemptions", body, key="r")
    assert first.status_code == 201, first.text
    wrong = till.post("/redemptions", body | {"pin": "0000"}, key="r")
    assert wrong.data == first.data  # the fingerprint leaves the PIN out
    assert rows(owner, "redemption") == 1
    assert owner.execute("SELECT wrong_tries FROM pin").fetchone()[0] == 0


def test_promise_09_after_erasure_410(till, anna, owner):
    body = receipt(anna.card)
    till.post("/purchases", body, key="k")
    owner.execute("UPDATE member SET erased_at = now()")
    owner.execute("DELETE FROM card")
    answer = till.post("/purchases", body, key="k")
    assert (answer.status_code, answer.json["code"]) == (410, "member_erased")


def test_promise_10_same_key_another_body_422(till, anna, owner):
    till.post("/purchases", receipt(anna.card), key="k")
    answer = till.post("/purchases", receipt(anna.card), key="k")
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert rows(owner, "purchase") == 1


def test_promise_10_a_key_belongs_to_one_call_only(till, rich):
    bought = till.post("/purchases", receipt(rich.card, 900), key="k")
    answer = till.post(f"/purchases/{bought.json['id']}/returns", {"all": True}, key="k")
    assert answer.json["code"] == "idempotency_key_reused"


def test_promise_10_identical_requests_at_once_make_one_purchase(till, anna, owner):
    body = receipt(anna.card, 1450)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: till.post("/purchases", body, key="k"), range(16)))
    done = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code != 201]
    assert len({answer.data for answer in done}) == 1
    assert all(a.json["code"] == "in_flight" and a.headers["Retry-After"] for a in waiting)
    assert rows(owner, "purchase") == 1


def test_promise_10_while_the_wallet_is_held_409_in_flight(till, rich, owner, engine):
    def soon(connection, _record):
        connection.execute("SET lock_timeout = '100ms'")
        connection.commit()

    engine.dispose()
    event.listen(engine, "connect", soon)
    spending = {"card": rich.card, "pin": rich.pin, "points": 100}
    try:
        with owner.transaction():
            owner.execute("SELECT 1 FROM wallet FOR UPDATE")
            bought = till.post("/purchases", receipt(rich.card), key="p")
            spent = till.post("/redemptions", spending, key="r")
    finally:
        event.remove(engine, "connect", soon)
        engine.dispose()
    for answer in (bought, spent):
        assert (answer.status_code, answer.json["code"]) == (409, "in_flight")
        assert answer.headers["Retry-After"] == "1"
    assert till.post("/redemptions", spending, key="r").status_code == 201


def test_promise_10_identical_redemptions_at_once_spend_once(till, rich, owner, phone):
    body = {"card": phone(rich.card), "points": 100}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: till.post("/redemptions", body, key="k"), range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.data for answer in answers if answer.status_code == 201}) == 1
    assert {a.json["code"] for a in answers if a.status_code == 409} <= {"in_flight"}
    assert rows(owner, "redemption") == 1


def test_promise_11_same_receipt_of_the_day_under_a_new_key(till, anna, owner):
    body = receipt(anna.card)
    first = till.post("/purchases", body)
    answer = till.post("/purchases", body, key="second")
    assert (answer.status_code, answer.json["code"]) == (409, "receipt_duplicate")
    assert answer.json["purchase_id"] == first.json["id"]
    assert rows(owner, "purchase") == 1
    yesterday = (datetime.now(UTC) - timedelta(days=1, hours=1)).isoformat()
    assert till.post("/purchases", body | {"purchased_at": yesterday}).status_code == 201


def test_promise_11_the_business_day_is_the_shops(till, anna):
    """23:30 and 00:30 in Berlin are two days, though one in UTC."""
    day = (datetime.now(UTC) - timedelta(days=10)).date()
    late = receipt(anna.card, purchased_at=f"{day}T21:30:00Z")
    assert till.post("/purchases", late).status_code == 201
    assert till.post("/purchases", late | {"purchased_at": f"{day}T23:30:00Z"}).status_code == 201
    assert (
        till.post("/purchases", late | {"purchased_at": f"{day}T12:30:00Z"}).json["code"]
        == "receipt_duplicate"
    )


def test_promise_12_a_duplicate_receipt_sticks(till, anna):
    body = receipt(anna.card)
    till.post("/purchases", body)
    first = till.post("/purchases", body, key="second")
    till.language = "de"
    again = till.post("/purchases", body, key="second")
    assert (again.status_code, again.data) == (409, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content_type == "application/problem+json"


def test_promise_12_insufficient_points_stick(till, anna, phone):
    body = {"card": phone(anna.card), "points": 100}
    first = till.post("/redemptions", body, key="k")
    assert (first.status_code, first.json["code"], first.json["available"]) == (409, "insufficient_points", 0)
    till.post("/purchases", receipt(anna.card, 20_000))
    assert till.post("/redemptions", body, key="k").data == first.data


def test_promise_12_a_sold_out_reward_sticks(till, rich, phone, offer, owner):
    wine = offer(till, "Rotwein", 100, stock=0)
    body = {"card": phone(rich.card), "reward_id": str(wine)}
    first = till.post("/redemptions", body, key="k")
    assert (first.status_code, first.json["code"]) == (409, "reward_sold_out")
    owner.execute("UPDATE reward SET stock = 5")
    assert till.post("/redemptions", body, key="k").data == first.data


def test_promise_12_other_refusals_leave_the_key_free(till, anna):
    body = receipt(anna.card)
    assert till.post("/purchases", body | {"total_cents": 1}, key="k").status_code == 422
    assert till.post("/purchases", body | {"card": "2700417003829152"}, key="k").status_code == 404
    assert till.post("/purchases", body, key="k").status_code == 201


def test_it_refuses_keys_that_are_none(till, anna):
    for key in ("x" * 129, "a b", "ä"):
        answer = till.post("/purchases", receipt(anna.card), key=key)
        assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_invalid")


def test_it_takes_a_key_of_128_signs(till, anna):
    assert till.post("/purchases", receipt(anna.card), key="~" * 128).status_code == 201


def test_it_needs_a_key(till, anna):
    client = till.app.test_client()
    for path in ("/purchases", "/redemptions", "/members"):
        answer = client.post(f"/api/v1{path}", json={}, headers={"Authorization": f"Bearer {till.key}"})
        assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")
