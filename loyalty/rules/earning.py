"""What a basket earns: the rules in force, in one fixed order, each award with its own arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from loyalty.rules.basket import Item
from loyalty.rules.terms import Rule

Memory = Mapping[str, int | str]
AwardKind = Literal["earn", "bonus", "welcome"]


@dataclass(frozen=True, slots=True)
class State:
    """What earning knows of the member: the tier's factor, birthday yes or no, and what rules remember (by memory key).

    Stored with the purchase, so that the same award can be computed again at any time.
    """

    tier_factor: Fraction = Fraction(1)
    birthday: bool = False
    memory: Mapping[str, Memory] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Award:
    """Points given by one version of one rule. `funder` is "partner" (who sells), "coalition" or a partner's id."""

    rule: str
    version: int
    name: str
    points: int
    kind: AwardKind
    funder: str
    why: str


@dataclass(frozen=True, slots=True)
class Earned:
    """What a basket earned. `memory`: by memory key, the whole new memory of each rule whose memory changed."""

    points: int
    awards: tuple[Award, ...]
    memory: Mapping[str, Memory]


def earn(
    rules: Sequence[Rule], partner_id: str, items: Sequence[Item], at_local: datetime, paid_cents: int, state: State
) -> Earned:
    """What `items` bought at `partner_id` earn. `at_local`: the shop's wall time, aware; `paid_cents`: points and
    vouchers spent on this receipt, on which nothing is earned."""
    raise NotImplementedError


def merge_memory(
    current: Mapping[str, Memory], after_old: Mapping[str, Memory], after_new: Mapping[str, Memory]
) -> dict[str, Memory]:
    """`current` with the difference from `after_old` to `after_new` applied (the whole memory, for storing)."""
    raise NotImplementedError


def check_rule(rule: Rule) -> None:
    """Refuse a rule that cannot be computed. Raises Invalid `rule_invalid` naming the field."""
    raise NotImplementedError


def rule_to_data(rule: Rule) -> dict[str, object]:
    """The rule as JSON values."""
    raise NotImplementedError


def rule_from_data(data: Mapping[str, object]) -> Rule:
    """The rule that `rule_to_data` wrote."""
    raise NotImplementedError
