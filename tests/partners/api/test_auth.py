"""Who may call: keys, scopes, limits."""

import os
import time
from datetime import UTC, datetime

from partners import keys
from partners.api import auth
from tests.partners.api.conftest import receipt


def test_it_says_whose_key_it_is(till):
    body = till.get("/me").json
    assert body["partner"] == {"id": str(till.place.partner_id), "code": "baker", "name": "Baker"}
    assert body["till"]["id"] == str(till.place.till_id)
    assert body["shop"]["time_zone"] == "Europe/Berlin"
    assert abs((datetime.fromisoformat(body["server_time"]) - datetime.now(UTC)).total_seconds()) < 5
    assert (body["api_version"], body["limits"]["batch_items"]) == ("1", 500)


def test_without_a_key_401(till):
    for given in (
        None,
        "",
        "Bearer",
        "Bearer x",
        "Basic YTpi",
        "Bearer emma_till_a_b_c",
        "Bearer emma_till_\xe4_b_c",
    ):
        headers = {} if given is None else {"Authorization": given}
        answer = till.app.test_client().get("/api/v1/me", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_with_the_wrong_secret_401(till):
    key_id, _secret = keys.parse(till.key)
    till.get("/me")
    till.key = keys.written(key_id, "a" * 52)
    assert till.get("/me").status_code == 401
    till.key = keys.written("unknown", "a" * 52)
    assert till.get("/me").status_code == 401


def test_a_revoked_key_is_refused_within_two_seconds(till, act):
    key_id, _secret = keys.parse(till.key)
    assert till.get("/me").status_code == 200
    act(lambda s: keys.revoke(s, key_id, datetime.now(UTC)))
    time.sleep(1.1)
    assert till.get("/me").status_code == 401


def test_two_keys_live_side_by_side(till, act):
    second = act(lambda s: keys.issue(s, till.place.till_id, ("post",), datetime.now(UTC), os.urandom))
    assert till.get("/me").status_code == 200
    till.key = second
    assert till.get("/me").json["scopes"] == ["post"]


def test_a_scope_that_is_missing_403(street, anna):
    searcher = street("drinks", scopes=("search",))
    for path in ("/purchases", "/purchases/preview", "/purchases/batch", "/redemptions", "/members"):
        answer = searcher.post(path, receipt(anna.card))
        assert (answer.status_code, answer.json["code"]) == (403, "scope_missing")


def test_changed_terms_are_felt_within_two_seconds(till, anna, owner):
    assert till.post("/purchases", receipt(anna.card, 1000)).json["points"]["earned"] == 10
    owner.execute("UPDATE coalition SET point_value_ct = 2")
    time.sleep(1.1)
    assert till.post("/purchases", receipt(anna.card, 1000)).json["points"]["value_cents"] == 40


def test_a_key_has_a_limit(till):
    till.app.config["RATE_LIMIT"] = 5
    try:
        answers = [till.get("/me") for _ in range(12)]
    finally:
        till.app.config["RATE_LIMIT"] = 0
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited and limited[0].json["code"] == "rate_limited" and limited[0].headers["Retry-After"] == "1"


def test_wrong_keys_are_throttled_and_right_ones_are_not(till):
    till.get("/me")
    right = till.key
    till.key = keys.written("unknown", "a" * 52)
    answers = [till.get("/me").status_code for _ in range(auth.WRONG_A_MINUTE + 5)]
    assert answers[0] == 401 and answers[-1] == 429
    till.key = right
    assert till.get("/me").status_code == 200
