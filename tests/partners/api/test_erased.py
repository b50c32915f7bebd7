"""What a till hears of a member who has been erased."""

import os
from datetime import UTC, datetime

from loyalty.points import erasure
from loyalty.rules.ids import uuid7
from tests.partners.api.conftest import receipt


def forget(act, member_id):
    at = datetime.now(UTC)
    act(lambda session: erasure.erase(session, member_id, at, lambda: uuid7(at, os.urandom(10))))


def test_promise_09_after_erasure_the_answer_is_gone(act, till, anna):
    bought = receipt(anna.card)
    assert till.post("/purchases", bought, key="sold-1").status_code == 201
    forget(act, anna.id)
    again = till.post("/purchases", bought, key="sold-1")
    assert (again.status_code, again.json["code"]) == (410, "member_erased")
    assert till.post("/purchases", receipt(anna.card)).json["code"] == "card_unknown"


def test_promise_09_a_sign_up_is_gone_as_well(act, till):
    person = {"first_name": "Ben", "email": "ben@street.example", "terms_version": "1"}
    joined = till.post("/members", person, key="joined-1")
    assert joined.status_code == 201
    member_id = act(
        lambda session: session.connection().exec_driver_sql("SELECT id FROM member").scalar_one()
    )
    forget(act, member_id)
    again = till.post("/members", person, key="joined-1")
    assert (again.status_code, again.json["code"]) == (410, "member_erased")
    assert till.post("/members", person).status_code == 201  # Ben is welcome again, as somebody new
