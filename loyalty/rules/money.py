"""Rounding of money: exact fractions in, whole cents out. It never sees a float."""

import math
from decimal import Decimal
from fractions import Fraction


def half_up(amount: Fraction) -> int:
    """The nearest integer; exact halves go away from zero, so that -x rounds to minus what x rounds to."""
    doubled, denominator = 2 * abs(amount.numerator), amount.denominator
    rounded = (doubled + denominator) // (2 * denominator)
    return -rounded if amount.numerator < 0 else rounded


def net_cents(gross_cents: int, vat_bp: int) -> int:
    """`gross_cents` without the VAT inside it, half up (away from zero)."""
    divisor = 10_000 + vat_bp
    rounded = (20_000 * abs(gross_cents) + divisor) // (2 * divisor)
    return -rounded if gross_cents < 0 else rounded


def value_cents(points: int, point_value_ct: Decimal) -> int:
    """What `points` are worth, in whole cents, rounded down: never promise a cent that is not there."""
    return math.floor(points * point_value_ct)
