"""What a basket earns: the rules in force, in one fixed order of effect, each award with its own arithmetic.

Points per euro first; factors on these (only the best, unless they stack); fixed bonuses; the cap of the day
last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from loyalty.errors import Invalid
from loyalty.rules.basket import Item
from loyalty.rules.earning_rules import RULES, capped, counted
from loyalty.rules.rulebook import (
    DEFAULT_RULES,
    check_rule,
    in_force,
    memory_for,
    memory_key,
    rule_from_data,
    rule_to_data,
)
from loyalty.rules.terms import Rule
from loyalty.rules.visit import NO_MEMORY, Memory, State, Visit, visit

__all__ = [
    "DEFAULT_RULES",
    "MOST_POINTS",
    "Award",
    "Earned",
    "Memory",
    "State",
    "before_cap",
    "check_rule",
    "earn",
    "in_force",
    "memory_for",
    "memory_key",
    "merge_memory",
    "rule_from_data",
    "rule_to_data",
]

AwardKind = Literal["earn", "bonus", "welcome"]
MOST_POINTS = 1_000_000_000  # for one purchase: what a column of the books holds, and no shop means more
KIND_OF: Mapping[str, AwardKind] = {"base": "earn", "welcome": "welcome"}


@dataclass(frozen=True, slots=True)
class Award:
    """Points given by one version of one rule. `funder`: "partner" (who sells), "coalition" or a partner's
    id."""

    rule: str
    version: int
    name: str
    points: int
    kind: AwardKind
    funder: str
    why: str


@dataclass(frozen=True, slots=True)
class Earned:
    """What a basket earned. `memory`: by memory key, the whole new memory of each rule whose memory
    changed."""

    points: int
    awards: tuple[Award, ...]
    memory: Mapping[str, Memory]


NOTHING = Earned(0, (), {})


def earn(
    rules: Sequence[Rule],
    partner_id: str,
    items: Sequence[Item],
    at_local: datetime,
    paid_cents: int,
    state: State,
) -> Earned:
    """What `items` bought at `partner_id` earn. `at_local` is the shop's wall time, aware; nothing is earned
    on `paid_cents`, the points and vouchers spent on this receipt. Each rule awards at most once.

    Raises Invalid `points_out_of_range` for more than MOST_POINTS.
    """
    seen = visit(partner_id, items, at_local, paid_cents, state)
    if not seen.cents:
        return NOTHING
    chosen = in_force(rules, partner_id, at_local)
    awards, memory = before_cap(chosen, seen)
    awards, caps = _cap(chosen, seen, awards)
    points = sum(award.points for award in awards)
    if points > MOST_POINTS:
        raise Invalid("points_out_of_range", "total_cents", most=MOST_POINTS)
    return Earned(points, tuple(awards), memory | caps)


def before_cap(chosen: Sequence[Rule], seen: Visit) -> tuple[list[Award], dict[str, Memory]]:
    """Awards of the `chosen` rules before any cap, in order of effect, and the changed memories."""
    if not seen.cents:
        return [], {}
    awards = _per_euro(chosen, seen)
    if len(chosen) > 1:
        awards += _factors(chosen, seen, sum(award.points for award in awards))
    fixed, memory = _fixed(chosen, seen)
    return awards + fixed, memory


def _per_euro(chosen: Sequence[Rule], seen: Visit) -> list[Award]:
    """The base first, bonuses on top of it."""
    awards = []
    for rule in sorted(chosen, key=_is_bonus) if len(chosen) > 1 else chosen:
        if give := RULES[rule.kind].per_euro:
            points, why = give(rule, seen)
            if points:
                awards.append(_award(rule, points, why))
    return awards


def _is_bonus(rule: Rule) -> bool:
    return rule.kind != "base"


def _factors(chosen: Sequence[Rule], seen: Visit, points: int) -> list[Award]:
    """The best factor of those that do not stack, then all that do. Each award is the floor of its own gain,
    so that it can only shrink when goods come back."""
    product, shown, awards = Fraction(1), str(points), []
    for rule, factor in _best_and_stacking(chosen, seen):
        gain = product * (factor - 1)
        extra = points * gain.numerator // gain.denominator
        if extra:
            awards.append(_award(rule, extra, f"⌊{shown} × ({_shown(factor)} − 1)⌋ = {extra}"))
        product, shown = product * factor, f"{shown} × {_shown(factor)}"
    return awards


def _best_and_stacking(chosen: Sequence[Rule], seen: Visit) -> list[tuple[Rule, Fraction]]:
    best: list[tuple[Rule, Fraction]] = []
    stacking = []
    for rule in chosen:
        find = RULES[rule.kind].factor
        factor = find(rule, seen) if find and "points" not in rule.params else None
        if factor is None or factor <= 1:
            continue
        if rule.stacks:
            stacking.append((rule, factor))
        elif not best or factor > best[0][1]:
            best = [(rule, factor)]
    return best + stacking


def _fixed(chosen: Sequence[Rule], seen: Visit) -> tuple[list[Award], dict[str, Memory]]:
    awards, memory = [], {}
    for rule in chosen:
        give = RULES[rule.kind].fixed
        if give and "points" in rule.params:
            key = memory_key(rule)
            points, why, after = give(rule, seen, seen.state.memory.get(key, NO_MEMORY))
            if after is not None:
                memory[key] = after
            if points:
                awards.append(_award(rule, points, why))
    return awards, memory


def _cap(chosen: Sequence[Rule], seen: Visit, awards: list[Award]) -> tuple[list[Award], dict[str, Memory]]:
    """Trim awards to the tightest cap of the day, the last award first; every cap counts what was given."""
    caps = {memory_key(rule): rule for rule in chosen if rule.kind == "cap_per_day"}
    points = sum(award.points for award in awards)
    if not caps or not points:
        return awards, {}
    memory = {key: seen.state.memory.get(key, NO_MEMORY) for key in caps}
    room = min(capped(rule, seen, memory[key]) for key, rule in caps.items())
    if points > room:
        awards, points = _trimmed(awards, room), room
    return awards, {key: counted(seen, before, points) for key, before in memory.items()} if points else {}


def _trimmed(awards: Sequence[Award], room: int) -> list[Award]:
    kept = []
    for award in awards:
        points = min(award.points, room)
        room -= points
        if points == award.points:
            kept.append(award)
        elif points:
            kept.append(replace(award, points=points, why=f"{award.why}, cap of the day: {points}"))
    return kept


def _award(rule: Rule, points: int, why: str) -> Award:
    # The base is always the selling partner's own: that is what every contract is about.
    funder = "partner" if rule.kind == "base" else rule.funder
    return Award(rule.code, rule.version, rule.name, points, KIND_OF.get(rule.kind, "bonus"), funder, why)


@lru_cache(maxsize=256)
def _shown(factor: Fraction) -> str:
    decimal = Decimal(factor.numerator) / Decimal(factor.denominator)
    return f"{decimal.normalize():f}" if Fraction(decimal) == factor else str(factor)


def merge_memory(
    current: Mapping[str, Memory], after_old: Mapping[str, Memory], after_new: Mapping[str, Memory]
) -> dict[str, Memory]:
    """The wallet's memory once a purchase that left `after_old` is to have left `after_new`: all of it, for
    storing.

    Counts shift by the difference, never below 0, so that what other purchases added since stays. A mark
    changes only if it is still the old purchase's. What has been forgotten meanwhile stays forgotten.
    """
    merged = dict(current)
    for key in after_old.keys() | after_new.keys():
        if key in current:
            old, new = after_old.get(key, NO_MEMORY), after_new.get(key, NO_MEMORY)
            merged[key] = {
                name: _shifted(value, old.get(name), new.get(name)) for name, value in current[key].items()
            }
    return merged


def _shifted(value: int | str, old: int | str | None, new: int | str | None) -> int | str:
    if isinstance(value, str):
        return str(new or "") if value == old else value
    return max(0, value + int(new or 0) - int(old or 0))
