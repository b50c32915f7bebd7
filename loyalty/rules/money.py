"""Rounding of money: exact fractions in, whole cents out. It never sees a float."""

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K")


def quotient(numerator: int, denominator: int) -> int:
    """The nearest integer to numerator ÷ denominator (> 0).

    Exact halves go away from zero, so that -x rounds to minus what x rounds to.
    """
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


def half_up(amount: Fraction) -> int:
    """The nearest integer, exact halves away from zero."""
    return quotient(amount.numerator, amount.denominator)


def net_cents(gross_cents: int, vat_bp: int) -> int:
    """`gross_cents` without the VAT inside it, half up (away from zero)."""
    return quotient(gross_cents * 10_000, 10_000 + vat_bp)


def value_cents(points: int, point_value_ct: Decimal) -> int:
    """What `points` are worth, in whole cents, rounded down: never promise a cent that is not there."""
    return math.floor(points * point_value_ct)


def apportion(exact: Mapping[K, Fraction], total: int) -> dict[K, int]:
    """Whole numbers near `exact` that add up to `total`: largest remainder, equal ones in the order given."""
    floors = {key: amount.numerator // amount.denominator for key, amount in exact.items()}
    odd = total - sum(floors.values())
    if not floors:
        return floors
    by_remainder = sorted(exact, key=lambda key: floors[key] - exact[key])
    each, rest = divmod(odd, len(floors))
    for place, key in enumerate(by_remainder):
        floors[key] += each + (place < rest)
    return floors
