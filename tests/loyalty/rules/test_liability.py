"""Points in the books: the worked figure of IFRS 15, what is expected to expire, and the days that part ages."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules import liability

FEW = st.integers(0, 10_000)


def test_it_recognises_the_worked_figure() -> None:
    assert liability.recognised(9_000, 4_500, 9_700) == 4_175  # 4,175.26


@pytest.mark.parametrize(
    ("allocated", "redeemed", "expected", "earned"),
    [
        (1_000, 0, 800, 0),
        (1_000, 800, 800, 1_000),
        (3, 1, 2, 2),  # 1.5: halves go up
        (1_000, 0, 0, 1_000),  # nothing more is expected to be redeemed
        (0, 0, 0, 0),
        (1_000, 900, 800, 1_000),  # more than was expected: never more than there was
    ],
)
def test_it_recognises_by_what_was_redeemed(allocated, redeemed, expected, earned) -> None:
    assert liability.recognised(allocated, redeemed, expected) == earned


@given(FEW, FEW, FEW, st.fractions(0, 1))
def test_it_never_recognises_more_than_was_allocated(allocated, redeemed, outstanding, breakage) -> None:
    expected = liability.expected(redeemed, outstanding, breakage)
    assert redeemed <= expected <= redeemed + outstanding
    assert 0 <= liability.recognised(allocated, redeemed, expected) <= allocated


def test_it_estimates_from_what_ended() -> None:
    assert liability.breakage(750, 250) == Fraction(1, 4)
    assert liability.breakage(5, 0) == 0
    assert liability.breakage(0, 0) is None


def test_it_expects_all_to_be_redeemed_without_an_estimate() -> None:
    assert liability.expected(100, 1_000, None) == 1_100
    assert liability.expected(100, 1_000, Fraction(1, 4)) == 850
    assert liability.expected(0, 1, Fraction(1, 2)) == 1


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (date(2026, 5, 31), -3, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2028, 2, 29), -12, date(2027, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_it_counts_months_to_the_last_day_at_most(day, months, found) -> None:
    assert liability.months_from(day, months) == found


def test_it_parts_ages_and_terms_in_rising_order() -> None:
    today = date(2026, 11, 25)
    assert liability.born(today) == (
        date(2024, 11, 25), date(2025, 11, 25), date(2026, 5, 25), date(2026, 8, 25)
    )  # fmt: skip
    assert liability.ending(today) == (
        date(2027, 2, 25), date(2027, 5, 25), date(2027, 11, 25), date(2028, 11, 25)
    )  # fmt: skip
