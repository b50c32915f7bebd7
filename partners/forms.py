"""Form fields as people type them, read strictly: what is not clearly a number or a day is refused, never guessed."""

import re
from datetime import date
from decimal import Decimal

from loyalty.errors import Invalid

WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
CENTS = re.compile(r"([+-]?)([0-9]{1,13})(?:[.,]([0-9]{1,2}))?")
DECIMAL = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{1,3})?")
GERMAN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def cents(text: str, field: str) -> int:
    """Euros like 12,50 or 12.50 € or -12 as cents. Raises Invalid `number_invalid`, also for 1.234."""
    found = CENTS.fullmatch(_plain(text).removesuffix("€"))
    if found is None:
        raise Invalid("number_invalid", field)
    sign, euros, rest = found.groups()
    amount = int(euros) * 100 + int((rest or "").ljust(2, "0"))
    return -amount if sign == "-" else amount


def whole(text: str, field: str) -> int:
    """A whole number. Raises Invalid `number_invalid`."""
    plain = _plain(text)
    if not WHOLE.fullmatch(plain):
        raise Invalid("number_invalid", field)
    return int(plain)


def decimal_ct(text: str, field: str) -> Decimal:
    """A price in ct with a comma or a point and up to three digits behind it. Raises Invalid `number_invalid`."""
    plain = _plain(text)
    if not DECIMAL.fullmatch(plain):
        raise Invalid("number_invalid", field)
    return Decimal(plain.replace(",", "."))


def day(text: str, field: str) -> date:
    """2026-12-31 or 31.12.2026. Raises Invalid `date_invalid`."""
    plain = _plain(text)
    try:
        if ISO_DAY.fullmatch(plain):
            return date.fromisoformat(plain)
        if found := GERMAN_DAY.fullmatch(plain):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        pass
    raise Invalid("date_invalid", field)


def _plain(text: str) -> str:
    """Without blanks of any kind, a minus always as the one on the keyboard."""
    return "".join(text.split()).replace("\N{MINUS SIGN}", "-")
