"""A statement as tables: movements as CSV, everything as XLSX. Made row by row, so that a hundred thousand movements
need no more memory than a few; the same statement gives the same bytes.
"""

import io
from collections.abc import Iterable, Iterator
from csv import writer
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _

from partners.settlement import workbook
from partners.settlement.content import Movement, Statement
from partners.settlement.words import movement_names

ROWS_AT_ONCE = 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
DAYS = {"de": "%d.%m.%Y %H:%M:%S", "en": "%Y-%m-%d %H:%M:%S"}


def csv(statement: Statement, movements: Iterable[Movement]) -> bytes:
    """The movements as one CSV; see `csv_stream`."""
    return b"".join(csv_stream(statement, movements))


def csv_stream(statement: Statement, movements: Iterable[Movement]) -> Iterator[bytes]:
    """The movements in parts: UTF-8 with BOM, semicolons, decimal comma in German. A text that a spreadsheet would take
    for a formula is preceded by an apostrophe. Needs an application context when called, none while it is read.
    """
    with force_locale(statement.language):
        headings, kinds = (_("Statement"), *workbook.headings()), movement_names()
    return _parts(statement, movements, headings, kinds)


def xlsx(statement: Statement, movements: Iterable[Movement]) -> bytes:
    """Overview, matrix, movements and VAT as sheets; numbers are numbers. Needs an application context."""
    buffer = io.BytesIO()
    with force_locale(statement.language):
        workbook.fill(buffer, statement, movements)
    return buffer.getvalue()


def _parts(
    statement: Statement, movements: Iterable[Movement], headings: tuple[str, ...], kinds: dict[str, str]
) -> Iterator[bytes]:
    text = io.StringIO()
    rows, zone = writer(text, delimiter=";", lineterminator="\r\n"), ZoneInfo(statement.time_zone)
    text.write("\ufeff")
    rows.writerow(headings)
    for number, movement in enumerate(movements, 1):
        cells = (statement.number, *workbook.cells(movement, statement.names, kinds, zone))
        rows.writerow([_written(cell, statement.language) for cell in cells])
        if number % ROWS_AT_ONCE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _written(cell: object, language: str) -> object:
    if isinstance(cell, str):
        return "'" + cell if cell.startswith(FORMULA_STARTS) else cell
    if isinstance(cell, datetime):
        return cell.strftime(DAYS[language])
    if isinstance(cell, Decimal):
        plain = f"{cell:f}"
        return plain.replace(".", ",") if language == "de" else plain
    return cell
