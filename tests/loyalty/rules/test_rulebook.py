"""The book of rules: which are in force, which are refused, and how they survive as JSON."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Invalid
from loyalty.rules.earning import earn
from loyalty.rules.earning_rules import RULES
from loyalty.rules.rulebook import (
    DEFAULT_RULES,
    check_rule,
    in_force,
    memory_key,
    rule_from_data,
    rule_to_data,
)
from loyalty.rules.visit import State
from tests.loyalty.rules.baskets import BAKER, BASE, DRINKS, SUNDAY, item, rule, rulebooks


def in_force_at_bakers(*rules):
    return in_force(rules, BAKER, SUNDAY)


def points(*rules):
    return earn(rules, BAKER, [item(1000)], SUNDAY, 0, State(Fraction(1))).points


def test_a_rule_holds_from_its_first_moment_to_before_its_last():
    hour = timedelta(hours=1)
    for start, end, holds in ((0, 1, True), (-1, 0, False), (-1, 1, True), (1, 2, False)):
        welcome = replace(
            rule("welcome", points=5), valid_from=SUNDAY + start * hour, valid_until=SUNDAY + end * hour
        )
        assert bool(in_force_at_bakers(welcome)) is holds


def test_another_partners_rules_do_not_hold_here():
    assert in_force_at_bakers(replace(BASE, partner_id=DRINKS)) == []


def test_higher_priority_goes_first_then_the_code():
    rules = [
        rule("welcome", code, priority=priority, points=5)
        for code, priority in (("b", 0), ("a", 0), ("z", 9))
    ]
    assert [one.code for one in in_force_at_bakers(*rules)] == ["z", "a", "b"]


def test_a_partners_rule_replaces_the_coalitions_of_the_same_code_and_a_newer_version_an_older():
    double = replace(BASE, params={"points_per_euro": 2}, partner_id=BAKER)
    assert points(BASE, double) == points(double, BASE) == 20
    assert points(replace(BASE, version=2, params={"points_per_euro": 3}), BASE) == 30


def test_exactly_one_base_counts():
    own = replace(BASE, code="own", params={"points_per_euro": 2}, partner_id=BAKER)
    ours = replace(BASE, code="all", params={"points_per_euro": 5})
    assert points(own, ours) == 20
    assert points(own, replace(ours, priority=1)) == 50


def test_the_base_is_always_paid_by_the_seller():
    result = earn([replace(BASE, funder="coalition")], BAKER, [item(1000)], SUNDAY, 0, State())
    assert result.awards[0].funder == "partner"


def test_a_partners_rule_remembers_under_its_own_key():
    assert memory_key(BASE) == "base"
    assert memory_key(replace(BASE, partner_id=BAKER)) == f"base@{BAKER}"


GOOD = [
    BASE,
    rule("base", points_per_euro="0.25"),
    rule("category_bonus", category="bread", points_per_euro=2),
    rule("product_bonus", sku="4001", points_per_euro=2),
    rule("happy_hour", factor="1.5", from_="22:00", until="02:00", weekdays=[4, 5]),
    rule("happy_hour", points=5, from_="18:00", until="24:00"),
    rule("happy_hour", points=5, weekdays=[0]),
    rule("birthday", factor=2, stacks=True),
    rule("birthday", points=100),
    rule("welcome", points=50, funder="coalition"),
    rule("streak", weeks=4, points=30),
    rule("stamp", sku="4001", every=10, points=45),
    rule(
        "combo",
        first={"partner": BAKER, "category": "bread"},
        then={"partner": DRINKS},
        days=3,
        points=20,
        funder=BAKER,
    ),
    rule("tier", stacks=True),
    rule("cap_per_day", points=500, partner_id=BAKER),
]


@pytest.mark.parametrize("good", GOOD, ids=lambda one: one.kind)
def test_it_accepts_each_kind(good):
    check_rule(good)


def test_each_kind_is_among_the_examples():
    assert {one.kind for one in GOOD} == set(RULES)
    for default in DEFAULT_RULES:
        check_rule(default)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("kind", rule("lottery")),
        ("code", rule("base", "Base Rule", points_per_euro=1)),
        ("code", rule("base", "base@" + BAKER, points_per_euro=1)),
        ("name", replace(BASE, name="")),
        ("name", replace(BASE, name="a\nb")),
        ("version", replace(BASE, version=0)),
        ("priority", replace(BASE, priority=10**9)),
        ("partner_id", replace(BASE, partner_id="baker")),
        (
            "partner_id",
            rule(
                "combo",
                first={"partner": BAKER},
                then={"partner": DRINKS},
                days=3,
                points=2,
                partner_id=BAKER,
            ),
        ),
        ("funder", replace(BASE, funder="coalition")),
        ("funder", rule("welcome", points=5, funder="somebody")),
        ("stacks", rule("welcome", points=5, stacks=True)),
        ("valid_from", replace(BASE, valid_from=datetime(2026, 1, 1))),
        ("valid_until", replace(BASE, valid_from=SUNDAY, valid_until=SUNDAY)),
        ("params.points_per_euro", rule("base")),
        ("params.points_per_euro", rule("base", points_per_euro=1.0)),
        ("params.points_per_euro", rule("base", points_per_euro=True)),
        ("params.points_per_euro", rule("base", points_per_euro="1e3")),
        ("params.points_per_euro", rule("base", points_per_euro="1001")),
        ("params.points_per_euro", rule("base", points_per_euro="-1")),
        ("params.points_per_euro", rule("base", points_per_euro="١")),
        ("params.points_per_euro", rule("base", points_per_euro="9" * 400)),
        ("params.colour", rule("base", points_per_euro=1, colour="red")),
        ("params.points", rule("birthday", factor=2, points=5)),
        ("params.points", rule("birthday")),
        ("params.factor", rule("birthday", factor="0.5")),
        ("params.points", rule("welcome", points=0)),
        ("params.points", rule("welcome", points="50")),
        ("params.until", rule("happy_hour", points=5, from_="08:00")),
        ("params.from", rule("happy_hour", points=5, until="08:00")),
        ("params.from", rule("happy_hour", points=5, from_="8:00", until="09:00")),
        ("params.from", rule("happy_hour", points=5, from_="24:00", until="09:00")),
        ("params.until", rule("happy_hour", points=5, from_="08:00", until="08:00")),
        ("params.weekdays", rule("happy_hour", points=5, weekdays=[7])),
        ("params.weekdays", rule("happy_hour", points=5, weekdays=[])),
        ("params.weekdays", rule("happy_hour", points=5, weekdays=[1, 1])),
        ("params.weeks", rule("streak", weeks=1, points=5)),
        ("params.sku", rule("stamp", every=10, points=5)),
        ("params.sku", rule("stamp", sku="1", category="bread", every=10, points=5)),
        ("params.category", rule("stamp", category=" ", every=10, points=5)),
        ("params.every", rule("stamp", sku="1", every=0, points=5)),
        ("params.first", rule("combo", first={}, then={"partner": DRINKS}, days=3, points=2)),
        ("params.then", rule("combo", first={"partner": BAKER}, then="wine", days=3, points=2)),
        (
            "params.then",
            rule("combo", first={"partner": BAKER}, then={"partner": BAKER, "x": 1}, days=3, points=2),
        ),
        ("params.days", rule("combo", first={"partner": BAKER}, then={"partner": DRINKS}, days=0, points=2)),
        ("params.points", rule("tier", points=2)),
    ],
)
def test_it_refuses_what_cannot_be_computed_and_names_the_field(field, bad):
    with pytest.raises(Invalid, match="rule_invalid") as refusal:
        check_rule(bad)
    assert refusal.value.field == field


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
NAMES = ["points", "factor", "from", "weekdays", "first", "sku", "points_per_euro", "every"]


@given(anything, st.sampled_from(sorted(RULES)), st.sampled_from(NAMES))
def test_no_parameter_makes_the_check_fall_over(value, kind, name):
    try:
        check_rule(rule(kind, **{name: value}))
    except Invalid as refusal:
        assert refusal.field


@given(rulebooks())
def test_drawn_rules_are_sound(rules):
    for one in rules:
        check_rule(one)


@pytest.mark.parametrize("good", GOOD, ids=lambda one: one.kind)
def test_a_rule_survives_as_json(good):
    dated = replace(good, valid_from=SUNDAY, valid_until=datetime(2027, 1, 1, tzinfo=UTC))
    for one in (good, dated):
        text = json.dumps(rule_to_data(one))
        back = rule_from_data(json.loads(text))
        assert back == one
        assert json.dumps(rule_to_data(back)) == text


def test_the_same_rule_is_always_the_same_text():
    one = replace(GOOD[4], params=dict(reversed(GOOD[4].params.items())), valid_from=SUNDAY)
    other = replace(GOOD[4], valid_from=SUNDAY.astimezone(UTC))
    assert json.dumps(rule_to_data(one)) == json.dumps(rule_to_data(other))
