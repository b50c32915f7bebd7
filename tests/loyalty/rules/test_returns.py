"""Returns: exact by line, in any order and any parts the same, never more than was given."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.errors import Invalid
from loyalty.rules.earning import State, earn, merge_memory
from loyalty.rules.returns import everything_left, remaining, taken_back
from tests.loyalty.rules.baskets import (
    BAKER,
    BASE,
    DRINKS,
    SUNDAY,
    baskets,
    item,
    paid,
    rule,
    rulebooks,
    states,
)


class Sale:
    """A purchase and what has come back of it so far."""

    def __init__(self, rules, items, paid_cents=0, state=None):
        self.rules, self.items, self.paid_cents, self.state = rules, items, paid_cents, state or State()
        self.earned = earn(rules, BAKER, items, SUNDAY, paid_cents, self.state)
        self.returned = {}
        self.taken = {}
        self.memory = dict(self.state.memory) | dict(self.earned.memory)

    def give_back(self, pieces):
        sold = (self.rules, BAKER, self.items, SUNDAY, self.paid_cents, self.state)
        result = taken_back(*sold, self.earned.awards, self.returned, pieces)
        for line, count in pieces.items():
            self.returned[line] = self.returned.get(line, 0) + count
        for award, points in result.points_by_award:
            assert award in self.earned.awards
            assert points > 0
            self.taken[award.rule] = self.taken.get(award.rule, 0) + points
        assert result.points == sum(points for _, points in result.points_by_award)
        self.memory = merge_memory(self.memory, result.memory_old, result.memory_new)
        return result

    @property
    def points_taken(self):
        return sum(self.taken.values())


@st.composite
def sales(draw):
    return Sale(draw(rulebooks()), draw(baskets), draw(paid), draw(states))


def pieces_of(sale):
    return [line for line, bought in enumerate(sale.items) for _ in range(bought.quantity)]


def test_a_returned_bread_takes_its_points_and_leaves_the_rest():
    sale = Sale([BASE], [item(450, quantity=1), item(1000)])
    assert sale.earned.points == 14
    result = sale.give_back({0: 1})
    assert (result.points, result.points_by_award[0][0].rule) == (4, "base")
    assert sale.give_back({1: 1}).points == 10


def test_what_remains_decides_not_what_came_back():
    sale = Sale([BASE], [item(150), item(150)])  # 3.00: 3 points; 1.50 remains: 1 point
    assert [sale.give_back({line: 1}).points for line in (0, 1)] == [2, 1]


def test_pieces_of_a_line_are_worth_their_share():
    sale = Sale([BASE], [item(1000, quantity=3)])
    assert [sale.give_back({0: 1}).points for _ in range(3)] == [4, 3, 3]


def test_a_bonus_goes_when_its_reason_goes():
    rules = [
        BASE,
        rule("category_bonus", "bread", category="bread", points_per_euro=5),
        rule("tier", funder="coalition"),
    ]
    sale = Sale(rules, [item(1000, "bread"), item(1000)], state=State(Fraction(3, 2)))
    assert {award.rule: award.points for award in sale.earned.awards} == {"base": 20, "bread": 50, "tier": 35}
    sale.give_back({0: 1})
    assert sale.taken == {"base": 10, "bread": 50, "tier": 30}


def test_the_wine_keeps_its_combo_when_the_bread_comes_back():
    combo = rule(
        "combo", first={"partner": BAKER}, then={"partner": DRINKS, "category": "wine"}, days=3, points=20
    )
    bread = Sale([BASE, combo], [item(450, "bread")])
    wine_at = SUNDAY + timedelta(days=1)
    wine = earn([BASE, combo], DRINKS, [item(900, "wine")], wine_at, 0, State(memory=bread.memory))
    assert wine.points == 29
    bread.memory |= dict(wine.memory)
    assert bread.give_back({0: 1}).points == 4
    # And with its bread gone before the wine was bought, there is no combo.
    early = Sale([BASE, combo], [item(450, "bread")])
    early.give_back({0: 1})
    assert (
        earn([BASE, combo], DRINKS, [item(900, "wine")], wine_at, 0, State(memory=early.memory)).points == 9
    )


def test_a_returned_stamp_is_off_the_card():
    stamp = rule("stamp", category="coffee", every=5, points=25)
    sale = Sale([stamp], [item(1200, "coffee", 4)], state=State(memory={"stamp": {"n": 2, "a": 0}}))
    assert (sale.earned.points, sale.memory) == (25, {"stamp": {"n": 6, "a": 1}})
    sale.memory = {"stamp": {"n": 8, "a": 1}}  # two more bought elsewhere meanwhile
    assert sale.give_back({0: 1}).points == 0
    assert sale.memory == {"stamp": {"n": 7, "a": 1}}
    assert sale.give_back({0: 1}).points == 25
    assert sale.memory == {"stamp": {"n": 6, "a": 0}}


def test_a_welcome_wholly_returned_can_be_had_again():
    sale = Sale([BASE, rule("welcome", points=50)], [item(100), item(100)])
    assert sale.give_back({0: 1}).points == 1
    assert sale.give_back({1: 1}).points == 51
    assert sale.memory == {"welcome": {"given": 0}}


def test_what_the_cap_had_cut_off_is_lost_first():
    rules = [BASE, rule("tier", funder="coalition"), rule("cap_per_day", "cap", points=30)]
    sale = Sale(rules, [item(1000), item(1000)], state=State(Fraction(2)))  # 20 + 20, cut to 20 + 10
    assert sale.give_back({0: 1}).points == 10  # 10 + 10 remain
    assert sale.taken == {"base": 10}
    assert sale.memory == {"cap": {"2026-11-22": 20}}
    sale.give_back({1: 1})
    assert sale.taken == {"base": 20, "tier": 10}


def test_nothing_is_taken_while_what_remains_still_fills_the_cap():
    sale = Sale([BASE, rule("cap_per_day", "cap", points=5)], [item(1000), item(500)])
    assert sale.give_back({0: 1}).points == 0
    assert sale.give_back({1: 1}).points == 5


def test_giving_a_discount_back_takes_and_gives_nothing():
    sale = Sale([BASE], [item(1000), item(1000), item(-500, kind="discount")])
    assert sale.earned.points == 15
    assert [sale.give_back({line: 1}).points for line in (2, 0, 1)] == [0, 10, 5]


def test_too_much_comes_back():
    sale = Sale([BASE], [item(1000, quantity=2)])
    sale.give_back({0: 1})
    for pieces in ({0: 2}, {1: 1}, {-1: 1}, {0: 0}, {0: -1}):
        with pytest.raises(Invalid, match="return_exceeds_purchase") as refusal:
            sale.give_back(pieces)
        assert refusal.value.field == "lines"
    assert everything_left(sale.items, sale.returned) == {0: 1}
    sale.give_back({0: 1})
    with pytest.raises(Invalid, match="return_exceeds_purchase") as refusal:
        everything_left(sale.items, sale.returned)
    assert refusal.value.field == "all"


def test_what_remains_of_a_line_is_its_share_rounded_down():
    bought = item(1000, "bread", 3, cost_cents=500, discount_cents=100)
    (left,) = remaining([bought], {0: 1})
    assert left == replace(bought, quantity=2, gross_cents=666, cost_cents=333, discount_cents=66)
    assert remaining([bought], {0: 3}) == ()
    assert remaining([bought], {}) == (bought,)
    assert remaining([item(-100, kind="discount", quantity=3)], {0: 1})[0].gross_cents == -67


@settings(max_examples=120)
@given(sales(), st.data())
def test_order_and_partition_of_returns_make_no_difference(sale, data):
    other = Sale(sale.rules, sale.items, sale.paid_cents, sale.state)
    pieces = data.draw(st.permutations(pieces_of(sale)))
    pieces = pieces[: data.draw(st.integers(1, len(pieces)))]
    for line in pieces:
        sale.give_back({line: 1})
    for line in sorted(set(pieces), reverse=True):
        other.give_back({line: pieces.count(line)})
    assert sale.taken == other.taken
    assert sale.memory == other.memory


@settings(max_examples=120)
@given(sales(), st.data())
def test_each_step_takes_what_the_rules_no_longer_give_and_never_gives(sale, data):
    """Discount lines stay out of it: they may lie with what remains as long as they like."""
    solid = [line for line in pieces_of(sale) if sale.items[line].gross_cents >= 0]
    for line in data.draw(st.permutations(solid)):
        sale.give_back({line: 1})
        left = earn(
            sale.rules, BAKER, remaining(sale.items, sale.returned), SUNDAY, sale.paid_cents, sale.state
        )
        assert sale.points_taken == sale.earned.points - left.points
        most = {award.rule: award.points for award in sale.earned.awards}
        assert all(0 < points <= most[code] for code, points in sale.taken.items())


@given(sales(), st.data())
def test_when_everything_is_back_everything_is_taken_and_nothing_remembered(sale, data):
    bought = pieces_of(sale)
    some = data.draw(st.permutations(bought))[: data.draw(st.integers(0, len(bought)))]
    for line in some:
        sale.give_back({line: 1})
    if len(some) < len(bought):
        sale.give_back(everything_left(sale.items, sale.returned))
    assert sale.taken == {award.rule: award.points for award in sale.earned.awards}
    before = sale.state.memory
    for key, memory in sale.memory.items():
        for name, value in memory.items():
            assert value == before.get(key, {}).get(name, 0 if isinstance(value, int) else ""), (key, name)


@given(sales(), st.data())
def test_returning_more_never_takes_less(sale, data):
    order = data.draw(st.permutations(pieces_of(sale)))
    so_far = {}
    for line in order:
        sale.give_back({line: 1})
        assert all(sale.taken[code] >= points for code, points in so_far.items())
        so_far = dict(sale.taken)
