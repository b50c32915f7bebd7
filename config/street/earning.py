"""The earning rules of the demo street: one of every kind, as a street might agree on them."""

from collections.abc import Mapping
from uuid import UUID

from loyalty.rules.terms import Rule


def rules(partners: Mapping[str, UUID]) -> tuple[Rule, ...]:
    """All rules beside the base, which every coalition has. `partners`: id by short name."""
    baker, drinks = str(partners["baker"]), str(partners["drinks"])
    return (
        Rule("wine-friends", 1, "category_bonus", "Weinfreunde: doppelt auf Wein",
             {"category": "wine", "points_per_euro": "1"}, drinks),
        Rule("spelt-weeks", 1, "product_bonus", "Dinkelwochen", {"sku": "4002", "points_per_euro": "2"}, baker),
        Rule("happy-hour", 1, "happy_hour", "Frühaufsteher",
             {"factor": "2", "weekdays": [0, 1, 2, 3, 4], "from": "06:00", "until": "08:00"}, baker),
        Rule("welcome", 1, "welcome", "Willkommen", {"points": 100}, funder="coalition"),
        Rule("birthday", 1, "birthday", "Zum Geburtstag", {"points": 50}, funder="coalition"),
        Rule("streak", 1, "streak", "Vier Wochen dabei", {"weeks": 4, "points": 20}, funder="coalition"),
        Rule("ten-coffees", 1, "stamp", "Zehn Kaffee, einer geschenkt",
             {"category": "coffee", "every": 10, "points": 260}, baker),
        Rule("bread-and-wine", 1, "combo", "Brot und Wein",
             {"first": {"partner": baker, "category": "bread"}, "then": {"partner": drinks, "category": "wine"},
              "days": 3, "points": 30}, funder="coalition"),
        Rule("tier", 1, "tier", "Statusvorteil", {}, funder="coalition"),
        Rule("day-cap", 1, "cap_per_day", "Höchstens 500 Punkte am Tag", {"points": 500}),
    )  # fmt: skip
