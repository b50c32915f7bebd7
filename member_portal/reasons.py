"""The arithmetic of an award in the reader's words. What has no words here is shown as the books keep it."""

import re
from collections.abc import Callable
from datetime import datetime

from babel.numbers import get_decimal_symbol
from flask_babel import format_date, get_locale
from flask_babel import gettext as _

Match = re.Match[str]
CAPPED = ", cap of the day: "


def in_words(why: str) -> str:
    """`⌊4.50⌋ × 1 = 4` as `4 full euros × 1 = 4`, and so for every kind of rule."""
    reason, capped, rest = why.partition(CAPPED)
    for pattern, words in WORDS:
        if found := pattern.fullmatch(reason):
            reason = words(found)
            break
    if capped:
        reason = _("%(reason)s, at most %(points)s by the cap of the day", reason=reason, points=rest)
    return reason


def _number(text: str) -> str:
    """A factor with the reader's decimal sign."""
    return text.replace(".", get_decimal_symbol(get_locale() or "de"))


def _per_euro(found: Match) -> str:
    euros, rate, points = found["euros"], _number(found["rate"]), found["points"]
    return _("%(euros)s full euros × %(rate)s = %(points)s", euros=euros, rate=rate, points=points)


def _factor(found: Match) -> str:
    base, factor, points = _number(found["base"]), _number(found["factor"]), found["points"]
    return _("%(base)s × (%(factor)s − 1) = %(points)s more", base=base, factor=factor, points=points)


def _stamps(found: Match) -> str:
    pieces = int(found["before"]) + int(found["now"])
    points, every = found["points"], found["every"]
    return _(
        "%(pieces)s pieces so far, a gift for every %(every)s: %(points)s",
        pieces=pieces,
        every=every,
        points=points,
    )


def _weeks(found: Match) -> str:
    return _("%(weeks)s weeks running: %(points)s", weeks=found["weeks"], points=found["points"])


def _combo(found: Match) -> str:
    day = format_date(datetime.fromisoformat(found["at"]), "long")
    return _("together with the purchase of %(day)s: %(points)s", day=day, points=found["points"])


def _fixed(found: Match) -> str:
    return _("always %(points)s", points=found["points"])


WORDS: tuple[tuple[re.Pattern[str], Callable[[Match], str]], ...] = (
    (re.compile(r"⌊*(?P<euros>\d+)\.\d\d⌋ × (?P<rate>[\d./]+)⌋? = (?P<points>\d+)"), _per_euro),
    (re.compile(r"⌊(?P<base>.+) × \((?P<factor>[\d./]+) − 1\)⌋ = (?P<points>\d+)"), _factor),
    (
        re.compile(
            r"\(⌊\((?P<before>\d+) \+ (?P<now>\d+)\) ÷ (?P<every>\d+)⌋ − \d+\) × .+ = (?P<points>\d+)"
        ),
        _stamps,
    ),
    (re.compile(r"(?P<weeks>\d+) weeks running = (?P<points>\d+)"), _weeks),
    (re.compile(r"after (?P<at>\S+) = (?P<points>\d+)"), _combo),
    (re.compile(r"= (?P<points>\d+)"), _fixed),
)
