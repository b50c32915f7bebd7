"""The rates of a line, and the contribution margin of a purchase. Exact until the last line; never shown to members."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from loyalty.rules.basket import Item, Line
from loyalty.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class Contribution:
    """The margin of one purchase and its parts. `margin_ct` is exact to a millionth of a cent: add that up over
    purchases and round the sum; fifty roundings of `margin_cents` would miss it."""

    net_cents: int
    cost_cents: int
    points_ct: Decimal
    perks_cents: int
    cost_to_serve_cents: int
    margin_cents: int
    margin_ct: Decimal
    estimated: bool
    trace: str


def resolve(line: Line, terms: Terms) -> Item:
    """The line with its rates found."""
    raise NotImplementedError


def items(lines: Iterable[Line], terms: Terms) -> tuple[Item, ...]:
    """All lines with their rates found."""
    return tuple(resolve(line, terms) for line in lines)


def contribution(
    items: Sequence[Item], points_cost_ct: Decimal | Fraction, perks_cents: int, cost_to_serve_cents: int
) -> Contribution:
    """Net price - cost of goods - cost of points - perks - cost to serve."""
    raise NotImplementedError
