"""Tables of the settlement's papers, as they are shown and as they must be: the books of an example, laid out alike.

In front of each table stands, where readers do not see it, what it shows: `<!-- settled: EXAMPLE PERIOD COLUMNS -->`.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.scenario.content import Scenario
from partners.models import Partner
from partners.settlement import runs
from partners.settlement.models import SettlementRun

DIGITS = {"settlement.md": str.maketrans("−", "-", ",*"), "settlement.de.md": str.maketrans("−,", "-.", ".*")}
TABLE = re.compile(r"<!-- (\w+): (\S+) (\S+)((?: \w+)*) -->\n((?:\|.*\|\n)+)")
KEPT = "breakage"  # the column from which the operator may keep something for itself

Rows = list[list[int]]


class Asked(NamedTuple):
    """What a table shows: `settled` in cents, `points`, or the `matrix` in cents; `columns` are lines of an account."""

    kind: str
    example: str
    period: str
    columns: tuple[str, ...]


def tables(folder: Path, paper: str) -> list[tuple[Asked, Rows]]:
    """Every marked table of a paper, without its names. Empty cells are 0."""
    found = []
    for kind, example, period, columns, body in TABLE.findall((folder / paper).read_text()):
        unit = 1 if kind == "points" else 100
        rows = [
            [int(Decimal(cell.strip().translate(DIGITS[paper]) or 0) * unit) for cell in row.split("|")[2:-1]]
            for row in body.splitlines()[2:]
        ]
        found.append((Asked(kind, example, period, tuple(columns.split())), rows))
    return found


def expected(session: Session, scenario: Scenario, asked: Asked) -> Rows:
    """What the table must show, once the scenario was played in these books."""
    run = runs.of_period(session, asked.period)
    assert run is not None
    ids = {row.code: row.id for row in session.execute(select(Partner.id, Partner.code))}
    partners = [ids[plan.id] for plan in scenario.partners]
    return {"settled": _settled, "points": _points, "matrix": _matrix}[asked.kind](
        session, run, partners, asked.columns
    )


def _settled(session: Session, run: SettlementRun, partners: list[UUID], columns: tuple[str, ...]) -> Rows:
    """Each partner, then the operator's fee, its pool where there is one, what it keeps where it does, and the sum."""
    accounts = runs.lines(session, run.id)
    rows = []
    for partner in partners:
        cents = {"fee": 0, "fee_vat": 0}
        for line in accounts[partner]:
            cents[line.kind] = cents.get(line.kind, 0) + line.cents
            cents["fee_vat"] += line.vat_cents or 0
        assert {kind for kind, amount in cents.items() if amount} <= {*columns}, "the table leaves out a line"
        rows.append([*(cents.get(column, 0) for column in columns), runs.sum_of(accounts[partner])])
    sums = dict(zip(columns, map(sum, zip(*rows, strict=True)), strict=False))
    fees = {column: -sums[column] for column in ("fee", "fee_vat")}
    assert fees == {"fee": run.figures["fee_net"], "fee_vat": run.figures["fee_vat"]}
    kept = run.figures["breakage"]
    pool = {column: -cents for column, cents in sums.items() if column not in fees}
    pool[KEPT] = pool.get(KEPT, 0) - kept
    assert sum(pool.values()) == run.figures["pool"]
    rows += [_row(fees, columns)]
    rows += [_row(pool, columns)] if "funded" in columns else []
    rows += [_row({KEPT: kept}, columns)] if kept else []
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def _row(cents: dict[str, int], columns: tuple[str, ...]) -> list[int]:
    return [*(cents.get(column, 0) for column in columns), sum(cents.values())]


def _points(session: Session, run: SettlementRun, partners: list[UUID], columns: tuple[str, ...]) -> Rows:
    """Each partner and the sum. Expired points are those of the partner."""
    accounts = runs.lines(session, run.id)
    rows = [
        [sum(line.points for line in accounts[partner] if line.kind == column) for column in columns]
        for partner in partners
    ]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def _matrix(session: Session, run: SettlementRun, partners: list[UUID], _columns: tuple[str, ...]) -> Rows:
    """Issuers against redeemers, those that have anything, with sums on both sides."""
    cells = {(pair.issuer_id, pair.redeemer_id): pair.cents for pair in runs.pairs(session, run.id)}
    issuers = [one for one in partners if any(issuer == one for issuer, _ in cells)]
    redeemers = [one for one in partners if any(redeemer == one for _, redeemer in cells)]
    rows = [[cells.get((issuer, redeemer), 0) for redeemer in redeemers] for issuer in issuers]
    rows = [[*row, sum(row)] for row in rows]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]
