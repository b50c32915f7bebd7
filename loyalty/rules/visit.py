"""What earning rules see of a purchase: where, when, what lay on the counter, and who bought it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType

from loyalty.rules.basket import Item

Memory = Mapping[str, int | str]
NO_MEMORY: Memory = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class State:
    """What earning knows of the member: the tier's factor, birthday yes or no, what rules remember by memory
    key.

    Stored with the purchase, so that the same awards can be computed again at any time.
    """

    tier_factor: Fraction = Fraction(1)
    birthday: bool = False
    memory: Mapping[str, Memory] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Visit:
    """One purchase. `at` is the shop's wall time, aware. `eligible_cents` is what may earn, `cents` what is
    left of it after points and vouchers spent on the receipt."""

    partner_id: str
    items: Sequence[Item]
    at: datetime
    state: State
    eligible_cents: int
    cents: int


def visit(partner_id: str, items: Sequence[Item], at: datetime, paid_cents: int, state: State) -> Visit:
    """The purchase of `items` with `paid_cents` of it paid by points and vouchers."""
    eligible = 0
    for item in items:
        if item.earns and item.kind in ("goods", "discount"):
            eligible += item.gross_cents
    return Visit(partner_id, items, at, state, eligible, max(0, eligible - paid_cents))


def is_one_of(item: Item, things: Mapping[str, object]) -> bool:
    """Whether the item is of the `sku` or `category` that `things` names; if neither, any item is."""
    if "sku" in things:
        return item.sku == things["sku"]
    return "category" not in things or item.category == things["category"]


def cents_of(seen: Visit, things: Mapping[str, object]) -> int:
    """What was paid in money for `things`: their discounts off, points spent spread over the receipt.

    Ask it only of a visit with `cents`.
    """
    cents = 0
    for item in seen.items:
        if item.earns and item.kind in ("goods", "discount") and is_one_of(item, things):
            cents += item.gross_cents
    return max(0, cents * seen.cents // seen.eligible_cents)


def pieces_of(seen: Visit, things: Mapping[str, object]) -> int:
    """How many pieces of `things` were bought: goods that may earn and cost something."""
    pieces = 0
    for item in seen.items:
        if item.kind == "goods" and item.earns and item.gross_cents > 0 and is_one_of(item, things):
            pieces += item.quantity
    return pieces
