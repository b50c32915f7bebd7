"""Statements as tables: read back as a spreadsheet would, from one movement to a hundred thousand."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask_babel import force_locale, gettext

from partners.settlement import sheets, workbook
from partners.settlement.content import Movement
from tests.partners.settlement.papers import BAKER
from tests.partners.settlement.statements import BAKER_RUN, PAID_OUT, SEAL, WINERY_RUN, movements

NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
EARNED = Movement(
    5, "019a", datetime(2026, 11, 2, 7, 3, 11, tzinfo=UTC), "earn", "baker", "4711", None, -12, Decimal("-14.142")
)  # fmt: skip
EXCEL_ZERO = date(1899, 12, 30)


@pytest.fixture(autouse=True)
def spoken(application: Flask) -> Iterator[None]:
    """Headings need an application."""
    with application.app_context():
        yield


def rows_of(content: bytes) -> list[list[str]]:
    """The CSV as a spreadsheet reads it."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


class Book:
    """An XLSX file, opened."""

    def __init__(self, content: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(content))
        self.names = [
            sheet.get("name") for sheet in self.xml("xl/workbook.xml").iterfind(".//x:sheet", NAMESPACE)
        ]

    def xml(self, path: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.archive.read(path))

    def sheet(self, number: int) -> ElementTree.Element:
        return self.xml(f"xl/worksheets/sheet{number}.xml")

    def rows(self, number: int) -> list[list[str | Decimal]]:
        """Texts as str, numbers as Decimal."""
        return [
            [self.value(cell) for cell in row.iterfind("x:c", NAMESPACE)]
            for row in self.sheet(number).iterfind(".//x:row", NAMESPACE)
        ]

    @staticmethod
    def value(cell: ElementTree.Element) -> str | Decimal:
        assert cell.find("x:f", NAMESPACE) is None, "a formula"
        if cell.get("t") == "inlineStr":
            return "".join(cell.itertext())
        return Decimal(cell.findtext("x:v", "0", NAMESPACE))


def test_it_writes_movements_as_csv_with_bom_semicolons_and_decimal_comma() -> None:
    content = sheets.csv(BAKER_RUN, [EARNED])
    assert content.startswith(b"\xef\xbb\xbfAbrechnung;Bewegung;Zeit;") and content.endswith(b"\r\n")
    assert rows_of(content)[1] == [
        "A-2026-0031", "5", "02.11.2026 08:03:11", "Punkte ausgegeben", "Bäckerei Grüße & Söhne", "4711", "", "-12",
        "-0,14142", "019a",
    ]  # fmt: skip


def test_it_writes_csv_in_english_where_the_statement_is_english() -> None:
    head, row = rows_of(sheets.csv(replace(BAKER_RUN, language="en"), [EARNED]))
    assert head[:4] == ["Statement", "Movement", "Time", "What happened"]
    assert (row[2], row[3], row[8]) == ("2026-11-02 08:03:11", "Points issued", "-0.14142")


def test_it_shows_the_hour_of_the_coalition_s_place() -> None:
    assert (
        rows_of(sheets.csv(replace(BAKER_RUN, time_zone="America/New_York"), [EARNED]))[1][2]
        == "02.11.2026 02:03:11"
    )


