"""GET /rewards: what can be had here, and how far it is."""


def test_it_lists_this_partners_rewards_cheapest_first(till, offer, street):
    offer(till, "Brezel", 50)
    offer(till, "Torte", 2500, min_age=0)
    offer(street("drinks"), "Rotwein", 500)
    items = till.get("/rewards").json["items"]
    assert [(item["name"], item["affordable"], item["points_to_go"]) for item in items] == [
        ("Brezel", None, None), ("Torte", None, None),
    ]  # fmt: skip


def test_with_a_card_it_says_what_is_affordable(till, offer, rich, phone):
    offer(till, "Brezel", 50)
    offer(till, "Torte", 2500)
    for shown in (rich.card, phone(rich.card)):
        items = till.get("/rewards", card=shown).json["items"]
        assert [(item["affordable"], item["points_to_go"]) for item in items] == [(True, 0), (False, 1500)]


def test_it_lists_in_parts(till, offer):
    for points in (30, 10, 20):
        offer(till, f"Nr. {points}", points)
    first = till.get("/rewards", limit=2).json
    rest = till.get("/rewards", limit=2, cursor=first["next_cursor"]).json
    assert [item["points"] for item in first["items"] + rest["items"]] == [10, 20, 30]
    assert rest["next_cursor"] is None


def test_it_refuses_cards_as_a_scan_does(till):
    assert till.get("/rewards", card="1").json["code"] == "card_invalid"
    assert till.get("/rewards", card="2700417003829152").json["code"] == "card_unknown"
