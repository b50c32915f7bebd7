"""The kinds of earning rules: one small function each, in one table. Their order of effect is in earning.py.

A new kind is a function and a row here. What it remembers are counts (int) and marks (str) only, so that a
return can take its part out of what other purchases added since.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from fractions import Fraction
from functools import lru_cache

from loyalty.rules.terms import Rule
from loyalty.rules.visit import Memory, Visit, cents_of, pieces_of

Gift = tuple[int, str, Memory | None]  # points, why, and the memory after it if it changed
NOTHING: Gift = (0, "", None)

# A purchase may be booked this much later than it was made, so memory of single moments lives that much
# longer.
LATE = timedelta(days=46)


@lru_cache(maxsize=1024)
def exact(number: object) -> Fraction:
    """A rate or factor from a rule's parameters: an int or a decimal string."""
    assert isinstance(number, int | str)
    return Fraction(number)


def whole(rule: Rule, name: str) -> int:
    """A parameter that is an int (`rulebook.check_rule` has seen to it)."""
    number = rule.params[name]
    assert isinstance(number, int)
    return number


# Points per euro: (rule, visit) -> points and why.


def base(rule: Rule, seen: Visit) -> tuple[int, str]:
    """Points for each full euro of the receipt that may earn."""
    return _per_euro(seen.cents, rule.params["points_per_euro"])


def things_bonus(rule: Rule, seen: Visit) -> tuple[int, str]:
    """More points for each full euro spent on a category or a product."""
    return _per_euro(cents_of(seen, rule.params), rule.params["points_per_euro"])


def _per_euro(cents: int, rate: object) -> tuple[int, str]:
    factor = exact(rate)
    euros, rest = divmod(cents, 100)
    points = euros * factor.numerator // factor.denominator
    product = f"⌊{euros}.{rest:02}⌋ × {rate}"
    return points, f"{product} = {points}" if factor.denominator == 1 else f"⌊{product}⌋ = {points}"


# Factors on these points: (rule, visit) -> factor, None when it does not apply.


def happy_hour_factor(rule: Rule, seen: Visit) -> Fraction | None:
    """More for every euro at certain hours or on certain weekdays."""
    return exact(rule.params["factor"]) if is_happy_hour(rule.params, seen) else None


def birthday_factor(rule: Rule, seen: Visit) -> Fraction | None:
    """More for every euro on the member's birthday."""
    return exact(rule.params["factor"]) if seen.state.birthday else None


def tier(_: Rule, seen: Visit) -> Fraction | None:
    """What the member's tier multiplies by."""
    return seen.state.tier_factor


# Fixed bonuses: (rule, visit, memory) -> Gift.


def happy_hour_points(rule: Rule, seen: Visit, _: Memory) -> Gift:
    """So many points for coming at certain hours or on certain weekdays."""
    return _fixed(rule, None) if is_happy_hour(rule.params, seen) else NOTHING


def birthday_points(rule: Rule, seen: Visit, memory: Memory) -> Gift:
    """So many points on the birthday, once a year: memory {year: 1}."""
    year = str(seen.at.year)
    return NOTHING if memory.get(year) or not seen.state.birthday else _fixed(rule, {year: 1})


def welcome(rule: Rule, _: Visit, memory: Memory) -> Gift:
    """So many points for the first purchase of a wallet: memory {"given": 1}."""
    return NOTHING if memory.get("given") else _fixed(rule, {"given": 1})


def streak(rule: Rule, seen: Visit, memory: Memory) -> Gift:
    """So many points for a purchase in each of n weeks running (ISO weeks): memory {"week": last, "count":
    weeks}.

    A purchase that arrives after one of a later week changes nothing.
    """
    week, last = _iso_week(seen, 0), str(memory.get("week", ""))
    if week <= last:
        return NOTHING
    running = last == _iso_week(seen, -1)
    count, weeks = (int(memory.get("count", 0)) if running else 0) + 1, whole(rule, "weeks")
    if count < weeks:
        return 0, "", {"week": week, "count": count}
    points = whole(rule, "points")
    return points, f"{weeks} weeks running = {points}", {"week": week, "count": 0}


