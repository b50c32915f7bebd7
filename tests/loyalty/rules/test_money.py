"""Rounding: halves go away from zero, both ways alike; worth is never rounded up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.money import apportion, half_up, net_cents, quotient, value_cents


@pytest.mark.parametrize(
    ("amount", "cents"),
    [("0", 0), ("1/2", 1), ("-1/2", -1), ("3/2", 2), ("5/2", 3), ("1/3", 0), ("-2/3", -1), ("149/100", 1)],
)
def test_it_rounds_halves_away_from_zero(amount, cents):
    assert half_up(Fraction(amount)) == cents


@given(st.fractions())
def test_a_rounded_amount_is_at_most_half_a_cent_off_and_symmetrical(amount):
    assert abs(half_up(amount) - amount) <= Fraction(1, 2)
    assert half_up(-amount) == -half_up(amount)


@pytest.mark.parametrize(
    ("gross", "vat_bp", "net"), [(119, 1900, 100), (450, 700, 421), (-450, 700, -421), (1, 0, 1)]
)
def test_it_takes_the_vat_out(gross, vat_bp, net):
    assert net_cents(gross, vat_bp) == net


@given(st.integers(-(10**12), 10**12), st.integers(0, 10_000))
def test_net_is_the_exact_fraction_rounded(gross, vat_bp):
    assert net_cents(gross, vat_bp) == half_up(Fraction(gross * 10_000, 10_000 + vat_bp))


@given(st.integers(), st.integers(1))
def test_a_quotient_and_its_remainder_give_the_number_back(numerator, denominator):
    assert abs(quotient(numerator, denominator) * denominator - numerator) * 2 <= denominator


@pytest.mark.parametrize(
    ("points", "price", "cents"),
    [(1234, "1.000", 1234), (3, "0.333", 0), (4, "0.333", 1), (0, "1", 0), (100, "0.125", 12)],
)
def test_points_are_worth_whole_cents_rounded_down(points, price, cents):
    assert value_cents(points, Decimal(price)) == cents


def test_odd_cents_go_to_the_largest_remainder() -> None:
    exact = {"a": Fraction("0.3"), "b": Fraction("0.4"), "c": Fraction("0.3")}
    assert apportion(exact, 1) == {"a": 0, "b": 1, "c": 0}
    assert apportion({"a": Fraction("-0.5"), "b": Fraction("-0.5")}, -1) == {"a": 0, "b": -1}
    assert apportion({}, 0) == {}
