"""Baskets, rules and states for the tests of earning: by hand, and drawn by Hypothesis."""

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from loyalty.rules.basket import Item
from loyalty.rules.earning import State
from loyalty.rules.terms import Rule

BERLIN = ZoneInfo("Europe/Berlin")
BAKER = "01920000-0000-7000-8000-000000000001"
DRINKS = "01920000-0000-7000-8000-000000000002"
SUNDAY = datetime(2026, 11, 22, 9, 15, tzinfo=BERLIN)


def item(
    gross_cents, category=None, quantity=1, kind="goods", sku=None, earns=True, cost_cents=0, discount_cents=0
):
    return Item(gross_cents, quantity, kind, sku, category, discount_cents, 700, cost_cents, False, earns)


def rule(kind, code=None, /, priority=0, stacks=False, partner_id=None, funder="partner", **params):
    params = {name.rstrip("_"): value for name, value in params.items()}  # from_ -> from
    return Rule(
        code or kind.replace("_", "-"), 1, kind, kind, params,
        partner_id=partner_id, priority=priority, stacks=stacks, funder=funder,
    )  # fmt: skip


BASE = rule("base", points_per_euro="1")

CATEGORIES = (None, "bread", "wine")

items = st.builds(
    item,
    st.integers(0, 6000),
    st.sampled_from(CATEGORIES),
    st.integers(1, 6),
    sku=st.sampled_from((None, "4001")),
    earns=st.sampled_from((True, True, True, False)),
)
others = st.one_of(
    st.builds(
        item,
        st.integers(-300, 300),
        kind=st.just("deposit"),
        quantity=st.integers(1, 3),
        earns=st.just(False),
    ),
    st.builds(
        item, st.integers(-2500, 0), st.sampled_from(CATEGORIES), st.integers(1, 3), st.just("discount")
    ),
)
baskets = st.lists(st.one_of(items, items, items, others), min_size=1, max_size=6)

rates = st.sampled_from(["0.5", "1", "1.25", 2, 10])
factors = st.sampled_from(["1.1", "1.5", "1.9", 2, 3])
points = st.integers(1, 40)
things = st.sampled_from([{"category": "bread"}, {"category": "wine"}, {"sku": "4001"}])

WINE_THERE, BREAD_HERE = {"partner": DRINKS}, {"partner": BAKER, "category": "bread"}
CHOICES = {
    "base": st.builds(lambda rate: BASE if rate == "1" else rule("base", points_per_euro=rate), rates),
    "bread": st.builds(lambda rate: rule("category_bonus", "bread", category="bread", points_per_euro=rate), rates),
    "product": st.builds(lambda rate: rule("product_bonus", sku="4001", points_per_euro=rate), rates),
    "early": st.builds(
        lambda factor, stacks: rule("happy_hour", "early", stacks=stacks, factor=factor, from_="08:00", until="10:00"),
        factors, st.booleans(),
    ),
    "sundays": st.builds(lambda n: rule("happy_hour", "sundays", points=n, weekdays=[6], funder="coalition"), points),
    "birthday": st.builds(lambda n, stacks: rule("birthday", stacks=stacks, factor=n), factors, st.booleans()),
    "cake": st.builds(lambda n: rule("birthday", "cake", points=n), points),
    "tier": st.builds(lambda stacks: rule("tier", stacks=stacks, funder="coalition"), st.booleans()),
    "welcome": st.builds(lambda n: rule("welcome", points=n, funder="coalition"), points),
    "streak": st.builds(lambda weeks, n: rule("streak", weeks=weeks, points=n), st.integers(2, 3), points),
    "stamp": st.builds(
        lambda what, every, n: rule("stamp", every=every, points=n, **what), things, st.integers(2, 6), points
    ),
    "combo": st.builds(lambda n: rule("combo", points=n, days=3, first=WINE_THERE, then=BREAD_HERE), points),
    "cap": st.builds(lambda n: rule("cap_per_day", "cap", points=n), st.integers(1, 150)),
    "own-cap": st.builds(lambda n: rule("cap_per_day", "own-cap", partner_id=BAKER, points=n), st.integers(1, 150)),
}  # fmt: skip


@st.composite
def rulebooks(draw):
    """A base and any other rules."""
    names = draw(st.lists(st.sampled_from(sorted(CHOICES)), unique=True, max_size=6))
    return [draw(CHOICES[name]) for name in dict.fromkeys(["base", *names])]


memories = st.fixed_dictionaries(
    {},
    optional={
        "welcome": st.just({"given": 1}),
        "cake": st.sampled_from([{"2026": 1}, {"2025": 1}]),
        "streak": st.sampled_from([{"week": "2026-W46", "count": 1}, {"week": "2026-W46", "count": 2}]),
        "stamp": st.builds(
            lambda pieces, given: {"n": pieces, "a": given}, st.integers(0, 20), st.integers(0, 4)
        ),
        "combo": st.sampled_from([{"2026-11-20T10:00:00+00:00": 1}, {"2026-11-20T10:00:00+00:00": 0}]),
        "cap": st.builds(lambda given: {"2026-11-22": given}, st.integers(0, 50)),
    },
)
states = st.builds(
    State, st.sampled_from([Fraction(1), Fraction(3, 2), Fraction(2)]), st.booleans(), memories
)
paid = st.sampled_from([0, 0, 0, 150, 1000, 5000])
