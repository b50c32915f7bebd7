"""The contribution margin: rates found from the line outwards, exact sums, the two shoppers of the handbook."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.basket import Item, Line
from loyalty.rules.earning import DEFAULT_RULES, State, earn
from loyalty.rules.margin import contribution, items, resolve
from loyalty.rules.terms import CategoryTerms, Contract, ProductTerms, Programme, Terms

SHOP = UUID(int=1)
CONTRACT = Contract(UUID(int=2), datetime(2026, 1, 1, tzinfo=UTC))


def terms(**more):
    return Terms(SHOP, Programme(), (CONTRACT,), DEFAULT_RULES, UUID(int=3), **more)


BAKERY = terms(
    categories={
        "bread": CategoryTerms(margin_bp=6000, vat_bp=700),
        "tobacco": CategoryTerms(earns=False, margin_bp=500),
    },
    products={
        "4001": ProductTerms(category="bread", margin_bp=6500),
        "4002": ProductTerms(category="bread", vat_bp=1900, earns=False),
        "4003": ProductTerms(category="tobacco", earns=True),
    },
    margin_bp=4000,
    vat_bp=0,
)


def test_a_line_that_knows_its_rates_keeps_them():
    line = Line(450, 2, "goods", "4001", "cake", 50, vat_bp=1600, cost_cents=150)
    assert resolve(line, BAKERY) == Item(450, 2, "goods", "4001", "cake", 50, 1600, 150, False, True, None)


@pytest.mark.parametrize(
    ("line", "category", "vat_bp", "margin_bp", "earns"),
    [
        (Line(1000, sku="4001"), "bread", 700, 6500, True),
        (Line(1000, sku="4002"), "bread", 1900, 6000, False),
        (Line(1000, sku="4003"), "tobacco", 0, 500, True),
        (Line(1000, sku="4001", category="tobacco"), "tobacco", 0, 6500, False),
        (Line(1000, category="bread"), "bread", 700, 6000, True),
        (Line(1000, category="tobacco"), "tobacco", 0, 500, False),
        (Line(1000, sku="9999", category="unheard of"), "unheard of", 0, 4000, True),
        (Line(1000), None, 0, 4000, True),
    ],
)
def test_rates_come_from_product_category_and_partner(line, category, vat_bp, margin_bp, earns):
    item = resolve(line, BAKERY)
    assert (item.category, item.vat_bp, item.margin_bp, item.earns) == (category, vat_bp, margin_bp, earns)
    assert item.estimated


def test_last_come_the_coalitions_rates():
    assert resolve(Line(1190), terms()) == Item(1190, 1, "goods", None, None, 0, 1900, 700, True, True, 3000)


@pytest.mark.parametrize("kind", ["gift_card", "deposit"])
def test_gift_cards_and_deposits_earn_nothing_and_have_no_margin(kind):
    for line in (Line(2500, kind=kind, sku="4001"), Line(-25, kind=kind, cost_cents=7)):
        (item,) = items([line], BAKERY)
        assert not item.earns
        assert not item.estimated
        assert contribution([item], Decimal(0), 0, 0).margin_ct == 0


def test_a_discount_line_lowers_the_price_not_the_cost():
    sold = items([Line(1190, cost_cents=600), Line(-119, kind="discount")], terms())
    result = contribution(sold, Decimal(0), 0, 0)
    assert (result.net_cents, result.cost_cents, result.margin_cents, result.estimated) == (
        900,
        600,
        300,
        False,
    )


def test_it_shows_its_arithmetic():
    sold = items([Line(450, vat_bp=700, cost_cents=150), Line(1190)], terms())
    result = contribution(sold, 16 * Decimal("1.15"), 20, 150)
    assert (
        result.trace
        == "net 1420.56 − cost 850.00 (estimated) − points 18.40 − perks 20 − serving 150 = 382.16 ct"
    )
    assert (result.net_cents, result.cost_cents, result.points_ct) == (1421, 850, Decimal("18.4"))
    assert (result.margin_cents, result.margin_ct, result.estimated) == (382, Decimal("382.160748"), True)


def year(purchases, gross_cents):
    """Contribution margin in cents of a year of equal purchases, exactly as the books sum it."""
    at = datetime(2026, 5, 5, 10, tzinfo=UTC)
    total = Decimal(0)
    for _ in range(purchases):
        sold = items([Line(gross_cents)], terms())
        points = earn(DEFAULT_RULES, str(SHOP), sold, at, 0, State()).points
        cost = points * (CONTRACT.point_value_ct + CONTRACT.service_fee_ct)
        total += contribution(sold, cost, 0, terms().programme.cost_to_serve_cents).margin_ct
    return round(total)


def test_turnover_ranks_dora_and_emil_the_wrong_way_round():
    assert year(50, 1200) == 6936
    assert year(3, 15000) == 10377


lines = st.builds(
    Line,
    st.integers(-(10**6), 10**6),
    kind=st.sampled_from(["goods", "goods", "deposit", "gift_card", "discount"]),
    sku=st.sampled_from([None, "4001", "4002", "4003"]),
    category=st.sampled_from([None, "bread", "tobacco"]),
    vat_bp=st.sampled_from([None, 0, 700, 1900]),
    cost_cents=st.sampled_from([None, 0, 150]),
)


@given(st.lists(lines, max_size=8), st.decimals(0, 10**6, places=3), st.integers(0, 500), st.integers(0, 500))
def test_it_is_the_exact_sum_to_a_millionth_of_a_cent(basket, points_ct, perks_cents, serve_cents):
    sold = items(basket, BAKERY)
    net = sum((Fraction(item.gross_cents * 10_000, 10_000 + item.vat_bp) for item in sold), Fraction(0))
    cost = Fraction(0)
    for item in sold:
        share = Fraction(item.cost_cents)
        if item.margin_bp is not None:
            share = Fraction(item.gross_cents * (10_000 - item.margin_bp), 10_000 + item.vat_bp)
            assert abs(share - item.cost_cents) <= Fraction(1, 2)
        cost += share
    exact = net - cost - Fraction(points_ct) - perks_cents - serve_cents
    result = contribution(sold, points_ct, perks_cents, serve_cents)
    assert abs(Fraction(result.margin_ct) - exact) <= Fraction(6, 10**6)
    assert abs(result.margin_cents - exact) <= Fraction(1, 2) + Fraction(6, 10**6)
    assert contribution(sold[::-1], Fraction(points_ct), perks_cents, serve_cents) == result
