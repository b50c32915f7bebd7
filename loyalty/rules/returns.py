"""What a return takes back: the points awarded, less what the rules give for what remains.

It depends only on the pieces that came back so far, so order and partition of returns make no difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty.errors import Invalid
from loyalty.rules.basket import Item
from loyalty.rules.earning import Award, Earned, Memory, State, before_cap, earn, in_force
from loyalty.rules.terms import Rule
from loyalty.rules.visit import NO_MEMORY, visit

Pieces = Mapping[int, int]  # line index -> pieces


@dataclass(frozen=True, slots=True)
class Returned:
    """What this return takes: points of each original award (only those above 0) and their sum; and what the
    purchase left in the rules' memory before (`memory_old`) and after it (`memory_new`), for
    `earning.merge_memory`."""

    points_by_award: tuple[tuple[Award, int], ...]
    points: int
    memory_old: Mapping[str, Memory]
    memory_new: Mapping[str, Memory]


def remaining(items: Sequence[Item], returned: Pieces) -> tuple[Item, ...]:
    """What is left of `items`: of a line with k of n pieces left, ⌊cents × k ÷ n⌋; without, nothing."""
    left = []
    for line, item in enumerate(items):
        back, pieces = returned.get(line, 0), item.quantity
        if back <= 0:
            left.append(item)
        elif back < pieces:
            k = pieces - back
            left.append(
                replace(
                    item,
                    gross_cents=item.gross_cents * k // pieces,
                    discount_cents=item.discount_cents * k // pieces,
                    cost_cents=item.cost_cents * k // pieces,
                    quantity=k,
                )
            )
    return tuple(left)


def everything_left(items: Sequence[Item], returned: Pieces) -> dict[int, int]:
    """The pieces that can still come back. Raises Invalid `return_exceeds_purchase` when there are none."""
    left = {line: item.quantity - returned.get(line, 0) for line, item in enumerate(items)}
    left = {line: pieces for line, pieces in left.items() if pieces > 0}
    if not left:
        raise Invalid("return_exceeds_purchase", "all")
    return left


def taken_back(
    rules: Sequence[Rule],
    partner_id: str,
    items: Sequence[Item],
    at_local: datetime,
    paid_cents: int,
    state: State,
    awards: Sequence[Award],
    returned_before: Pieces,
    returned_now: Pieces,
) -> Returned:
    """What returning `returned_now` takes of `awards`, after `returned_before`; the rest of the arguments are
    those with which the purchase earned. No award gives back more than it gave, none is ever given more.

    Raises Invalid `return_exceeds_purchase` for pieces that were not bought or came back already.
    """
    returned = _together(items, returned_before, returned_now)

    def worth(back: Pieces) -> tuple[dict[str, int], Earned]:
        left = _left_to_earn(items, back)
        seen, chosen = (
            visit(partner_id, left, at_local, paid_cents, state),
            in_force(rules, partner_id, at_local),
        )
        uncapped = {award.rule: award.points for award in before_cap(chosen, seen)[0]}
        return uncapped, earn(rules, partner_id, left, at_local, paid_cents, state)

    first, before, now = worth({}), worth(returned_before), worth(returned)
    taken_before, taken_now = _taken(first, before[0]), _taken(first, now[0])
    parts = tuple(
        (award, points)
        for award in awards
        if (points := taken_now.get(award.rule, 0) - taken_before.get(award.rule, 0))
    )
    memory_old, memory_new = _memories(state, before[1], now[1])
    return Returned(parts, sum(points for _, points in parts), memory_old, memory_new)


def _together(items: Sequence[Item], before: Pieces, now: Pieces) -> Pieces:
    returned = dict(before)
    for line, pieces in now.items():
        back = returned.get(line, 0) + pieces
        if not 0 <= line < len(items) or pieces < 1 or back > items[line].quantity:
            raise Invalid("return_exceeds_purchase", "lines", line=line)
        returned[line] = back
    return returned


def _left_to_earn(items: Sequence[Item], back: Pieces) -> Sequence[Item]:
    """What remains, as earning sees it. A discount stays as long as goods do: if giving it back raised what
    remains, the order of returns would matter and a return could give points."""
    return remaining(items, {line: pieces for line, pieces in back.items() if items[line].gross_cents >= 0})


def _taken(first: tuple[dict[str, int], Earned], now: Mapping[str, int]) -> dict[str, int]:
    """Points taken so far by rule: what each lost, after the part that a cap had cut off anyway.

    The cap cut the last awards first, so losses there are covered first. Each value grows with the losses and
    ends at what was awarded; their sum is awarded - capped(what remains).
    """
    uncapped, earned = first
    spare = sum(uncapped.values()) - earned.points
    taken = {}
    for rule, points in reversed(uncapped.items()):
        loss = points - now.get(rule, 0)
        covered = min(spare, loss)
        spare -= covered
        taken[rule] = loss - covered
    return taken


def _memories(state: State, old: Earned, new: Earned) -> tuple[dict[str, Memory], dict[str, Memory]]:
    """Both memories with the same rules in them: one that did not change a rule's left it as it was."""
    keys = old.memory.keys() | new.memory.keys()
    before = {key: state.memory.get(key, NO_MEMORY) for key in sorted(keys)}
    return before | dict(old.memory), before | dict(new.memory)
