"""The file's rows in a temporary table: grouped into receipts and put in order by the database, however they lie.

Nothing of it outlives the connection. It writes no table of the coalition.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from partners.importing.checking import Bad, Checked, checked, readable
from partners.importing.rows import Row

MOST_LINES = 500
MOST_TOTAL_CENTS = 1_000_000_000

STAGE = """
CREATE TEMPORARY TABLE staged (
    line bigint NOT NULL, fields text[] NOT NULL, reason text, shop text, receipt text, day date, household text,
    at timestamptz, sku text, category text, product text, quantity int, gross_cents int, discount_cents int
)"""
COPY = """COPY staged (line, fields, reason, shop, receipt, day, household, at, sku, category, product, quantity,
    gross_cents, discount_cents) FROM STDIN (FORMAT BINARY)"""
TYPES = (
    "int8", "text[]", "text", "text", "text", "date", "text", "timestamptz", "text", "text", "text", "int4", "int4",
    "int4",
)  # fmt: skip

# A receipt is booked whole or not at all: half a receipt could never be completed later.
JUDGE = (
    f"""UPDATE staged s SET reason = b.reason FROM (
        SELECT shop, receipt, day, CASE
            WHEN count(DISTINCT household) > 1 THEN 'receipt: belongs to more than one household'
            WHEN count(*) > {MOST_LINES} THEN 'receipt: more than {MOST_LINES} rows'
            WHEN sum(gross_cents) > {MOST_TOTAL_CENTS} THEN 'receipt: total too high' END AS reason
        FROM staged WHERE reason IS NULL GROUP BY shop, receipt, day) b
    WHERE b.reason IS NOT NULL AND s.reason IS NULL
      AND (s.shop, s.receipt, s.day) = (b.shop, b.receipt, b.day)""",
    """UPDATE staged s SET reason = 'receipt: line ' || b.line || ' of it is bad' FROM (
        SELECT shop, receipt, day, min(line) AS line FROM staged
        WHERE reason IS NOT NULL AND shop IS NOT NULL AND receipt IS NOT NULL GROUP BY shop, receipt, day) b
    WHERE s.reason IS NULL AND s.shop = b.shop AND s.receipt = b.receipt AND (b.day IS NULL OR s.day = b.day)""",
)
RECEIPTS = """
SELECT shop, receipt, day, min(household), min(at), array_agg(line ORDER BY line),
       json_agg(json_build_array(sku, category, quantity, gross_cents, discount_cents) ORDER BY line)
FROM staged WHERE reason IS NULL GROUP BY shop, receipt, day ORDER BY min(at), min(line)"""
REFUSE = """UPDATE staged s SET reason = b.reason FROM unnest(%s::text[], %s::text[], %s::date[], %s::text[])
    AS b (shop, receipt, day, reason)
    WHERE (s.shop, s.receipt, s.day) = (b.shop, b.receipt, b.day)"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt of the file. `lines`: [sku, category, quantity, gross_cents, discount_cents] of each row."""

    shop: str
    number: str
    day: Any
    household: str
    at: datetime
    rows: list[int]
    lines: list[list[Any]]


class Stage:
    """The staged rows of one file. `connection` is the import's own, in autocommit."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def fill(
        self,
        rows: Iterable[Row],
        zone_of: Callable[[str], ZoneInfo],
        latest: datetime,
        seen: Callable[[int], None],
    ) -> None:
        """Check and stage all rows and judge their receipts; `seen` is told how far it got (in lines)."""
        self.connection.execute("DROP TABLE IF EXISTS staged")
        self.connection.execute(STAGE)
        with self.connection.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.set_types(TYPES)
            for row in rows:
                copy.write_row(_staged(row, zone_of, latest))
                seen(row.line)
        for statement in ("CREATE INDEX ON staged (shop, receipt)", "ANALYZE staged", *JUDGE):
            self.connection.execute(statement)

    def rejects(self) -> int:
        """How many rows cannot be booked."""
        return self._number("SELECT count(*) FROM staged WHERE reason IS NOT NULL")

    def receipts_left(self) -> int:
        """How many receipts can be booked."""
        return self._number(
            "SELECT count(*) FROM (SELECT FROM staged WHERE reason IS NULL GROUP BY shop, receipt, day) r"
        )

    def shops(self) -> list[str]:
        """Shops of the receipts that can be booked."""
        return [
            row[0] for row in self._all("SELECT DISTINCT shop FROM staged WHERE reason IS NULL ORDER BY shop")
        ]

    def categories(self, shop: str) -> list[str]:
        """The categories the shop sold from, as far as they can be booked."""
        query = (
            "SELECT DISTINCT category FROM staged WHERE reason IS NULL AND shop = %s AND category IS NOT NULL"
        )
        return [row[0] for row in self._all(query, shop)]

    def products(self, shop: str) -> list[tuple[str, str, str | None]]:
        """SKU, name and category of what the shop sold; the first row of a SKU names it."""
        query = """SELECT DISTINCT ON (sku) sku, coalesce(product, sku), category FROM staged
                   WHERE reason IS NULL AND shop = %s AND sku IS NOT NULL ORDER BY sku, product IS NULL, line"""
        return [tuple(row) for row in self._all(query, shop)]

    def receipts(self, at_once: int) -> Iterator[list[Receipt]]:
        """All good receipts in order of time, `at_once` at a time."""
        with self.connection.cursor("receipts", withhold=True) as cursor:
            cursor.execute(RECEIPTS)
            while found := cursor.fetchmany(at_once):
                yield [Receipt(*row) for row in found]

    def refuse(self, refused: list[tuple[Receipt, str]]) -> None:
        """Note why receipts could not be booked."""
        columns = [[], [], [], []]  # type: list[list[Any]]
        for receipt, reason in refused:
            for column, value in zip(
                columns, (receipt.shop, receipt.number, receipt.day, reason), strict=True
            ):
                column.append(value)
        self.connection.execute(REFUSE, columns)

    def rejected(self) -> Iterator[tuple[int, str, list[str]]]:
        """Line, reason and fields of every row that is not in the books, in the file's order."""
        with self.connection.cursor("rejected", withhold=True) as cursor:
            cursor.execute("SELECT line, reason, fields FROM staged WHERE reason IS NOT NULL ORDER BY line")
            yield from cursor

    def _number(self, query: str) -> int:
        return int(self._all(query)[0][0])

    def _all(self, query: str, *values: object) -> list[Any]:
        return self.connection.execute(query, values).fetchall()


def _staged(row: Row, zone_of: Callable[[str], ZoneInfo], latest: datetime) -> tuple[Any, ...]:
    """A row of the table: checked, or as far as it could be read."""
    reason = row.reason
    if reason is None:
        try:
            return row.line, list(row.fields), None, *_columns(checked(row.fields, zone_of, latest), zone_of)
        except Bad as bad:
            reason = str(bad)
    kept = [field.encode("utf-8", "replace").decode().replace("\0", "␀") for field in row.fields]
    return row.line, kept, reason, *readable(row.fields), *([None] * 9)


def _columns(good: Checked, zone_of: Callable[[str], ZoneInfo]) -> tuple[Any, ...]:
    day = good.at.astimezone(zone_of(good.shop)).date()
    return (
        good.shop, good.receipt, day, good.household, good.at, good.sku, good.category, good.product, good.quantity,
        good.gross_cents, good.discount_cents,
    )  # fmt: skip
