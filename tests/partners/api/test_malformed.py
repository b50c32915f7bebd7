"""Promise 14: whatever arrives, the answer is a 4xx that names the field, nothing is written, and the worker lives."""

import json
from io import BytesIO
from itertools import product

from tests.partners.api.conftest import receipt, rows

ANY = "01920000-0000-7000-8000-000000000000"
POSTS = (
    "/purchases", "/purchases/preview", "/purchases/batch", f"/purchases/{ANY}/returns", "/redemptions",
    f"/redemptions/{ANY}/reversal", "/members",
)  # fmt: skip
TABLES = ("purchase", "purchase_return", "redemption", "redemption_reversal", "transfer", "slip")

BODIES = {
    "nothing": b" ",
    "no json": b"{'card': 1}",
    "half": b'{"card": "27',
    "two": b"{} {}",
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "NaN": b"NaN",
    "infinity": b'{"total_cents": -Infinity}',
    "latin-1": '{"receipt": "Käse"}'.encode("latin-1"),
    "utf-16": '{"receipt": "A"}'.encode("utf-16"),
    "bom": b'\xef\xbb\xbf{"receipt": "A"}',
    "lone surrogate": b'{"receipt": "\\ud800"}',
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "deep inside": b'{"lines": ' + b"[" * 900 + b"]" * 900 + b"}",
    "long number": b'{"total_cents": ' + b"9" * 400 + b"}",
    "endless number": b'{"total_cents": ' + b"9" * 100_000 + b"}",
}


def test_promise_14_bodies_that_are_none(till, owner):
    for path, (name, body) in product(POSTS, BODIES.items()):
        answer = till.post(path, data=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, (path, name, answer.text)
        assert answer.content_type == "application/problem+json"
        problem = answer.json
        assert (problem["status"], problem["type"]) == (
            answer.status_code,
            f"urn:emma:problem:{problem['code']}",
        )
        assert problem["errors"] or problem["code"] in ("purchase_unknown", "redemption_unknown"), (
            path,
            name,
        )
    assert [rows(owner, table) for table in TABLES] == [0] * len(TABLES)
    assert till.get("/me").status_code == 200


def test_promise_14_other_types_and_sizes(till):
    for path in POSTS:
        longest = 6 * 1024 * 1024 if path.endswith("batch") else 256 * 1024
        answer = till.post(path, data=b"x" * (longest + 1), headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (413, "body")
        headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        stream = {"wsgi.input": BytesIO(b" " * (longest + 9)), "wsgi.input_terminated": True}
        answer = till.post(path, data=b"", headers=headers, environ_overrides=stream)
        assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin-1",
            "",
        ):
            answer = till.post(path, data=b"{}", headers={"Content-Type": kind})
            assert (answer.status_code, answer.json["code"]) == (415, "media_type_unsupported")


def test_promise_14_a_body_of_50_mb(till):
    answer = till.post("/purchases", data=b" " * 50_000_000, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")


AMOUNTS = [
    "1.0",
    "1e2",
    '"1"',
    "true",
    "null",
    "NaN",
    "Infinity",
    "1e400",
    "9" * 400,
    "99999999999",
    "[]",
    "{}",
]


AMOUNT_FIELDS = ["total_cents", "lines.0.gross_cents", "lines.0.quantity", "lines.0.discount_cents"]


def test_promise_14_amounts_are_whole_numbers_in_range(till, anna, owner):
    for field, amount in product(AMOUNT_FIELDS, AMOUNTS):
        if amount == "null" and field.endswith(("quantity", "discount_cents")):
            continue  # as if absent
        assert refused_fields(till, anna, field, amount) == [field], amount
    assert rows(owner, "purchase") == 0


WORDS = ["1", "true", "[]", "{}", '""', '"a\\u0000b"', '"a\\nb"', '"\\u009f"', '"\\ud83d"', f'"{"x" * 300}"']
WORD_FIELDS = ["receipt", "channel", "staff", "lines.0.sku", "lines.0.name", "lines.0.measure"]


def test_promise_14_words_are_strings_without_control_characters(till, anna):
    for field, word in product(WORD_FIELDS, WORDS):
        assert refused_fields(till, anna, field, word) == [field], word


def refused_fields(till, anna, field: str, text: str) -> list[str]:
    """The fields named when `field` of a good purchase is replaced by this JSON text."""
    body = receipt(anna.card)
    holder = body["lines"][0] if field.startswith("lines") else body
    holder[field.rpartition(".")[2]] = "HERE"
    content = json.dumps(body).replace('"HERE"', text)
    answer = till.post("/purchases", data=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    return [error["field"] for error in answer.json["errors"]]


MOMENTS = [
    "2026-11-22", "2026-11-22T09:15:00", "20261122T091500Z", "2026-W47-1T00:00:00Z", "2026-02-30T00:00:00Z",
    "2026-11-22T25:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-11-22T09:15:00+25:00",
    "now", "", 1795338900, None, ["2026-11-22T09:15:00Z"], "２０２６-11-22T09:15:00Z",
]  # fmt: skip


def test_promise_14_times_have_an_offset(till, anna):
    for moment in MOMENTS:
        answer = till.post("/purchases", receipt(anna.card) | {"purchased_at": moment})
        assert answer.status_code == 422, moment
        assert [error["field"] for error in answer.json["errors"]] == ["purchased_at"]


def test_promise_14_every_fault_is_named_at_once(till):
    answer = till.post("/purchases", {"lines": [{"gross_cents": 1}, {"vat_rate": 7.123}, 5], "card": 1})
    assert {error["field"] for error in answer.json["errors"]} == {
        "card", "receipt", "purchased_at", "total_cents", "lines.1.gross_cents", "lines.1.vat_rate", "lines.2",
    }  # fmt: skip


def test_promise_14_rates(till, anna):
    for rate in (-1, 101, "7", True, 7.123, "NaN"):
        answer = till.post("/purchases", receipt(anna.card, lines=[{"gross_cents": 450, "vat_rate": rate}]))
        assert [error["field"] for error in answer.json["errors"]] == ["lines.0.vat_rate"]


def test_rates_keep_two_decimals(till, anna, owner):
    lines = [{"gross_cents": 100, "vat_rate": rate} for rate in (7, 5.5, 10.7, 2.25, 0, 19.0)]
    assert till.post("/purchases", receipt(anna.card, lines=lines, total_cents=600)).status_code == 201
    kept = owner.execute("SELECT lines FROM purchase").fetchone()[0]
    assert [line["vat_bp"] for line in kept] == [700, 550, 1070, 225, 0, 1900]


def test_promise_14_numbers_at_the_edge_of_their_range(till, anna, owner):
    lines = [{"gross_cents": 100_000_000, "quantity": 100_000}] * 10
    answer = till.post("/purchases", receipt(anna.card, lines=lines, total_cents=1_000_000_000))
    assert answer.status_code == 201, answer.text
    too_much = till.post("/purchases", receipt(anna.card, lines=lines * 2, total_cents=2_000_000_000))
    assert [error["field"] for error in too_much.json["errors"]] == ["total_cents"]
