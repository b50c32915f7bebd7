"""POST /redemptions: with the phone's code or the PIN, for rewards or money off, and undone."""

from concurrent.futures import ThreadPoolExecutor

from tests.partners.api.conftest import receipt, rows


def test_it_takes_money_off_with_the_phones_code(till, rich, phone):
    answer = till.post("/redemptions", {"card": phone(rich.card), "points": 400, "receipt": "A-1"})
    assert answer.status_code == 201, answer.text
    assert {name: answer.json[name] for name in ("points", "value_cents", "available", "reward")} == {
        "points": 400, "value_cents": 400, "available": 600, "reward": None,
    }  # fmt: skip


def test_it_gives_a_reward_for_the_pin(till, rich, offer):
    wine = offer(till, "Rotwein", 500, min_age=16, stock=1)
    answer = till.post("/redemptions", {"card": rich.card, "pin": "4711", "reward_id": str(wine)})
    assert answer.status_code == 201, answer.text
    assert answer.json["reward"] == {
        "id": str(wine), "name": "Rotwein", "description": None, "points": 500, "value_cents": 500,
        "vat_rate": 19.0, "min_age": 16,
    }  # fmt: skip
    again = till.post("/redemptions", {"card": rich.card, "pin": "4711", "reward_id": str(wine)})
    assert again.json["code"] == "reward_sold_out"


def test_it_takes_the_code_of_a_neighbouring_window(till, rich, phone):
    for windows in (-1, 0, 1):
        assert till.post("/redemptions", {"card": phone(rich.card, windows), "points": 1}).status_code == 201


def test_it_takes_a_code_once(till, rich, phone):
    shown = phone(rich.card)
    assert till.get(f"/cards/{shown}").json["spendable"] is True
    assert till.post("/redemptions", {"card": shown, "points": 1}).status_code == 201
    assert till.get(f"/cards/{shown}").json["spendable"] is False
    answer = till.post("/redemptions", {"card": shown, "points": 1})
    assert (answer.status_code, answer.json["code"]) == (409, "code_already_used")


def test_it_needs_code_or_pin(till, rich, phone):
    printed = till.post("/redemptions", {"card": rich.card, "points": 1})
    assert (printed.status_code, printed.json["code"]) == (403, "spending_needs_code")
    stale = till.post("/redemptions", {"card": phone(rich.card, -3), "points": 1})
    assert (stale.status_code, stale.json["code"]) == (403, "spending_needs_code")


def test_wrong_codes_are_counted_per_card(till, rich, phone):
    wrong = rich.card + ("000000" if phone(rich.card)[16:] != "000000" else "111111")
    for _ in range(5):
        assert till.get(f"/cards/{wrong}").json["spendable"] is False
    assert till.get(f"/cards/{phone(rich.card)}").json["spendable"] is False
    answer = till.post("/redemptions", {"card": phone(rich.card), "points": 1})
    assert (answer.status_code, answer.json["code"]) == (429, "too_many_tries")
    assert int(answer.headers["Retry-After"]) > 0


def test_five_wrong_pins_lock(till, rich, street):
    body = {"card": rich.card, "pin": "0000", "points": 1}
    left = [till.post("/redemptions", body).json.get("tries_left") for _ in range(4)]
    assert left == [4, 3, 2, 1]
    fifth = till.post("/redemptions", body)
    assert (fifth.status_code, fifth.json["code"]) == (423, "pin_locked")
    right = {"card": rich.card, "pin": "4711", "points": 1}
    assert till.post("/redemptions", right).json["code"] == "pin_locked"
    assert street("drinks").post("/redemptions", right).json["code"] == "pin_locked"


def test_a_till_that_guesses_waits_before_any_pin_locks(till, rich, join):
    others = [join(name) for name in ("Ben", "Clara", "Dora", "Emil", "Finn")]
    for member in others:
        till.post("/redemptions", {"card": member.card, "pin": "0000", "points": 1})
    answer = till.post("/redemptions", {"card": rich.card, "pin": "4711", "points": 1})
    assert (answer.status_code, answer.json["code"]) == (429, "too_many_tries")


def test_a_wrong_pin_leaves_the_key_free(till, rich):
    body = {"card": rich.card, "pin": "0000", "points": 1}
    assert till.post("/redemptions", body, key="k").json["code"] == "pin_wrong"
    assert till.post("/redemptions", body | {"pin": "4711"}, key="k").status_code == 201


def test_it_splits_the_value_by_vat(till, rich, phone, owner):
    body = {"card": phone(rich.card), "points": 500}
    parts = [{"rate": 19, "cents": 300}, {"rate": 7, "cents": 100}]
    wrong = till.post("/redemptions", body | {"vat": parts})
    assert (wrong.status_code, wrong.json["code"], wrong.json["value_cents"]) == (422, "vat_mismatch", 500)
    parts[1]["cents"] = 200
    assert till.post("/redemptions", body | {"vat": parts}).status_code == 201
    kept, estimated = owner.execute("SELECT vat, vat_estimated FROM redemption").fetchone()
    assert kept == [{"vat_bp": 1900, "cents": 300}, {"vat_bp": 700, "cents": 200}]
    assert estimated is False


def test_it_wants_either_a_reward_or_points(till, rich, phone):
    for wish in ({}, {"points": 1, "reward_id": "01920000-0000-7000-8000-000000000000"}):
        answer = till.post("/redemptions", {"card": phone(rich.card)} | wish)
        assert (answer.status_code, answer.json["code"]) == (422, "validation_failed")
        assert [error["field"] for error in answer.json["errors"]] == ["reward_id", "points"]


def test_it_undoes_once(till, rich, phone):
    done = till.post("/redemptions", {"card": phone(rich.card), "points": 400}).json
    answer = till.post(f"/redemptions/{done['id']}/reversal")
    assert answer.status_code == 201, answer.text
    assert (answer.json["redemption_id"], answer.json["points"], answer.json["available"]) == (
        done["id"],
        400,
        1000,
    )
    again = till.post(f"/redemptions/{done['id']}/reversal", {})
    assert (again.status_code, again.json["code"]) == (409, "redemption_reversed")


def test_promise_21_nobody_undoes_at_another_partner(till, rich, phone, street, owner):
    done = till.post("/redemptions", {"card": phone(rich.card), "points": 400}).json
    answer = street("drinks").post(f"/redemptions/{done['id']}/reversal", {})
    assert (answer.status_code, answer.json["code"]) == (404, "redemption_unknown")
    assert rows(owner, "redemption_reversal") == 0


def test_another_partners_reward_is_unknown(till, rich, phone, street, offer):
    wine = offer(street("drinks"), "Rotwein", 100)
    answer = till.post("/redemptions", {"card": phone(rich.card), "reward_id": str(wine)})
    assert (answer.status_code, answer.json["code"]) == (404, "reward_unknown")


def test_promise_04_of_many_redemptions_at_once_only_so_many_succeed(till, rich, owner):
    body = {"card": rich.card, "pin": "4711", "points": 300}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: till.post("/redemptions", body), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert owner.execute("SELECT balance FROM wallet").fetchone()[0] == 100


def test_nothing_is_earned_on_what_points_paid(till, rich, phone):
    spent = till.post("/redemptions", {"card": phone(rich.card), "points": 400}).json
    answer = till.post("/purchases", receipt(rich.card, 1000, redemptions=[spent["id"]]))
    assert answer.json["points"]["earned"] == 6
