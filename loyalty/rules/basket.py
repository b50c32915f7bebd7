"""What lay on the counter: a basket of lines as the till sent it; items, its lines with all rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["goods", "deposit", "gift_card", "discount"]
KINDS: tuple[Kind, ...] = ("goods", "deposit", "gift_card", "discount")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the receipt. Cents are for the whole line, VAT inside; cost is net. None: not said."""

    gross_cents: int
    quantity: int = 1
    kind: Kind = "goods"
    sku: str | None = None
    category: str | None = None
    discount_cents: int = 0
    vat_bp: int | None = None
    cost_cents: int | None = None
    name: str | None = None
    measure: str | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """One receipt. `purchased_at` is aware; `redemptions` are ids of points spent on it."""

    receipt: str
    purchased_at: datetime
    lines: tuple[Line, ...]
    total_cents: int
    vouchers: tuple[str, ...] = ()
    redemptions: tuple[str, ...] = ()
    channel: str = "counter"
    staff: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A line with its rates found (line, product, category, partner, coalition): what the books keep.

    `cost_cents` is net for the whole line; `estimated` says it came from a rate, not from the till. Where a
    rate made it, `margin_bp` is that rate: the exact cost is then the net price less this share, `cost_cents`
    only its rounding.
    """

    gross_cents: int
    quantity: int
    kind: Kind
    sku: str | None
    category: str | None
    discount_cents: int
    vat_bp: int
    cost_cents: int
    estimated: bool
    earns: bool
    margin_bp: int | None = None


# What most items have in common is not written for each of them.
USUAL: Mapping[str, object] = MappingProxyType({
    "quantity": 1, "kind": "goods", "sku": None, "category": None, "discount_cents": 0, "estimated": False,
    "earns": True, "margin_bp": None,
})  # fmt: skip


def item_to_data(item: Item) -> dict[str, object]:
    """The item as JSON values, without what is usual: half as long, and a receipt stays within one page's row."""
    data: dict[str, object] = {
        "gross_cents": item.gross_cents, "vat_bp": item.vat_bp, "cost_cents": item.cost_cents,
    }  # fmt: skip
    for name, usual in USUAL.items():
        value = getattr(item, name)
        if value != usual:
            data[name] = value
    return data


def item_from_data(data: Mapping[str, Any]) -> Item:
    """The item that `item_to_data` wrote."""
    return Item(**{**USUAL, **data})
