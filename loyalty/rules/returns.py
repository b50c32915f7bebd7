"""What a return takes back: the points awarded, less what the rules give for what remains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty.rules.basket import Item
from loyalty.rules.earning import Award, Memory, State
from loyalty.rules.terms import Rule


@dataclass(frozen=True, slots=True)
class Returned:
    """What this return takes: points per original award (only those above 0), their sum, and the memory of the rules
    as the purchase left it before (`memory_old`) and after (`memory_new`) this return, for `earning.merge_memory`."""

    points_by_award: tuple[tuple[Award, int], ...]
    points: int
    memory_old: Mapping[str, Memory]
    memory_new: Mapping[str, Memory]


def remaining(items: Sequence[Item], returned: Mapping[int, int]) -> tuple[Item, ...]:
    """What is left of `items` once `returned` (line index -> pieces) came back."""
    raise NotImplementedError


def everything_left(items: Sequence[Item], returned: Mapping[int, int]) -> dict[int, int]:
    """Line index -> pieces that can still come back. Raises Invalid `return_exceeds_purchase` if nothing can."""
    raise NotImplementedError


def taken_back(
    rules: Sequence[Rule],
    partner_id: str,
    items: Sequence[Item],
    at_local: datetime,
    paid_cents: int,
    state: State,
    awards: Sequence[Award],
    returned_before: Mapping[int, int],
    returned_now: Mapping[int, int],
) -> Returned:
    """What returning `returned_now` takes, after `returned_before` (both line index -> pieces)."""
    raise NotImplementedError
