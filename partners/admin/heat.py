"""Who pays for whom as a table: issuers in rows, redeemers in columns, each cell as warm as its share. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

WARMEST = 9
Key = tuple[UUID | None, UUID]


@dataclass(frozen=True, slots=True)
class Cell:
    """Points and cents of one pair; `heat` is 0 to 9 of the largest cell, `percent` the share of everything."""

    points: int = 0
    cents: int = 0
    heat: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One issuer over all redeemers."""

    name: str
    cells: tuple[Cell, ...]
    cents: int


@dataclass(frozen=True, slots=True)
class Heat:
    """The whole table. Rows and columns both add up to `cents`."""

    redeemers: tuple[str, ...]
    rows: tuple[Row, ...]
    columns: tuple[int, ...]
    cents: int


def table(
    pairs: Iterable[tuple[UUID | None, UUID, int, int]], names: Mapping[UUID, str], coalition: str
) -> Heat:
    """Of pairs as (issuer, redeemer, points, cents); issuer None: points the coalition ordered, last row."""
    found: dict[Key, tuple[int, int]] = {
        (issuer, redeemer): (points, cents) for issuer, redeemer, points, cents in pairs
    }
    redeemers = sorted({redeemer for _, redeemer in found}, key=lambda one: names[one].casefold())
    partners = {issuer for issuer, _ in found if issuer is not None}
    issuers: list[UUID | None] = [*sorted(partners, key=lambda one: names[one].casefold())]
    if any(issuer is None for issuer, _ in found):
        issuers.append(None)
    total = sum(cents for _, cents in found.values())
    largest = max((cents for _, cents in found.values()), default=0)
    rows = []
    for issuer in issuers:
        cells = tuple(_cell(found.get((issuer, redeemer)), largest, total) for redeemer in redeemers)
        rows.append(Row(names[issuer] if issuer else coalition, cells, sum(cell.cents for cell in cells)))
    columns = tuple(sum(row.cells[place].cents for row in rows) for place in range(len(redeemers)))
    return Heat(tuple(names[one] for one in redeemers), tuple(rows), columns, total)


def _cell(pair: tuple[int, int] | None, largest: int, total: int) -> Cell:
    """What was taken back, as more than was redeemed, is cold."""
    if pair is None:
        return Cell()
    points, cents = pair
    if cents <= 0 or largest <= 0 or total <= 0:
        return Cell(points, cents)
    return Cell(points, cents, -(-cents * WARMEST // largest), (200 * cents + total) // (2 * total))
