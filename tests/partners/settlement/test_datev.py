"""The DATEV file: read back as DATEV would, and what it refuses."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from loyalty.errors import Invalid
from partners.settlement import datev
from partners.settlement.datev import Booking, Header
from partners.settlement.extf import COLUMNS, TEXTS

HEADER = Header(
    29098, 55003, date(2026, 1, 1), date(2026, 12, 1), date(2026, 12, 31), "SKR03", "Abrechnung 11/2026",
    datetime(2026, 12, 3, 14, 4, 40, 439_000, tzinfo=UTC),
)  # fmt: skip
BOOKING = Booking(179, "4900", "1792", "9", date(2026, 12, 3), "R-2026-0101", "Servicegebühr")


def lines_of(*bookings: Booking, header: Header = HEADER) -> list[str]:
    """The lines of the file."""
    lines = datev.export(bookings, header).decode("cp1252").split("\r\n")
    assert lines.pop() == ""
    return lines


def rows_of(*bookings: Booking) -> list[dict[str, str]]:
    """The bookings as they stand in the file, by column."""
    rows = list(csv.reader(io.StringIO("\n".join(lines_of(*bookings)[1:])), delimiter=";"))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_it_begins_with_the_header_of_a_buchungsstapel() -> None:
    fields = lines_of(BOOKING)[0].split(";")
    assert len(fields) == 31
    assert fields[:6] == ['"EXTF"', "700", "21", '"Buchungsstapel"', "13", "20261203140440439"]
    assert fields[10:16] == ["29098", "55003", "20260101", "4", "20261201", "20261231"]
    assert fields[16:22] == ['"Abrechnung 11/2026"', '""', "1", "0", "0", '"EUR"']
    assert fields[26] == '"03"'


def test_it_names_the_125_columns_in_datevs_order() -> None:
    names = lines_of(BOOKING)[1].split(";")
    assert len(names) == len(set(names)) == 125
    places = {
        1: "Umsatz (ohne Soll/Haben-Kz)", 7: "Konto", 10: "Belegdatum", 14: "Buchungstext", 37: "KOST1 - Kostenstelle",
        49: "Zusatzinformation- Inhalt 1", 114: "Festschreibung", 125: "Abw. Skontokonto",
    }  # fmt: skip
    assert {place: names[place - 1] for place in places} == places


def test_it_quotes_texts_even_empty_ones_and_nothing_else() -> None:
    cells = lines_of(BOOKING)[2].split(";")
    assert len(cells) == 125
    assert {name for name, cell in zip(COLUMNS, cells, strict=True) if cell.startswith('"')} == TEXTS


def test_it_writes_a_booking_with_input_vat_from_the_other_side() -> None:
    (row,) = rows_of(BOOKING)
    assert {name: value for name, value in row.items() if value} == {
        "Umsatz (ohne Soll/Haben-Kz)": "1,79", "Soll/Haben-Kennzeichen": "H", "WKZ Umsatz": "EUR", "Konto": "1792",
        "Gegenkonto (ohne BU-Schlüssel)": "4900", "BU-Schlüssel": "9", "Belegdatum": "0312",
        "Belegfeld 1": "R-2026-0101", "Buchungstext": "Servicegebühr", "Festschreibung": "0",
    }  # fmt: skip


def test_it_keeps_the_taxed_account_as_gegenkonto_when_it_is_taken_back() -> None:
    (row,) = rows_of(replace(BOOKING, debit_account="1792", credit_account="4900", taxed="credit"))
    assert (row["Konto"], row["Soll/Haben-Kennzeichen"]) == ("1792", "S")
    assert row["Gegenkonto (ohne BU-Schlüssel)"] == "4900"


def test_it_writes_debit_first_where_no_key_is() -> None:
    (row,) = rows_of(replace(BOOKING, tax_key=None, cents=123_456_789, cost_centre="Laden 4"))
    assert (row["Konto"], row["Soll/Haben-Kennzeichen"]) == ("4900", "S")
    assert (row["Umsatz (ohne Soll/Haben-Kz)"], row["KOST1 - Kostenstelle"]) == ("1234567,89", "Laden-4")


@pytest.mark.parametrize(
    "text, written",
    [
        ("Vinařství Žižka & Łoś", "Vinarství Žižka & ?os"),  # š and Ž are in Windows-1252, ř and ś are not
        ('Café "Süß"; 5 €', 'Café "Süß"; 5 €'),
        ("zwei\r\nZeilen\tund\x00mehr", "zwei Zeilen und mehr"),
        ("x" * 80, "x" * 60),
    ],
)
def test_it_writes_one_line_of_signs_that_datev_knows(text: str, written: str) -> None:
    assert rows_of(replace(BOOKING, text=text))[0]["Buchungstext"] == written


@pytest.mark.parametrize(
    "document, written",
    [("R 2026/01.Ü;", "R-2026/01-U-"), ("A&B_$%*+-", "A&B_$%*+-"), ("7" * 50, "7" * 36)],
)
def test_it_writes_document_numbers_that_datev_takes(document: str, written: str) -> None:
    assert rows_of(replace(BOOKING, document=document))[0]["Belegfeld 1"] == written


def test_it_cleans_and_cuts_the_label() -> None:
    label = lines_of(BOOKING, header=replace(HEADER, label="Abrechnung; der Mühlenstraße, November"))[
        0
    ].split(";")[16]
    assert label == '"Abrechnung- der Muhlenstra-e- "'


@pytest.mark.parametrize(
    "change, code, field",
    [
        ({"consultant": 1000}, "out_of_range", "consultant"),
        ({"consultant": 10_000_000}, "out_of_range", "consultant"),
        ({"client": 0}, "out_of_range", "client"),
        ({"client": 100_000}, "out_of_range", "client"),
        ({"chart": "SKR99"}, "chart_unknown", "chart"),
        ({"begins": date(2025, 12, 31)}, "period_invalid", "begins"),
        ({"ends": date(2027, 1, 1)}, "period_invalid", "ends"),
        ({"ends": date(2026, 11, 30)}, "period_invalid", "ends"),
    ],
)
def test_it_refuses_a_header_that_datev_would_refuse(
    change: dict[str, object], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        datev.export([BOOKING], replace(HEADER, **change))
    assert (refusal.value.code, refusal.value.field) == (code, field)


@pytest.mark.parametrize(
    "change, code, field",
    [
        ({"cents": 0}, "amount_invalid", "cents"),
        ({"cents": -5}, "amount_invalid", "cents"),
        ({"cents": 10**12}, "amount_invalid", "cents"),
        ({"debit_account": "49"}, "account_invalid", "debit_account"),
        ({"credit_account": "0000"}, "account_invalid", "credit_account"),
        ({"credit_account": "17921;"}, "account_invalid", "credit_account"),
        ({"day": date(2026, 11, 30)}, "day_outside_period", "day"),
    ],
)
def test_it_refuses_a_booking_that_datev_would_refuse(
    change: dict[str, object], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        datev.export([BOOKING, replace(BOOKING, **change)], HEADER)
    assert (refusal.value.code, refusal.value.field) == (code, field)


@pytest.mark.parametrize("bookings, code", [([], "no_bookings"), ([BOOKING] * 100_000, "too_many_bookings")])
def test_it_refuses_a_file_of_nothing_or_of_too_much(bookings: Sequence[Booking], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        datev.export(bookings, HEADER)