def stamp(rule: Rule, seen: Visit, memory: Memory) -> Gift:
    """So many points for every n-th piece: memory {"n": pieces so far, "a": times given}."""
    bought = pieces_of(seen, rule.params)
    if not bought:
        return NOTHING
    pieces, given, every = int(memory.get("n", 0)), int(memory.get("a", 0)), whole(rule, "every")
    full = max(0, (pieces + bought) // every - given)
    points = full * whole(rule, "points")
    why = f"(⌊({pieces} + {bought}) ÷ {every}⌋ − {given}) × {rule.params['points']} = {points}"
    return points, why, {"n": pieces + bought, "a": given + full}


def combo(rule: Rule, seen: Visit, memory: Memory) -> Gift:
    """So many points for a purchase there that follows one here within n days, each purchase here once.

    Memory {moment of a purchase here: 1, or 0 once it is used up}. It belongs to the purchase there: if what
    was bought here comes back later, that leaves it alone.
    """
    starts, follows = _is_at(rule.params["first"], seen), _is_at(rule.params["then"], seen)
    if not starts and not follows:
        return NOTHING
    days = timedelta(days=whole(rule, "days"))
    now, oldest, forgotten = (_moment(seen, ago) for ago in (timedelta(), days, days + LATE))
    after = {moment: int(left) for moment, left in memory.items() if moment >= forgotten}
    points, why = 0, ""
    if follows and (
        used := min((m for m, left in after.items() if left > 0 and oldest <= m <= now), default="")
    ):
        after[used] -= 1
        points = whole(rule, "points")
        why = f"after {used} = {points}"
    if starts:
        after[now] = after.get(now, 0) + 1
    return points, why, None if after == memory else after


def _fixed(rule: Rule, memory: Memory | None) -> Gift:
    points = whole(rule, "points")
    return points, f"= {points}", memory


def is_happy_hour(params: Mapping[str, object], seen: Visit) -> bool:
    """Whether the visit falls into the hours; past midnight they are still of the weekday they began on."""
    begins, ends = (
        _minutes(params.get(name, default)) for name, default in (("from", "00:00"), ("until", "24:00"))
    )
    minute, weekday = seen.at.hour * 60 + seen.at.minute, seen.at.weekday()
    if begins <= ends:
        inside = begins <= minute < ends
    else:
        inside = minute >= begins or minute < ends
        weekday = (weekday - 1) % 7 if minute < ends else weekday
    weekdays = params.get("weekdays")
    return inside and (weekdays is None or (isinstance(weekdays, list | tuple) and weekday in weekdays))


def _minutes(clock: object) -> int:
    hours, minutes = str(clock).split(":")
    return int(hours) * 60 + int(minutes)


def _iso_week(seen: Visit, weeks: int) -> str:
    year, week, _ = (seen.at.date() + timedelta(weeks=weeks)).isocalendar()
    return f"{year}-W{week:02}"


def _moment(seen: Visit, ago: timedelta) -> str:
    return (seen.at.astimezone(UTC) - ago).isoformat(timespec="seconds")


def _is_at(things: object, seen: Visit) -> bool:
    """Whether the visit is a purchase of `things` {partner, category or sku or neither}."""
    assert isinstance(things, Mapping)
    return things["partner"] == seen.partner_id and pieces_of(seen, things) > 0


def capped(rule: Rule, seen: Visit, memory: Memory) -> int:
    """How many points of the day's cap are left: memory {local day: points given}."""
    return max(0, whole(rule, "points") - int(memory.get(seen.at.date().isoformat(), 0)))


def counted(seen: Visit, memory: Memory, points: int) -> Memory:
    """The cap's memory with `points` more on this day, without days too long ago for any purchase."""
    day, forgotten = seen.at.date(), (seen.at.date() - LATE).isoformat()
    after = {past: given for past, given in memory.items() if past >= forgotten}
    after[day.isoformat()] = int(after.get(day.isoformat(), 0)) + points
    return after


@dataclass(frozen=True, slots=True)
class RuleKind:
    """What a kind does, and its parameters: exactly one of each group in `needs`; those in `may` can be
    absent.

    A kind that can be factor or fixed bonus is the one whose parameter its rule has.
    """

    needs: tuple[tuple[str, ...], ...] = ()
    may: tuple[str, ...] = ()
    per_euro: Callable[[Rule, Visit], tuple[int, str]] | None = None
    factor: Callable[[Rule, Visit], Fraction | None] | None = None
    fixed: Callable[[Rule, Visit, Memory], Gift] | None = None


TWO_WAYS = (("factor", "points"),)
RULES: Mapping[str, RuleKind] = {
    "base": RuleKind((("points_per_euro",),), per_euro=base),
    "category_bonus": RuleKind((("category",), ("points_per_euro",)), per_euro=things_bonus),
    "product_bonus": RuleKind((("sku",), ("points_per_euro",)), per_euro=things_bonus),
    "happy_hour": RuleKind(
        TWO_WAYS, ("weekdays", "from", "until"), factor=happy_hour_factor, fixed=happy_hour_points
    ),
    "birthday": RuleKind(TWO_WAYS, factor=birthday_factor, fixed=birthday_points),
    "tier": RuleKind(factor=tier),
    "welcome": RuleKind((("points",),), fixed=welcome),
    "streak": RuleKind((("weeks",), ("points",)), fixed=streak),
    "stamp": RuleKind((("category", "sku"), ("every",), ("points",)), fixed=stamp),
    "combo": RuleKind((("first",), ("then",), ("days",), ("points",)), fixed=combo),
    "cap_per_day": RuleKind((("points",),)),
}
