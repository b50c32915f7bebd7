"""POST /purchases: what a receipt earns, and what is refused."""

from tests.partners.api.conftest import receipt


def test_it_earns_a_point_for_every_full_euro(till, anna):
    answer = till.post("/purchases", receipt(anna.card, 1450))
    assert answer.status_code == 201, answer.text
    body = answer.json
    assert body["outcome"] == "earned"
    assert body["points"] == {"earned": 14, "pending": 0, "available": 14, "value_cents": 14}
    assert [(award["rule"], award["points"]) for award in body["awards"]] == [("base", 14)]
    assert (body["perks"], body["gifts"], body["card"]) == ([], [], anna.card)
