"""Joining at the counter and the forgotten card."""

from tests.partners.api.conftest import receipt, rows


def test_somebody_joins_and_earns_at_once(till, act, app):
    body = {"first_name": "Ben", "last_name": "Maurer", "email": "ben@street.example", "terms_version": "1"}
    answer = till.post("/members", body, key="k")
    assert answer.status_code == 201, answer.text
    assert set(answer.json) == {"id", "card", "claim_code", "display_name"}
    assert answer.json["display_name"] == "Ben M."
    assert till.post("/purchases", receipt(answer.json["card"])).status_code == 201
    again = till.post("/members", body, key="k")
    assert (again.data, again.headers["Idempotency-Replayed"]) == (answer.data, "true")


def test_promise_09_joining_is_rebuilt_without_the_claim_code(till, owner):
    body = {"first_name": "Ben", "terms_version": "1"}
    first = till.post("/members", body, key="k").json
    owner.execute("DELETE FROM slip")
    assert till.post("/members", body, key="k").json == first | {"claim_code": None}


REFUSED = [
    ({"first_name": ""}, "validation_failed", "first_name"),
    ({"first_name": "  "}, "name_invalid", "first_name"),
    ({"email": "ben"}, "email_invalid", "email"),
    ({"phone": "x"}, "phone_invalid", "phone"),
    ({"born_on": "2024-05-17"}, "too_young", "born_on"),
    ({"born_on": "1990-02-30"}, "validation_failed", "born_on"),
    ({"born_on": "0001-01-01"}, "born_on_invalid", "born_on"),
    ({"terms_version": None}, "validation_failed", "terms_version"),
    ({"language": "fr"}, "validation_failed", "language"),
]


def test_it_refuses(till, owner):
    for changes, code, field in REFUSED:
        answer = till.post("/members", {"first_name": "Ben", "terms_version": "1"} | changes)
        assert (answer.status_code, answer.json["code"]) == (422, code)
        assert [error["field"] for error in answer.json["errors"]] == [field]
    assert rows(owner, "member") == 0


def test_an_e_mail_joins_once(till, anna):
    body = {"first_name": "Anna", "email": "ANNA@street.example", "terms_version": "1"}
    assert till.post("/members", body).json["code"] == "email_taken"


def test_a_forgotten_card_is_found_masked(till, anna, owner):
    items = till.get("/members", q="anna k").json["items"]
    assert items == [{
        "id": str(anna.id), "display_name": "Anna K.", "phone": "••• 67", "email": "a•••@s•••.example",
        "card": anna.card,
    }]  # fmt: skip
    assert [item["card"] for item in till.get("/members", q="0170 1234567").json["items"]] == [anna.card]
    assert owner.execute("SELECT action, matches FROM access_log").fetchall() == [("search", 1)] * 2


def test_a_search_needs_its_scope_and_three_letters(till, street):
    answer = street("drinks", scopes=("post",)).get("/members", q="anna")
    assert (answer.status_code, answer.json["code"], answer.json["scope"]) == (403, "scope_missing", "search")
    assert till.get("/members", q="an").json["code"] == "query_invalid"
    assert till.get("/members").json["errors"][0]["field"] == "q"
