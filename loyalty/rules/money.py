"""Rounding of money: exact fractions in, whole cents out. It never sees a float."""

import math
from decimal import Decimal
from fractions import Fraction


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
