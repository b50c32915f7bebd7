"""Bookings as DATEV reads them: EXTF 700, "Buchungsstapel", format version 13, Windows-1252. What is booked stands in
`bookings`; here is only the format and what it refuses.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from loyalty.errors import Invalid
from partners.settlement.charts import chart
from partners.settlement.extf import COLUMNS, TEXTS

TEXT_LENGTH, DOCUMENT_LENGTH, LABEL_LENGTH = 60, 36, 30
LARGEST_CENTS = 10**12 - 1  # ten digits before the comma
MOST_BOOKINGS = 99_999  # what one file may hold
ACCOUNT_LENGTH = 4  # of general ledger accounts; those of persons have one digit more


@dataclass(frozen=True, slots=True)
class Booking:
    """`cents` above zero from one account to another. `tax_key` belongs to the `taxed` side, whose VAT it takes out."""

    cents: int
    debit_account: str
    credit_account: str
    tax_key: str | None
    day: date
    document: str
    text: str
    cost_centre: str | None = None
    taxed: Literal["debit", "credit"] = "debit"


@dataclass(frozen=True, slots=True)
class Header:
    """Whose books, which fiscal year, which days (both inclusive). `chart` is "SKR03" or "SKR04"; `locked`: may not be
    changed after the import."""

    consultant: int
    client: int
    fiscal_year_starts: date
    begins: date
    ends: date
    chart: str
    label: str
    created_at: datetime
    locked: bool = False


def export(bookings: Iterable[Booking], header: Header) -> bytes:
    """The file, named EXTF_….csv by whoever keeps it.

    Raises Invalid `out_of_range` (consultant, client), `chart_unknown`, `period_invalid`, `no_bookings`,
    `too_many_bookings`, `amount_invalid`, `account_invalid`, `day_outside_period`.
    """
    _check(header)
    given = list(bookings)
    if not given:
        raise Invalid("no_bookings", "bookings")
    if len(given) > MOST_BOOKINGS:
        raise Invalid("too_many_bookings", "bookings", most=MOST_BOOKINGS)
    rows = [_row(_checked(booking, header), header) for booking in given]
    lines = [";".join(_head(header)), ";".join(COLUMNS), *rows]
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def _check(header: Header) -> None:
    for field, low, high in (("consultant", 1001, 9_999_999), ("client", 1, 99_999)):
        if not low <= getattr(header, field) <= high:
            raise Invalid("out_of_range", field, low=low, high=high)
    chart(header.chart)
    starts = header.fiscal_year_starts
    # The day of a booking is written without its year: a file must not reach into a second one.
    next_year = (starts.year + 1, starts.month, starts.day)
    ends = (header.ends.year, header.ends.month, header.ends.day)
    if not (starts <= header.begins <= header.ends and ends < next_year):
        raise Invalid("period_invalid", "ends" if header.begins >= starts else "begins")


def _checked(booking: Booking, header: Header) -> Booking:
    if not 0 < booking.cents <= LARGEST_CENTS:
        raise Invalid("amount_invalid", "cents", cents=booking.cents)
    for field in ("debit_account", "credit_account"):
        account = getattr(booking, field)
        if not re.fullmatch(rf"[0-9]{{{ACCOUNT_LENGTH},{ACCOUNT_LENGTH + 1}}}", account) or not int(account):
            raise Invalid("account_invalid", field, account=account)
    if not header.begins <= booking.day <= header.ends:
        raise Invalid("day_outside_period", "day", day=booking.day.isoformat())
    return booking


def _head(header: Header) -> list[str]:
    label = re.sub(r"[^A-Za-z0-9_.\-/ ]", "-", _plain(header.label, ascii_only=True))[:LABEL_LENGTH]
    day = "{:%Y%m%d}".format
    return [
        '"EXTF"', "700", "21", '"Buchungsstapel"', "13",
        f"{header.created_at:%Y%m%d%H%M%S}{header.created_at.microsecond // 1000:03}", "", '"RE"', '"Emma"', '""',
        str(header.consultant), str(header.client), day(header.fiscal_year_starts), str(ACCOUNT_LENGTH),
        day(header.begins), day(header.ends), f'"{label}"', '""', "1", "0", str(int(header.locked)), '"EUR"',
        "", '""', "", "", f'"{chart(header.chart).frame}"', "", "", '""', '"Emma"',
    ]  # fmt: skip


def _row(booking: Booking, header: Header) -> str:
    """The side whose VAT a key or an automatic account takes out is the Gegenkonto; S or H tells of the other."""
    account, contra, side = booking.debit_account, booking.credit_account, "S"
    if booking.tax_key and booking.taxed == "debit":
        account, contra, side = contra, account, "H"
    cells = {
        "Umsatz (ohne Soll/Haben-Kz)": f"{booking.cents // 100},{booking.cents % 100:02}",
        "Soll/Haben-Kennzeichen": side,
        "WKZ Umsatz": "EUR",
        "Konto": account,
        "Gegenkonto (ohne BU-Schlüssel)": contra,
        "BU-Schlüssel": booking.tax_key or "",
        "Belegdatum": f"{booking.day:%d%m}",
        "Belegfeld 1": _document(booking.document),
        "Buchungstext": _plain(booking.text)[:TEXT_LENGTH],
        "KOST1 - Kostenstelle": _document(booking.cost_centre or ""),
        "Festschreibung": str(int(header.locked)),
    }
    return ";".join(
        _quoted(cells.get(name, "")) if name in TEXTS else cells.get(name, "") for name in COLUMNS
    )


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _document(value: str) -> str:
    return re.sub(r"[^A-Za-z0-9_$&%*+\-/]", "-", _plain(value, ascii_only=True))[:DOCUMENT_LENGTH]


def _plain(value: str, ascii_only: bool = False) -> str:
    """One line of characters DATEV knows: what Windows-1252 has no sign for loses its accents, or becomes "?"."""
    encoding = "ascii" if ascii_only else "cp1252"
    line = "".join(" " if unicodedata.category(sign).startswith("C") else sign for sign in value)
    return "".join(_known(sign, encoding) for sign in " ".join(line.split()))


def _known(sign: str, encoding: str) -> str:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        bare = unicodedata.normalize("NFKD", sign).encode(encoding, "ignore").decode(encoding)
        return bare or "?"
    return sign
