"""What points that are still out mean for the books: how many will be spent, what of them is earned, how old they are.

Estimates come from history as whole numbers and are exact fractions; it knows neither lots nor partners.
"""

from calendar import monthrange
from datetime import date
from fractions import Fraction

from loyalty.rules.money import half_up

BOUNDS_MONTHS = (3, 6, 12, 24)  # ages and terms: up to 3 months, 3 to 6, 6 to 12, 12 to 24, beyond


def breakage(redeemed: int, expired: int) -> Fraction | None:
    """The share of points that ended unspent; None while none has ended either way."""
    ended = redeemed + expired
    return Fraction(expired, ended) if ended > 0 else None


def expected(redeemed: int, outstanding: int, breakage: Fraction | None) -> int:
    """Points redeemed in the end: those that were, and of the outstanding ones what is not expected to expire.

    Without an estimate all of them, which is the cautious side.
    """
    return redeemed + half_up(outstanding * (1 - (breakage or Fraction())))


def recognised(allocated: int, redeemed: int, expected: int) -> int:
    """What is earned by now of an amount allocated to points: allocated × redeemed ÷ expected, half up (IFRS 15.B46).

    All of it once nothing more is expected to be redeemed. In the unit of `allocated`.
    """
    return allocated if redeemed >= expected else half_up(Fraction(allocated * redeemed, expected))


def months_from(day: date, months: int) -> date:
    """The day so many months later (below zero: earlier); in a shorter month its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def born(today: date) -> tuple[date, ...]:
    """The days that part lots by age, ascending: what was made before the first one is oldest."""
    return tuple(months_from(today, -months) for months in reversed(BOUNDS_MONTHS))


def ending(today: date) -> tuple[date, ...]:
    """The days that part lots by when they expire, ascending: what expires before the first one goes next."""
    return tuple(months_from(today, months) for months in BOUNDS_MONTHS)
