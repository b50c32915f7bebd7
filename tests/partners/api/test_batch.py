"""POST /purchases/batch: an offline queue, in which one bad entry hurts no other."""

import gzip
import json
from datetime import UTC, datetime, timedelta

from tests.partners.api.conftest import receipt, rows


def entry(key: str, card: str, cents: int = 450, **changes):
    return {"idempotency_key": key, **receipt(card, cents, **changes)}


def minutes_ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def test_it_answers_each_entry_in_order(till, anna, join):
    ben = join("Ben")
    items = [entry("a", anna.card, 1000), entry("b", ben.card, 2000), entry("c", anna.card, 3000)]
    answer = till.post("/purchases/batch", {"items": items})
    assert answer.status_code == 200, answer.text
    results = answer.json["results"]
    assert [(result["idempotency_key"], result["status"]) for result in results] == [
        ("a", 201), ("b", 201), ("c", 201),
    ]  # fmt: skip
    assert [result["body"]["points"]["earned"] for result in results] == [10, 20, 30]


def test_one_bad_entry_hurts_no_other(till, anna, owner):
    items = [
        entry("a", anna.card),
        entry("b", anna.card, total_cents=1),
        entry("c", "2700417003829152"),
        entry("d", anna.card, lines=[{"gross_cents": "450"}]),
        entry("e", "123"),
        {"idempotency_key": "f", "kind": "gift"},
        "nothing",
        {},
        entry("i", anna.card),
    ]
    results = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["status"] for result in results] == [201, 422, 404, 422, 400, 422, 422, 400, 201]
    assert [result.get("problem", {}).get("code") for result in results] == [
        None, "total_mismatch", "card_unknown", "validation_failed", "card_invalid", "validation_failed",
        "validation_failed", "idempotency_key_missing", None,
    ]  # fmt: skip
    assert results[3]["problem"]["errors"][0]["field"] == "lines.0.gross_cents"
    assert rows(owner, "purchase") == 2


def test_promise_09_a_batch_sent_again_is_answered_again(till, anna, owner):
    items = [entry("a", anna.card), entry("b", anna.card)]
    first = till.post("/purchases/batch", {"items": items}).json["results"]
    items.append(entry("c", anna.card))
    again = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["body"] for result in again[:2]] == [result["body"] for result in first]
    assert [result.get("replayed") for result in again] == [True, True, None]
    assert rows(owner, "purchase") == 3


def test_promise_09_what_was_sent_singly_is_recognised(till, anna, owner):
    body = receipt(anna.card)
    single = till.post("/purchases", body, key="k").json
    back = till.post(f"/purchases/{single['id']}/returns", {"all": True}, key="r").json
    items = [
        {"idempotency_key": "k", **body},
        {"idempotency_key": "r", "kind": "return", "purchase_key": "k", "all": True},
    ]
    results = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["body"] for result in results] == [single, back]
    assert (rows(owner, "purchase"), rows(owner, "purchase_return")) == (1, 1)


def test_promise_10_one_key_for_two_entries(till, anna, owner):
    twin = entry("a", anna.card)
    items = [twin, twin, entry("a", anna.card)]
    results = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["status"] for result in results] == [201, 201, 422]
    assert results[0]["body"] == results[1]["body"]
    assert results[2]["problem"]["code"] == "idempotency_key_reused"
    assert rows(owner, "purchase") == 1


def test_promise_11_one_receipt_for_two_entries(till, anna, owner):
    body = receipt(anna.card)
    items = [{"idempotency_key": "a", **body}, {"idempotency_key": "b", **body}, entry("c", anna.card)]
    results = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["status"] for result in results] == [201, 409, 201]
    assert results[1]["problem"]["purchase_id"] == results[0]["body"]["id"]
    again = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["status"] for result in again] == [201, 409, 201]
    assert rows(owner, "purchase") == 2