@pytest.mark.parametrize("evil", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_it_lets_no_text_become_a_formula(evil: str) -> None:
    moved = replace(EARNED, receipt=evil, origin=evil, at_partner="x", kind=evil)
    names = BAKER_RUN.names | {"x": evil}
    statement = replace(BAKER_RUN, names=names)
    row = rows_of(sheets.csv(statement, [moved]))[1]
    assert row[3:7] == ["'" + evil] * 4
    assert row[7] == "-12"  # a number of ours stays a number
    cells = Book(sheets.xlsx(statement, [moved])).rows(3)[1]
    assert [cell.replace("_x000D_", "\r") for cell in cells[2:6] if isinstance(cell, str)] == [evil] * 4


def test_it_streams_csv_in_parts_that_make_the_whole() -> None:
    parts = list(sheets.csv_stream(BAKER_RUN, movements(1201)))
    assert len(parts) == 3
    assert b"".join(parts) == sheets.csv(BAKER_RUN, movements(1201))
    assert len(rows_of(b"".join(parts))) == 1202


def test_it_needs_no_application_and_leaves_no_language_behind_while_it_streams() -> None:
    with force_locale("en"):
        stream = sheets.csv_stream(BAKER_RUN, movements(3))
        next(stream)
        assert gettext("Points issued") == "Points issued"


def test_it_holds_few_rows_at_a_time() -> None:
    tracemalloc.start()
    for _part in sheets.csv_stream(BAKER_RUN, movements(20_000)):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_it_writes_a_workbook_of_four_sheets() -> None:
    assert Book(sheets.xlsx(BAKER_RUN, [])).names == ["Übersicht", "Matrix", "Bewegungen", "Umsatzsteuer"]
    english = replace(BAKER_RUN, language="en")
    assert Book(sheets.xlsx(english, [])).names == ["Overview", "Matrix", "Movements", "VAT notice"]


def test_it_shows_lines_and_position_as_numbers() -> None:
    rows = Book(sheets.xlsx(BAKER_RUN, [])).rows(1)
    first = next(at for at, row in enumerate(rows) if row[:1] == ["Posten"]) + 1
    assert [row[:3] for row in rows[first : first + 2]] == [
        ["Punkte ausgegeben", 1000, Decimal("-10")], ["Verfallene Punkte erstattet", 100, Decimal("1")]
    ]  # fmt: skip
    assert rows[-1] == ["Sie zahlen", Decimal("-10.79")]
    assert sum(row[-2] for row in rows[first:-1] if isinstance(row[-2], Decimal)) == Decimal("-10.79")
    facts = {row[0]: row[1] for row in rows if len(row) == 2}
    assert facts["Siegel"] == SEAL and facts["Partner"] == BAKER.legal_name
    assert facts["Ausgestellt am"] == (BAKER_RUN.issued_on - EXCEL_ZERO).days


def test_it_shows_the_matrix_and_the_vat() -> None:
    book = Book(sheets.xlsx(WINERY_RUN, []))
    assert ["Bäckerei Grüße & Söhne", "Vinařství Žižka", 300, 3] in book.rows(2)
    assert [Decimal("0.19"), 180, Decimal("1.8")] in book.rows(4)
    assert ["Ohne Verkauf dahinter", 20, Decimal("0.2")] in book.rows(4)
    assert [Decimal("0.07"), 80, Decimal("0.8"), "ja"] in book.rows(4)


def test_it_shows_movements_under_a_filter_and_headings_that_stay() -> None:
    book = Book(sheets.xlsx(BAKER_RUN, movements(40)))
    sheet, rows = book.sheet(3), book.rows(3)
    assert len(rows) == 41
    assert sheet.find("x:autoFilter", NAMESPACE).get("ref") == "A1:I41"
    assert sheet.find(".//x:pane", NAMESPACE).attrib["state"] == "frozen"
    assert rows[1][5:7] == [1, Decimal("-0.011785")]
    assert int(rows[1][1]) == (date(2026, 11, 2) - EXCEL_ZERO).days
    assert "€" in book.archive.read("xl/styles.xml").decode()


def test_it_goes_on_with_another_sheet_where_excel_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_OF_A_SHEET", 30)
    book = Book(sheets.xlsx(BAKER_RUN, movements(70)))
    assert book.names[2:5] == ["Bewegungen", "Bewegungen 2", "Bewegungen 3"]
    assert [len(book.rows(number)) for number in (3, 4, 5)] == [31, 31, 11]


def test_it_says_what_a_paper_cancels() -> None:
    rows = Book(sheets.xlsx(replace(PAID_OUT, cancels="A-2026-0001"), [])).rows(1)
    assert ["Storniert", "A-2026-0001"] in rows


def test_it_gives_the_same_bytes_for_the_same_statement() -> None:
    assert sheets.xlsx(BAKER_RUN, movements(9)) == sheets.xlsx(BAKER_RUN, movements(9))
    assert sheets.csv(BAKER_RUN, movements(9)) == sheets.csv(BAKER_RUN, movements(9))
    core = Book(sheets.xlsx(BAKER_RUN, [])).archive.read("docProps/core.xml").decode()
    assert "2026-12-03T00:00:00Z" in core


def test_it_writes_a_hundred_thousand_movements() -> None:
    book = Book(sheets.xlsx(BAKER_RUN, movements(100_000)))
    written = book.archive.read("xl/worksheets/sheet3.xml")
    assert written.count(b"<row ") == 100_001 and b'<autoFilter ref="A1:I100001"/>' in written
