"""A CSV file of purchases as rows, one by one, whatever it holds. A row that cannot be read is a row with a reason.

It knows no database and keeps no more than one row in memory.
"""

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TextIO

COLUMNS = (
    "household", "shop", "receipt", "purchased_at", "sku", "category", "product", "quantity", "gross_cents",
    "discount_cents",
)  # fmt: skip
LONGEST_LINE = 64_000  # characters; ten columns of this contract need a few hundred
MOST_JOINED = 20  # lines that one quoted text may span
GZIP = b"\x1f\x8b"


class Unreadable(Exception):
    """The file as a whole is not what was asked for: nothing of it may be booked."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins in (the header is 1), its fields, and why it could not be read, if it could not."""

    line: int
    fields: Sequence[str]
    reason: str | None = None


@contextmanager
def opened(raw: BinaryIO) -> Iterator[TextIO]:
    """The text of a plain or gzipped file; bytes that are not UTF-8 come as surrogates, for their row to be refused."""
    squeezed = raw.read(2) == GZIP
    raw.seek(0)
    source = gzip.GzipFile(fileobj=raw) if squeezed else raw
    text = io.TextIOWrapper(source, encoding="utf-8-sig", errors="surrogateescape", newline=None)
    try:
        yield text
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unreadable(f"the file is damaged or ends too early ({error})") from error
    finally:
        text.detach()


def rows(text: TextIO) -> Iterator[Row]:
    """All rows with their fields in the order of COLUMNS; further columns are left out, empty lines skipped.

    Raises Unreadable when the header lacks a column or names one twice.
    """
    lines = _lines(text)
    header = next(lines, (1, ""))[1] or ""
    names = [name.strip().lower() for name in _split(header) or ()]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise Unreadable(f"columns missing: {', '.join(missing)}")
    if doubled := [name for name in COLUMNS if names.count(name) > 1]:
        raise Unreadable(f"columns doubled: {', '.join(doubled)}")
    places = [names.index(name) for name in COLUMNS]
    for line, record in _joined(lines):
        yield _row(line, record, len(names), places)


def _row(line: int, record: str | None, width: int, places: Sequence[int]) -> Row:
    if record is None:
        return Row(line, (), f"line longer than {LONGEST_LINE} characters")
    fields = _split(record)
    if fields is not None and len(fields) == width:
        return Row(line, [fields[place].strip() for place in places])
    reason = "quotes do not match" if fields is None else f"{len(fields)} fields instead of {width}"
    parts = record.split(",") if fields is None else fields
    return Row(line, [parts[place].strip() if place < len(parts) else "" for place in places], reason)


def _split(record: str) -> list[str] | None:
    """The fields of a record; None when its quotes make no sense."""
    try:
        return next(csv.reader((record,), strict=True), [])
    except csv.Error:
        return None


def _lines(text: TextIO) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers, without their ends; None for one too long to be held."""
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        whole = len(line) <= LONGEST_LINE or line.endswith("\n")
        yield number, line.removesuffix("\n") if whole else None
        while not whole:
            rest = text.readline(LONGEST_LINE)
            whole = not rest or rest.endswith("\n")


def _joined(lines: Iterator[tuple[int, str | None]]) -> Iterator[tuple[int, str | None]]:
    """Records: a line whose quote is still open goes on in the next ones. If it never closes, it stands alone, so
    that one forgotten quote cannot swallow the rest of the file."""
    waiting: deque[tuple[int, str | None]] = deque()
    while True:
        line, record = waiting.popleft() if waiting else next(lines, (0, ""))
        if not line:
            return
        if record is None or not record.strip():
            if record is None:
                yield line, None
            continue
        if record.count('"') % 2:
            while len(waiting) < MOST_JOINED and (more := next(lines, None)):
                waiting.append(more)
            record = _closed(record, waiting)
        yield line, record


def _closed(record: str, waiting: deque[tuple[int, str | None]]) -> str:
    """The record with the lines that close its quote, taken from `waiting`; as it is when none does."""
    parts, quotes = [record], record.count('"')
    for taken, (_, more) in enumerate(waiting, 1):
        if more is None or sum(map(len, parts)) > LONGEST_LINE:
            break
        parts.append(more)
        quotes += more.count('"')
        if quotes % 2 == 0:
            whole = "\n".join(parts)
            if _split(whole) is None:
                break
            for _ in range(taken):
                waiting.popleft()
            return whole
    return record
