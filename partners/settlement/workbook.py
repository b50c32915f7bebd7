"""The statement as an Excel workbook, written row by row. Words are of the language that is set."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import BinaryIO
from zoneinfo import ZoneInfo

import xlsxwriter
from flask_babel import gettext as _
from xlsxwriter.format import Format

from partners.settlement.content import Movement, Pair, RateSum, Statement
from partners.settlement.words import line_name, line_note, movement_names, position_name

ROWS_OF_A_SHEET = 1_000_000  # Excel itself ends at 1,048,576; what is beyond goes on another sheet
EURO = '#,##0.00\\ "€";[Red]\\-#,##0.00\\ "€"'
EURO_EXACT = '#,##0.00###\\ "€";[Red]\\-#,##0.00###\\ "€"'
DAYS = {"de": "dd.mm.yyyy", "en": "yyyy-mm-dd"}
WIDTHS = (10, 19, 26, 24, 20, 20, 10, 14, 38)  # of the columns of movements
A4 = 9

Cell = str | int | Decimal | date | None


class _Book:
    """The workbook and what its cells look like."""

    def __init__(self, target: BinaryIO, statement: Statement) -> None:
        self.book = xlsxwriter.Workbook(target, {"constant_memory": True})
        self.book.set_properties({
            "title": statement.number, "author": statement.operator.legal_name,
            "created": datetime.combine(statement.issued_on, time()),
        })  # fmt: skip
        day = DAYS[statement.language]
        self.title, self.bold, self.quiet = (
            self.look(bold=True, font_size=16), self.look(bold=True), self.look(font_color="#665a5d")
        )  # fmt: skip
        self.head = self.look(bold=True, bottom=1, text_wrap=True, valign="bottom")
        self.points, self.euro, self.exact = (
            self.look(num_format=form) for form in ("#,##0", EURO, EURO_EXACT)
        )
        self.sum = self.look(bold=True, top=1, num_format=EURO)
        self.whole = self.look(num_format="0\\ %", align="left")
        self.broken = self.look(num_format="0.0#\\ %", align="left")
        self.day = self.look(num_format=day, align="left")
        self.moment = self.look(num_format=f"{day} hh:mm:ss")

    def look(self, **properties: object) -> Format:
        return self.book.add_format(properties)


class _Page:
    """One sheet for A4 across, and the row that comes next: what is written is written, rows never come back."""

    def __init__(self, book: _Book, name: str, widths: Iterable[int]) -> None:
        self.sheet, self.row = book.book.add_worksheet(name), 0
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.sheet.set_landscape()
        self.sheet.set_paper(A4)
        self.sheet.fit_to_pages(1, 0)

    def add(self, cells: Iterable[Cell], looks: Iterable[Format | None]) -> None:
        """The next row. Texts are written as texts, whatever they begin with; None leaves a cell empty."""
        for column, (cell, look) in enumerate(zip(cells, looks, strict=True)):
            if isinstance(cell, str):
                self.sheet.write_string(self.row, column, cell, look)
            elif isinstance(cell, date):
                self.sheet.write_datetime(self.row, column, cell, look)
            elif cell is not None:
                self.sheet.write_number(self.row, column, cell, look)
        self.row += 1

    def skip(self) -> None:
        self.row += 1


def fill(target: BinaryIO, statement: Statement, movements: Iterable[Movement]) -> None:
    """Write the whole workbook."""
    book = _Book(target, statement)
    _fill_overview(book, statement)
    _fill_matrix(book, statement)
    _fill_movements(book, statement, movements)
    _fill_vat(book, statement)
    book.book.close()


def headings() -> tuple[str, ...]:
    """Of the columns of `cells`."""
    return (
        _("Movement"), _("Time"), _("What happened"), _("At"), _("Receipt"), _("Receipt of origin"), _("Points"),
        _("Effect in euros"), _("Transfer"),
    )  # fmt: skip


def cells(
    movement: Movement, names: dict[str, str], kinds: dict[str, str], zone: ZoneInfo
) -> tuple[Cell, ...]:
    """A movement as a row: local time without its zone, the effect in euros with all its digits."""
    return (
        movement.sequence, movement.at.astimezone(zone).replace(tzinfo=None), kinds.get(movement.kind, movement.kind),
        names.get(movement.at_partner, movement.at_partner), movement.receipt, movement.origin, movement.points,
        movement.exact_ct / 100, movement.transfer_id,
    )  # fmt: skip


def _fill_overview(book: _Book, statement: Statement) -> None:
    page = _Page(book, _("Overview"), (34, 26, 16, 70))
    page.add([f"{_('Statement')} {statement.number}"], [book.title])
    page.skip()
    for name, fact in _facts(statement).items():
        page.add((name, fact), (book.quiet, book.day))
    page.skip()
    page.add((_("Line"), _("Points"), _("Amount"), _("What it is")), [book.head] * 4)
    for line in statement.lines:
        row = (line_name(line.kind), line.points or None, _euros(line.cents), line_note(line.kind))
        page.add(row, (None, book.points, book.euro, book.quiet))
    cents = statement.position_cents
    page.add((position_name(cents), None, _euros(cents)), (book.bold, None, book.sum))


def _facts(statement: Statement) -> dict[str, Cell]:
    cancelled: dict[str, Cell] = {_("Cancels"): statement.cancels} if statement.cancels else {}
    return cancelled | {
        _("Partner"): statement.partner.legal_name,
        _("Coalition"): statement.operator.legal_name,
        _("From"): statement.begins,
        _("To"): statement.ends,
        _("Issued on"): statement.issued_on,
        _("Due on"): statement.due_on,
        _("Objections until"): statement.objections_until,
        _("Run"): statement.run_number,
        _("Sealed up to movement"): statement.head.sequence,
        _("Seal"): statement.head.hash,
    }


def _fill_matrix(book: _Book, statement: Statement) -> None:
    page = _Page(book, _("Matrix"), (34, 34, 14, 16))
    for title, pairs in (
        (_("Your points, and where they were redeemed"), statement.given),
        (_("Points redeemed with you, and who issued them"), statement.taken),
    ):
        page.add([title], [book.bold])
        page.add((_("Issued by"), _("Redeemed at"), _("Points"), _("Amount")), [book.head] * 4)
        for pair in pairs:
            _add_pair(page, book, pair, statement.names)
        page.skip()


def _add_pair(page: _Page, book: _Book, pair: Pair, names: dict[str, str]) -> None:
    issuer, redeemer = (names.get(code, code) for code in (pair.issuer, pair.redeemer))
    page.add((issuer, redeemer, pair.points, _euros(pair.cents)), (None, None, book.points, book.euro))


def _fill_movements(book: _Book, statement: Statement, movements: Iterable[Movement]) -> None:
    """With a filter, its headings always in sight; on as many sheets as it takes."""
    names, zone = movement_names(), ZoneInfo(statement.time_zone)
    looks = (None, book.moment, None, None, None, None, book.points, book.exact, None)
    page, number = _movements_page(book, 1), 1
    for movement in movements:
        if page.row > ROWS_OF_A_SHEET:
            page.sheet.autofilter(0, 0, page.row - 1, len(WIDTHS) - 1)
            number += 1
            page = _movements_page(book, number)
        page.add(cells(movement, statement.names, names, zone), looks)
    page.sheet.autofilter(0, 0, page.row - 1, len(WIDTHS) - 1)


def _movements_page(book: _Book, number: int) -> _Page:
    name = _("Movements")
    page = _Page(book, name if number == 1 else f"{name} {number}", WIDTHS)
    page.add(headings(), [book.head] * len(WIDTHS))
    page.sheet.freeze_panes(1, 0)
    page.sheet.repeat_rows(0)
    return page


def _fill_vat(book: _Book, statement: Statement) -> None:
    page = _Page(book, _("VAT notice"), (60, 14, 16, 16))
    for title, rates in (
        (_("Your points redeemed, by the VAT rate of the sale they came from"), statement.vat_notice),
        (_("Redeemed with you, by the VAT rate of the reward"), statement.supplies),
    ):
        page.add([title], [book.bold])
        page.add((_("VAT rate"), _("Points"), _("Value"), _("Estimated")), [book.head] * 4)
        for rate in rates:
            _add_rate(page, book, rate)
        page.skip()


def _add_rate(page: _Page, book: _Book, rate: RateSum) -> None:
    share = _("No sale behind it") if rate.vat_bp is None else Decimal(rate.vat_bp) / 10_000
    row = (share, rate.points, _euros(rate.cents), _("yes") if rate.estimated else None)
    percent = book.broken if (rate.vat_bp or 0) % 100 else book.whole
    page.add(row, (percent, book.points, book.euro, None))


def _euros(cents: int) -> Decimal:
    return Decimal(cents) / 100
