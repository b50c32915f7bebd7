"""A row of the file as a line of a receipt, or the reason why it is none. Pure: shops' time zones are given."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MOST_CENTS = 100_000_000
MOST_PIECES = 100_000
LONGEST_CODE = 64
LONGEST_NAME = 120
FIRST_YEAR = 1970
WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)


class Bad(Exception):
    """Why a row cannot be booked; the text names its column."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A line of a receipt. `at` is UTC; empty texts are None."""

    household: str
    shop: str
    receipt: str
    at: datetime
    sku: str | None
    category: str | None
    product: str | None
    quantity: int
    gross_cents: int
    discount_cents: int


def checked(fields: Sequence[str], zone_of: Callable[[str], ZoneInfo], latest: datetime) -> Checked:
    """The row with fields in the order of COLUMNS. Raises Bad. `latest`: no purchase is after this moment."""
    household, shop, receipt, when, sku, category, product, quantity, gross_cents, discount_cents = fields
    shop = _text(shop, "shop", LONGEST_CODE)
    return Checked(
        _text(household, "household", LONGEST_CODE),
        shop,
        _text(receipt, "receipt", LONGEST_CODE),
        moment(when, zone_of(shop), latest),
        _text(sku, "sku", LONGEST_CODE) if sku else None,
        _shortened(category, "category", LONGEST_CODE),
        _shortened(" ".join(product.split()), "product", LONGEST_NAME),
        _whole(quantity, "quantity", 1, MOST_PIECES),
        _whole(gross_cents, "gross_cents", 0, MOST_CENTS),
        _whole(discount_cents, "discount_cents", 0, MOST_CENTS),
    )


def moment(text: str, zone: ZoneInfo, latest: datetime) -> datetime:
    """The moment in UTC of a local time (or one with its own offset). Raises Bad.

    Of a time the clock skipped, fold 0 reads the offset from before: an hour on. Of a doubled one, the first.
    """
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise Bad("purchased_at: not a time such as 2026-11-22T09:15:00") from None
    if ":" not in text:
        raise Bad("purchased_at: the time of day is missing")
    if not FIRST_YEAR < local.year < 9999:
        raise Bad("purchased_at: not a year that can be")
    at = (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    if at > latest:
        raise Bad("purchased_at: in the future")
    return at


def readable(fields: Sequence[str]) -> tuple[str | None, str | None]:
    """Shop and receipt of a bad row, as far as they can be read: its other rows share its fate."""
    found = []
    for name, place in (("shop", 1), ("receipt", 2)):
        try:
            found.append(_text(fields[place].strip(), name, LONGEST_CODE))
        except (Bad, IndexError):
            found.append(None)
    return found[0], found[1]


def _text(value: str, column: str, longest: int) -> str:
    if not value:
        raise Bad(f"{column}: empty")
    if len(value) > longest:
        raise Bad(f"{column}: longer than {longest} characters")
    if not value.isprintable():
        broken = any("\ud800" <= sign <= "\udfff" for sign in value)
        raise Bad(f"{column}: {'not UTF-8' if broken else 'control characters'}")
    return value


def _shortened(value: str, column: str, longest: int) -> str | None:
    """Words may be cut; what identifies something may not."""
    return _text(value[:longest].strip(), column, longest) if value else None


def _whole(value: str, column: str, least: int, most: int) -> int:
    if not WHOLE.fullmatch(value):
        raise Bad(f"{column}: not a whole number")
    number = int(value)
    if not least <= number <= most:
        raise Bad(f"{column}: not from {least} to {most}")
    return number
