"""The basket that every measurement posts: five lines of a baker, as a till sends them."""

from datetime import datetime
from typing import Any

from loyalty.rules.basket import Basket, Line

LINES: list[dict[str, Any]] = [
    {"sku": "4001", "name": "Roggenbrot", "category": "bread", "quantity": 1, "gross_cents": 450, "vat_rate": 7,
     "cost_cents": 150, "measure": "1.000 kg"},
    {"sku": "4002", "name": "Brötchen", "category": "bread", "quantity": 6, "gross_cents": 270, "vat_rate": 7},
    {"sku": "5001", "name": "Apfelkuchen", "category": "cake", "quantity": 2, "gross_cents": 640, "vat_rate": 7},
    {"sku": "6001", "name": "Apfelsaft", "category": "drinks", "quantity": 1, "gross_cents": 299,
     "discount_cents": 20, "vat_rate": 19},
    {"name": "Pfand", "kind": "deposit", "category": "deposit", "quantity": 1, "gross_cents": 25, "vat_rate": 19},
]  # fmt: skip
TOTAL_CENTS = sum(line["gross_cents"] for line in LINES)


def body(card: str, receipt: str, at: datetime) -> dict[str, Any]:
    """The request of one purchase."""
    return {
        "card": card, "receipt": receipt, "purchased_at": at.isoformat(timespec="seconds"), "lines": LINES,
        "total_cents": TOTAL_CENTS, "channel": "counter", "staff": "7",
    }  # fmt: skip


def one_line(receipt: str, at: datetime, cents: int) -> Basket:
    """A basket of one line without a category, as the use-case takes it."""
    return Basket(receipt, at, (Line(gross_cents=cents),), cents)