def test_it_takes_returns_and_reversals_by_key(till, rich, phone, owner):
    till.post("/redemptions", {"card": phone(rich.card), "points": 100}, key="spent")
    items = [
        {
            "idempotency_key": "3",
            "kind": "return",
            "purchase_key": "1",
            "lines": [{"line": 0, "quantity": 1}],
        },
        {"idempotency_key": "2", "kind": "reversal", "redemption_key": "spent"},
        entry("1", rich.card, 1000),
        {"idempotency_key": "4", "kind": "return", "purchase_key": "nobody", "all": True},
        {"idempotency_key": "5", "kind": "reversal"},
    ]
    results = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["status"] for result in results] == [201, 201, 201, 404, 422], results
    assert results[0]["body"]["points"]["taken_back"] == 10
    assert results[1]["body"]["points"] == 100
    assert results[3]["problem"]["code"] == "purchase_unknown"


def test_a_return_timed_before_its_purchase_still_finds_it(till, anna):
    items = [
        {
            "idempotency_key": "2",
            "kind": "return",
            "purchase_key": "1",
            "all": True,
            "returned_at": minutes_ago(60),
        },
        entry("1", anna.card, purchased_at=minutes_ago(30)),
    ]
    results = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["status"] for result in results] == [201, 201]


def test_it_finds_what_another_till_of_the_partner_posted(till, anna, act, app):
    import os

    from partners import keys, shops
    from tests.partners.api.conftest import TillClient, id_now

    till.post("/purchases", receipt(anna.card, 1000), key="from-till-1")

    def work(session):
        second = shops.add_till(session, till.place.shop_id, "2", id_now)
        return keys.issue(session, second, keys.SCOPES, datetime.now(UTC), os.urandom)

    other = TillClient(app, act(work), till.place)
    items = [{"idempotency_key": "r", "kind": "return", "purchase_key": "from-till-1", "all": True}]
    assert other.post("/purchases/batch", {"items": items}).json["results"][0]["status"] == 201


def test_entries_of_one_member_are_taken_in_time_order(till, anna):
    items = [
        entry("late", anna.card, 1000, purchased_at=minutes_ago(5)),
        entry("early", anna.card, 2000, purchased_at=minutes_ago(50)),
    ]
    results = till.post("/purchases/batch", {"items": items}).json["results"]
    assert [result["body"]["points"]["available"] for result in results] == [30, 20]


def test_it_takes_500_gzipped(till, anna, owner):
    items = [entry(f"k{number}", anna.card, receipt=f"R-{number}") for number in range(500)]
    packed = gzip.compress(json.dumps({"items": items}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = till.post("/purchases/batch", data=packed, headers=headers)
    assert [result["status"] for result in answer.json["results"]] == [201] * 500
    assert rows(owner, "purchase") == 500


def test_it_refuses_501(till, anna):
    items = [{"idempotency_key": str(number)} for number in range(501)]
    answer = till.post("/purchases/batch", {"items": items})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "items")


def test_promise_14_gzip_that_swells_or_lies(till, owner):
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    bomb = gzip.compress(b" " * 50_000_000)
    assert till.post("/purchases/batch", data=bomb, headers=headers).status_code == 413
    for broken in (b"no gzip", gzip.compress(b'{"items": []}')[:-4], gzip.compress(b"{}") + b"more"):
        answer = till.post("/purchases/batch", data=broken, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (400, "json_invalid")
    single = till.post("/purchases", data=gzip.compress(b"{}"), headers=headers)
    assert (single.status_code, single.json["code"]) == (415, "media_type_unsupported")


def test_a_reversal_needs_the_scope_to_redeem(street):
    poster = street("drinks", scopes=("post",))
    items = [{"idempotency_key": "5", "kind": "reversal", "redemption_key": "x"}]
    assert (
        poster.post("/purchases/batch", {"items": items}).json["results"][0]["problem"]["code"]
        == "scope_missing"
    )
