"""What lay on the counter: a basket of lines as the till sent it; items, its lines with all rates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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
