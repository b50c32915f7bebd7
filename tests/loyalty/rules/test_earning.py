"""What a basket earns, rule by rule and together, with the arithmetic that a cashier can read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Invalid
from loyalty.rules.earning import DEFAULT_RULES, State, earn, memory_for, merge_memory
from tests.loyalty.rules.baskets import (
    BAKER,
    BASE,
    BERLIN,
    DRINKS,
    SUNDAY,
    baskets,
    item,
    paid,
    rule,
    rulebooks,
    states,
)


def earned(rules, *items, at=SUNDAY, paid_cents=0, partner=BAKER, **state):
    return earn(rules, partner, items, at, paid_cents, State(**state))


def given_by(result):
    return {award.rule: award.points for award in result.awards}


def test_by_default_a_full_euro_is_a_point():
    result = earned(DEFAULT_RULES, item(4500), item(99))
    (award,) = result.awards
    assert (result.points, award.points, award.kind, award.funder) == (45, 45, "earn", "partner")
    assert (award.rule, award.version, award.name) == ("base", 1, "1 Punkt je Euro")
    assert award.why == "⌊45.99⌋ × 1 = 45"
    assert result.memory == {}


def test_euros_are_counted_over_the_receipt_not_by_line():
    assert earned([BASE], item(50), item(50)).points == 1


def test_a_decimal_rate_is_rounded_down_once():
    result = earned([rule("base", points_per_euro="1.5")], item(799))
    assert (result.points, result.awards[0].why) == (10, "⌊⌊7.99⌋ × 1.5⌋ = 10")


def test_what_earns_nothing_earns_nothing():
    cigarettes = item(900, "tobacco", earns=False)
    assert earned([BASE], item(500), cigarettes, item(25, kind="deposit", earns=True)).points == 5
    assert earned([BASE], cigarettes) == earned([BASE]) == earned([BASE], item(0))


def test_nothing_is_earned_on_the_part_paid_with_points():
    assert earned([BASE], item(1000), paid_cents=450).points == 5
    assert earned([BASE, rule("welcome", points=50)], item(1000), paid_cents=1000).awards == ()


def test_a_discount_line_lessens_what_earns():
    bread = rule("category_bonus", "bread", category="bread", points_per_euro=2)
    result = earned([BASE, bread], item(1000, "bread"), item(1000), item(-300, "bread", kind="discount"))
    assert given_by(result) == {"base": 17, "bread": 14}


def test_no_purchase_earns_more_than_the_books_can_hold():
    much = rule("base", points_per_euro=1000)
    assert earned([much], item(100_000_000)).points == 1_000_000_000
    with pytest.raises(Invalid, match="points_out_of_range"):
        earned([much], item(100_000_100))


def test_a_category_bonus_counts_the_full_euros_of_the_category():
    bread = rule("category_bonus", "bread", category="bread", points_per_euro="0.5")
    result = earned([BASE, bread], item(250, "bread"), item(250, "bread"), item(99, "wine"))
    assert given_by(result) == {"base": 5, "bread": 2}
    assert result.awards[1].why == "⌊⌊5.00⌋ × 0.5⌋ = 2"
    assert result.awards[1].kind == "bonus"


def test_points_spent_lessen_each_category_in_proportion():
    bread = rule("category_bonus", "bread", category="bread", points_per_euro=1)
    assert given_by(earned([BASE, bread], item(600, "bread"), item(400), paid_cents=500)) == {
        "base": 5,
        "bread": 3,
    }


def test_a_product_bonus_counts_the_full_euros_of_the_product():
    rye = rule("product_bonus", sku="4001", points_per_euro=3)
    assert given_by(earned([BASE, rye], item(450, sku="4001"), item(450))) == {"base": 9, "product-bonus": 12}


@pytest.mark.parametrize(
    ("clock", "hits"),
    [("2026-11-22T07:59", False), ("2026-11-22T08:00", True), ("2026-11-22T09:59", True), ("2026-11-22T10:00", False),
     ("2026-11-23T09:00", False)],
)  # fmt: skip
def test_a_happy_hour_counts_by_the_wall_clock_and_weekday(clock, hits):
    early = rule("happy_hour", factor=2, from_="08:00", until="10:00", weekdays=[6])
    at = datetime.fromisoformat(clock).replace(tzinfo=BERLIN)
    assert earned([BASE, early], item(1000), at=at).points == (20 if hits else 10)


@pytest.mark.parametrize(
    ("clock", "hits"),
    [("2026-11-20T23:00", True), ("2026-11-21T01:59", True), ("2026-11-21T02:00", False), ("2026-11-20T01:00", False),
     ("2026-11-21T22:00", False)],
)  # fmt: skip
def test_a_happy_hour_past_midnight_belongs_to_the_day_it_began(clock, hits):
    late = rule("happy_hour", points=7, from_="22:00", until="02:00", weekdays=[4])  # Friday
    at = datetime.fromisoformat(clock).replace(tzinfo=BERLIN)
    assert earned([BASE, late], item(1000), at=at).points == (17 if hits else 10)


def test_a_weekday_alone_holds_all_day():
    sundays = rule("happy_hour", points=7, weekdays=[6])
    for hour in (0, 23):
        assert earned([BASE, sundays], item(1000), at=SUNDAY.replace(hour=hour)).points == 17
    assert earned([BASE, sundays], item(1000), at=SUNDAY + timedelta(days=1)).points == 10


def test_of_factors_only_the_best_counts():
    rules = [BASE, rule("tier"), rule("birthday", factor=3), rule("happy_hour", factor="2.5")]
    result = earned(rules, item(1000), birthday=True, tier_factor=Fraction(2))
    assert given_by(result) == {"base": 10, "birthday": 20}
    assert result.awards[1].why == "⌊10 × (3 − 1)⌋ = 20"


def test_of_equal_factors_the_one_of_higher_priority_counts():
    rules = [
        BASE,
        rule("tier", "a"),
        rule("birthday", "b", factor=2),
        rule("happy_hour", "c", factor=2, priority=1),
    ]
    for order in (rules, rules[::-1]):
        assert given_by(earned(order, item(1000), birthday=True, tier_factor=Fraction(2))) == {
            "base": 10,
            "c": 10,
        }


def test_stacking_factors_multiply_with_each_other_and_with_the_best():
    rules = [
        BASE,
        rule("tier", stacks=True),
        rule("birthday", factor=3, stacks=True),
        rule("happy_hour", "hour", factor="1.5"),
        rule("happy_hour", "day", factor="1.2"),
    ]
    result = earned(rules, item(1000), birthday=True, tier_factor=Fraction(2))
    assert given_by(result) == {"base": 10, "hour": 5, "birthday": 30, "tier": 45}
    assert result.points == 10 * 3 * 2 * 3 // 2
    assert result.awards[3].why == "⌊10 × 1.5 × 3 × (2 − 1)⌋ = 45"


def test_factors_work_on_points_per_euro_not_on_fixed_bonuses():
    rules = [
        BASE,
        rule("category_bonus", category="bread", points_per_euro=1),
        rule("tier"),
        rule("welcome", points=100),
    ]
    result = earned(rules, item(1000, "bread"), tier_factor=Fraction(3, 2))
    assert given_by(result) == {"base": 10, "category-bonus": 10, "tier": 10, "welcome": 100}


def test_without_tier_or_birthday_their_rules_give_nothing():
    rules = [BASE, rule("tier"), rule("birthday", factor=2), rule("birthday", "cake", points=50)]
    assert given_by(earned(rules, item(1000))) == {"base": 10}


def test_the_welcome_is_given_once():
    rules = [BASE, rule("welcome", points=50, funder="coalition")]
    first = earned(rules, item(1000))
    assert [(award.kind, award.points, award.funder) for award in first.awards[1:]] == [
        ("welcome", 50, "coalition")
    ]
    assert earned(rules, item(1000), memory=first.memory).points == 10


def test_birthday_points_are_given_once_a_year():
    rules = [BASE, rule("birthday", points=50)]
    first = earned(rules, item(1000), birthday=True)
    assert first.points == 60
    assert earned(rules, item(1000), birthday=True, memory=first.memory).points == 10
    next_year = SUNDAY.replace(year=2027)
    assert earned(rules, item(1000), birthday=True, memory=first.memory, at=next_year).memory == {
        "birthday": {"2027": 1}
    }


def walk(rules, visits, memory=None):
    """Points of the fixed bonuses of visits one after the other, each (time, items, partner)."""
    memory, gained = dict(memory or {}), []
    for at, items, partner in visits:
        result = earn(rules, partner, items, at, 0, State(memory=memory))
        memory |= result.memory
        gained.append(result.points)
    return gained, memory


def test_a_streak_rewards_n_consecutive_weeks_and_starts_anew():
    weeks = [SUNDAY + timedelta(weeks=week) for week in range(8)]  # over the turn of the year
    gained, memory = walk([rule("streak", weeks=3, points=30)], [(at, [item(100)], BAKER) for at in weeks])
    assert gained == [0, 0, 30, 0, 0, 30, 0, 0]
    assert memory == {"streak": {"week": "2027-W01", "count": 2}}


def test_a_streak_breaks_with_a_missed_week_and_counts_a_week_once():
    offsets = [0, 1, 7, 21, 28, 35]
    visits = [(SUNDAY + timedelta(days=days), [item(100)], BAKER) for days in offsets]
    assert walk([rule("streak", weeks=3, points=30)], visits)[0] == [0, 0, 0, 0, 0, 30]
    # Sunday and Monday are two weeks; the 7th day later is Sunday of the second.
    assert walk([rule("streak", weeks=3, points=30)], visits[:3])[1] == {
        "streak": {"week": "2026-W48", "count": 2}
    }


def test_a_late_arrival_does_not_disturb_a_streak():
    memory = {"streak": {"week": "2026-W48", "count": 2}}
    assert earned([rule("streak", weeks=3, points=30)], item(100), memory=memory).memory == {}


def test_a_stamp_card_gives_points_for_each_full_card():
    coffee = rule("stamp", category="coffee", every=10, points=25)
    visits = [(SUNDAY, [item(300 * pieces, "coffee", pieces)], BAKER) for pieces in (9, 1, 25, 4, 1)]
    gained, memory = walk([coffee], visits)
    assert gained == [0, 25, 50, 0, 25]
    assert memory == {"stamp": {"n": 40, "a": 4}}
    why = earned([coffee], item(7500, "coffee", 25), memory={"stamp": {"n": 10, "a": 1}}).awards[0].why
    assert why == "(⌊(10 + 25) ÷ 10⌋ − 1) × 25 = 50"


def test_only_pieces_that_cost_something_are_stamped():
    coffee = rule("stamp", category="coffee", every=2, points=25)
    assert earned([coffee], item(0, "coffee", 4), item(100), item(300, "tea", 4)).memory == {}


BREAD_THEN_WINE = rule(
    "combo",
    first={"partner": BAKER, "category": "bread"},
    then={"partner": DRINKS, "category": "wine"},
    days=3,
    points=20,
    funder="coalition",
)
BREAD, WINE = [item(450, "bread")], [item(900, "wine")]


def test_bread_here_and_wine_there_within_three_days():
    friday, monday = SUNDAY - timedelta(days=2), SUNDAY + timedelta(days=1)
    visits = [(friday, BREAD, BAKER), (monday, WINE, DRINKS), (monday, WINE, DRINKS)]
    gained, memory = walk([BREAD_THEN_WINE], visits)
    assert gained == [0, 20, 0]
    assert memory == {"combo": {"2026-11-20T08:15:00+00:00": 0}}


@pytest.mark.parametrize(
    "visits",
    [
        [(SUNDAY, WINE, DRINKS), (SUNDAY, BREAD, BAKER)],
        [(SUNDAY, BREAD, DRINKS), (SUNDAY, WINE, DRINKS)],
        [(SUNDAY, BREAD, BAKER), (SUNDAY, WINE, BAKER)],
        [(SUNDAY, BREAD, BAKER), (SUNDAY + timedelta(days=3, seconds=1), WINE, DRINKS)],
        [(SUNDAY, BREAD, BAKER), (SUNDAY - timedelta(minutes=1), WINE, DRINKS)],
    ],
    ids=["wine first", "bread elsewhere", "wine elsewhere", "too late", "wine before bread"],
)
def test_no_combo(visits):
    assert walk([BREAD_THEN_WINE], visits)[0] == [0, 0]


def test_each_bread_serves_one_wine_the_oldest_first():
    days = [SUNDAY + timedelta(days=number) for number in range(4)]
    visits = [
        (days[0], BREAD, BAKER),
        (days[1], BREAD, BAKER),
        *[(days[number], WINE, DRINKS) for number in (2, 3, 3)],
    ]
    assert walk([BREAD_THEN_WINE], visits)[0] == [0, 0, 20, 20, 0]


def test_one_purchase_is_not_both_ends_of_a_combo():
    twice = rule("combo", first={"partner": BAKER}, then={"partner": BAKER}, days=3, points=20)
    visits = [(SUNDAY + timedelta(hours=hour), BREAD, BAKER) for hour in range(3)]
    assert walk([twice], visits)[0] == [0, 20, 20]


def test_a_combo_forgets_what_nothing_can_follow_any_more():
    visits = [(SUNDAY + timedelta(days=days), BREAD, BAKER) for days in (0, 48, 50)]
    assert list(walk([BREAD_THEN_WINE], visits)[1]["combo"]) == [
        "2027-01-09T08:15:00+00:00",
        "2027-01-11T08:15:00+00:00",
    ]


def test_the_cap_trims_from_the_last_award_backwards_and_says_so():
    rules = [BASE, rule("tier"), rule("welcome", points=50), rule("cap_per_day", points=18)]
    result = earned(rules, item(1000), tier_factor=Fraction(2))
    assert given_by(result) == {"base": 10, "tier": 8}
    assert result.awards[1].why == "⌊10 × (2 − 1)⌋ = 10, cap of the day: 8"
    assert result.memory["cap-per-day"] == {"2026-11-22": 18}


def test_the_cap_counts_by_local_day_also_for_late_arrivals():
    cap = rule("cap_per_day", points=15)
    just_after = datetime(2026, 11, 22, 0, 30, tzinfo=BERLIN)  # still Saturday in UTC
    visits = [
        (at, [item(1000)], BAKER)
        for at in (SUNDAY, just_after, SUNDAY, SUNDAY - timedelta(days=1), SUNDAY + timedelta(days=60))
    ]
    gained, memory = walk([BASE, cap], visits)
    assert gained == [10, 5, 0, 10, 10]
    assert memory == {"cap-per-day": {"2027-01-21": 10}}


def test_a_partners_cap_holds_only_there_and_the_tightest_counts():
    own, whole = rule("cap_per_day", "own", partner_id=BAKER, points=7), rule("cap_per_day", "all", points=12)
    visits = [(SUNDAY, [item(1000)], partner) for partner in (BAKER, BAKER, DRINKS)]
    gained, memory = walk([BASE, own, whole], visits)
    assert gained == [7, 0, 5]
    assert memory == {f"own@{BAKER}": {"2026-11-22": 7}, "all": {"2026-11-22": 12}}


def test_memories_of_two_partners_rules_of_one_code_are_apart():
    stamps = [
        rule("stamp", "card", partner_id=partner, category="bread", every=2, points=5)
        for partner in (BAKER, DRINKS)
    ]
    visits = [(SUNDAY, BREAD, partner) for partner in (BAKER, DRINKS, BAKER)]
    assert walk(stamps, visits)[0] == [0, 0, 5]


def test_a_purchase_keeps_only_the_memory_its_rules_can_read():
    own = rule("stamp", "card", partner_id=BAKER, category="bread", every=2, points=5)
    memory = {f"card@{BAKER}": {"n": 1, "a": 0}, f"card@{DRINKS}": {"n": 3, "a": 1}, "gone": {"given": 1}}
    assert memory_for([BASE, own], BAKER, SUNDAY, memory) == {f"card@{BAKER}": {"n": 1, "a": 0}}


@given(rulebooks(), baskets, paid, states)
def test_what_memory_for_leaves_out_changes_nothing(rules, items, paid_cents, state):
    kept = replace(state, memory=memory_for(rules, BAKER, SUNDAY, state.memory))
    assert earn(rules, BAKER, items, SUNDAY, paid_cents, kept) == earn(
        rules, BAKER, items, SUNDAY, paid_cents, state
    )


@given(rulebooks(), baskets, paid, states, st.randoms())
def test_awards_are_positive_add_up_and_do_not_depend_on_the_order_of_rules_or_lines(
    rules, items, paid_cents, state, random
):
    result = earn(rules, BAKER, items, SUNDAY, paid_cents, state)
    assert result.points == sum(award.points for award in result.awards)
    assert all(award.points > 0 for award in result.awards)
    assert len({award.rule for award in result.awards}) == len(result.awards)
    for award in result.awards:
        tail = award.why.rsplit(" ", 1)[-1]
        assert tail == str(award.points), award.why
    random.shuffle(rules)
    random.shuffle(items)
    assert earn(rules, BAKER, items, SUNDAY, paid_cents, state) == result


@given(rulebooks(), baskets, states)
def test_the_cap_is_never_exceeded(rules, items, state):
    caps = {rule.code: rule.params["points"] for rule in rules if rule.kind == "cap_per_day"}
    result = earn(rules, BAKER, items, SUNDAY, 0, state)
    for code, most in caps.items():
        before = state.memory.get(code, {}).get("2026-11-22", 0)
        assert before + result.points <= max(before, most)


@given(rulebooks(), baskets, paid, states)
def test_memory_holds_only_counts_and_marks(rules, items, paid_cents, state):
    for memory in earn(rules, BAKER, items, SUNDAY, paid_cents, state).memory.values():
        assert all(type(value) in (int, str) for value in memory.values())
        assert all(value >= 0 for value in memory.values() if isinstance(value, int))


def test_merging_shifts_counts_and_leaves_what_others_added():
    current = {"stamp": {"n": 17, "a": 1}, "welcome": {"given": 1}}
    merged = merge_memory(current, {"stamp": {"n": 12, "a": 1}}, {"stamp": {"n": 9, "a": 0}})
    assert merged == {"stamp": {"n": 14, "a": 0}, "welcome": {"given": 1}}
    assert current["stamp"] == {"n": 17, "a": 1}


def test_merging_never_goes_below_zero_nor_revives_what_was_forgotten():
    old, new = {"cap": {"2026-11-01": 30, "2026-11-02": 9}, "gone": {"n": 4}}, {"cap": {"2026-11-01": 0}}
    assert merge_memory({"cap": {"2026-11-02": 5}}, old, new) == {"cap": {"2026-11-02": 0}}


def test_merging_changes_a_mark_only_if_it_is_still_the_same():
    old, new = {"streak": {"week": "2026-W47", "count": 2}}, {"streak": {"week": "2026-W46", "count": 1}}
    assert merge_memory(old, old, new) == new
    later = {"streak": {"week": "2026-W48", "count": 3}}
    assert merge_memory(later, old, new) == {"streak": {"week": "2026-W48", "count": 2}}


def test_moments_in_any_zone_are_the_same_moment():
    bread_at = SUNDAY.astimezone(UTC)
    _, memory = walk([BREAD_THEN_WINE], [(SUNDAY, BREAD, BAKER)])
    assert walk([BREAD_THEN_WINE], [(bread_at, BREAD, BAKER)])[1] == memory
