"""Periods that are settled: a month (2026-10) or a calendar week (2026-W41)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from loyalty.errors import Invalid

MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `begins` up to, not including, `ends`."""

    label: str
    begins: date
    ends: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.ends - timedelta(days=1)


def period(label: str) -> Period:
    """The period with this name. Raises Invalid `period_invalid`."""
    try:
        if found := MONTH.fullmatch(label):
            return month_of(date(int(found[1]), int(found[2]), 1))
        if found := WEEK.fullmatch(label):
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return Period(label, monday, monday + timedelta(days=7))
    except (ValueError, OverflowError):
        pass
    raise Invalid("period_invalid", "period")


def month_of(day: date) -> Period:
    """The month a day lies in."""
    first = day.replace(day=1)
    ends = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return Period(f"{first:%Y-%m}", first, ends)
