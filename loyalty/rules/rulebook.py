"""Earning rules as a book: which are in force, whether one can be computed, how one is written as JSON."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID

from loyalty.errors import Invalid
from loyalty.rules.earning_rules import RULES
from loyalty.rules.terms import Rule
from loyalty.rules.visit import Memory

# Codes are part of memory keys and answers; "@" stays free for the partner behind it.
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
NUMBER = re.compile(r"\d{1,4}(\.\d{1,4})?", re.ASCII)
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
THINGS = ("category", "sku")

DEFAULT_RULES: tuple[Rule, ...] = (Rule("base", 1, "base", "1 Punkt je Euro", {"points_per_euro": "1"}),)


def memory_key(rule: Rule) -> str:
    """Under which key a wallet holds what the rule remembers: its code, and the partner if it has one."""
    return rule.code if rule.partner_id is None else f"{rule.code}@{rule.partner_id}"


def in_force(rules: Iterable[Rule], partner_id: str, at: datetime) -> list[Rule]:
    """The rules for a purchase at this partner and moment, highest priority first, then by code.

    A partner's rule replaces the coalition's of the same code, a later version an earlier one. Of base rules
    only the first counts (highest priority, then the partner's own).
    """
    found: dict[str, Rule] = {}
    for rule in rules:
        if (
            (rule.partner_id is None or rule.partner_id == partner_id)
            and (rule.valid_from is None or rule.valid_from <= at)
            and (rule.valid_until is None or at < rule.valid_until)
        ):
            other = found.get(rule.code)
            if other is None or _closer(rule) > _closer(other):
                found[rule.code] = rule
    chosen = sorted(found.values(), key=_order)
    bases = [rule for rule in chosen if rule.kind == "base"]
    return chosen if len(bases) < 2 else [rule for rule in chosen if rule.kind != "base" or rule is bases[0]]


def _closer(rule: Rule) -> tuple[bool, int]:
    return rule.partner_id is not None, rule.version


def _order(rule: Rule) -> tuple[int, bool, str]:
    return -rule.priority, rule.partner_id is None, rule.code


def memory_for(
    rules: Iterable[Rule], partner_id: str, at: datetime, memory: Mapping[str, Memory]
) -> dict[str, Memory]:
    """The part of a wallet's memory that earning here and now can read: a purchase keeps it as its state."""
    if not memory:
        return {}
    keys = (memory_key(rule) for rule in in_force(rules, partner_id, at))
    return {key: memory[key] for key in keys if key in memory}


def check_rule(rule: Rule) -> None:
    """Refuse a rule that cannot be computed. Raises Invalid `rule_invalid` naming the field."""
    _need(rule.kind in RULES, "kind")
    _need(CODE.fullmatch(rule.code) is not None, "code")
    _need(_whole(rule.version, 1, 1_000_000), "version")
    _need(_whole(rule.priority, -1000, 1000), "priority")
    _need(_text(rule.name, 120), "name")
    _need(rule.partner_id is None or (_is_uuid(rule.partner_id) and rule.kind != "combo"), "partner_id")
    _need(rule.funder in ("partner", "coalition") or _is_uuid(rule.funder), "funder")
    _need(rule.kind != "base" or rule.funder == "partner", "funder")
    _need(not rule.stacks or rule.kind == "tier" or "factor" in rule.params, "stacks")
    for moment, field in ((rule.valid_from, "valid_from"), (rule.valid_until, "valid_until")):
        _need(moment is None or moment.tzinfo is not None, field)
    if rule.valid_from is not None and rule.valid_until is not None:
        _need(rule.valid_from < rule.valid_until, "valid_until")
    _check_params(rule.kind, rule.params)


def _check_params(kind: str, params: Mapping[str, object]) -> None:
    needs, may = RULES[kind].needs, RULES[kind].may
    for group in needs:
        present = [name for name in group if name in params]
        _need(len(present) == 1, f"params.{(present or group)[-1]}")
    known = {name for group in needs for name in group}.union(may)
    for name, value in params.items():
        _need(name in known and VALUES[name](value), f"params.{name}")
    _need(("from" in params) == ("until" in params), "params.until" if "from" in params else "params.from")
    _need("from" not in params or params["from"] != params["until"], "params.until")


def _need(holds: bool, field: str) -> None:
    if not holds:
        raise Invalid("rule_invalid", field)


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _text(value: object, most: int = 64) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable() and not value.isspace()


def _number(value: object, least: int, most: int) -> bool:
    """An int or a decimal string: no float ever becomes points."""
    if isinstance(value, str):
        return NUMBER.fullmatch(value) is not None and least <= Fraction(value) <= most
    return _whole(value, least, most)


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _weekdays(value: object) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    return len(set(map(str, value))) == len(value) and all(_whole(day, 0, 6) for day in value)


def _things(value: object) -> bool:
    """{partner, and category or sku or neither}."""
    if not isinstance(value, Mapping) or not _is_uuid(value.get("partner")):
        return False
    named = [name for name in value if name != "partner"]
    return len(named) < 2 and all(name in THINGS and _text(value[name]) for name in named)


def _clock(value: object) -> bool:
    return isinstance(value, str) and CLOCK.fullmatch(value) is not None


VALUES: Mapping[str, Callable[[object], bool]] = {
    "points_per_euro": lambda value: _number(value, 0, 1000),
    "factor": lambda value: _number(value, 1, 100),
    "points": lambda value: _whole(value, 1, 1_000_000),
    "category": _text,
    "sku": _text,
    "weekdays": _weekdays,
    "from": _clock,
    "until": lambda value: value == "24:00" or _clock(value),
    "weeks": lambda value: _whole(value, 2, 53),
    "every": lambda value: _whole(value, 2, 1000),
    "days": lambda value: _whole(value, 1, 366),
    "first": _things,
    "then": _things,
}


def rule_to_data(rule: Rule) -> dict[str, object]:
    """The rule as JSON values, always in the same order; moments in UTC."""
    return {
        "code": rule.code,
        "version": rule.version,
        "kind": rule.kind,
        "name": rule.name,
        "params": _plain(rule.params),
        "partner_id": rule.partner_id,
        "valid_from": _stamp(rule.valid_from),
        "valid_until": _stamp(rule.valid_until),
        "priority": rule.priority,
        "stacks": rule.stacks,
        "funder": rule.funder,
    }


def rule_from_data(data: Mapping[str, object]) -> Rule:
    """The rule that `rule_to_data` wrote. It is not checked again: old rules must stay computable."""
    values: dict[str, object] = dict(data)
    for name in ("valid_from", "valid_until"):
        text = values[name]
        values[name] = datetime.fromisoformat(text) if isinstance(text, str) else None
    return Rule(**values)  # type: ignore[arg-type]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
