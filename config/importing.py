"""The import as a door: its own connection for the staged file, one transaction for each turn of booking.

Killed at any moment and run again, it ends as if it had run once: every receipt has its own key.
"""

import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

import click
import psycopg
from rich.progress import Progress, TaskID

from config.sequence import in_order
from loyalty.db import db, transact
from loyalty.points.operations import Place
from loyalty.rules.terms import Terms
from partners import contracts
from partners.importing import booking, places
from partners.importing.rows import COLUMNS, opened, rows
from partners.importing.staging import Receipt, Stage

ONE_AT_A_TIME = 0x696D706F  # advisory lock: a second import waits for the first
WINDOW = 4000  # receipts put in turns together
AHEAD = timedelta(minutes=5)
FORMULA = re.compile(r"\s*[=+@-]")
NUMBER = re.compile(r"[+-]?\d+")


@dataclass(slots=True)
class Summary:
    """What became of a file. The first three count what of it is in the books afterwards; `rejected` are rows."""

    purchases: int = 0
    members: int = 0
    partners: int = 0
    added: int = 0
    rejected: int = 0
    reasons: list[tuple[str, int]] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        names = ("purchases", "members", "partners", "added", "rejected")
        return {name: getattr(self, name) for name in names}


@dataclass
class Run:
    """One import on its way: the staged file, the moment it counts as, and what it has come to so far."""

    stage: Stage
    at: datetime
    new_id: Callable[[], UUID]
    progress: Progress
    shops: dict[str, Place] = field(default_factory=dict)
    terms: dict[UUID, Terms] = field(default_factory=dict)
    revision: int = -1
    households: set[str] = field(default_factory=set)
    partners: set[UUID | str] = field(default_factory=set)
    purchases: int = 0
    added: int = 0


def run(file: Path, rejects: Path | None, dry_run: bool, progress: Progress) -> Summary:
    """Import a file; rows that cannot be booked go to `rejects`. Raises Unreadable before anything is booked."""
    at = datetime.now(UTC)
    with _own_connection() as connection, file.open("rb") as raw:
        going = Run(Stage(connection), at, in_order(at), progress)
        _stage(going, raw)
        task = progress.add_task("Booking", total=going.stage.receipts_left())
        if not dry_run:
            _prepare(going)
        for window in going.stage.receipts(WINDOW):
            (_rehearse if dry_run else _book)(going, window, task)
        reasons = _reject(going.stage, rejects)
    return Summary(
        going.purchases, len(going.households), len(going.partners), going.added, sum(reasons.values()),
        reasons.most_common(),
    )  # fmt: skip


@contextmanager
def _own_connection() -> Iterator[psycopg.Connection[Any]]:
    """A connection outside every transaction: a long one would keep the sealer from sealing. It is closed, not
    given back, so its temporary table and its lock go with it, also when the process is killed."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as borrowed:
        connection = borrowed.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        try:
            _take_turn(connection)
            yield connection
        finally:
            borrowed.invalidate()


def _take_turn(connection: psycopg.Connection[Any]) -> None:
    """Wait for another import to end; two at once would make the same members."""
    free = connection.execute("SELECT pg_try_advisory_lock(%s)", (ONE_AT_A_TIME,)).fetchone()
    if free != (True,):
        click.echo("emma: waiting for another import to end.", err=True)
        connection.execute("SELECT pg_advisory_lock(%s)", (ONE_AT_A_TIME,))


def _stage(going: Run, raw: BinaryIO) -> None:
    task = going.progress.add_task("Reading", total=None)
    names, default = transact(places.zones)
    zone_of = cache(lambda shop: ZoneInfo(names.get(shop, default)))
    with opened(raw) as text:
        going.stage.fill(
            rows(text), zone_of, going.at + AHEAD, lambda line: going.progress.update(task, completed=line)
        )
    going.progress.update(task, total=going.progress.tasks[task].completed)


def _prepare(going: Run) -> None:
    """Partners, shops, tills and catalogue, before the first purchase needs their terms."""
    for shop in going.stage.shops():
        sold = places.Catalogue(going.stage.categories(shop), going.stage.products(shop))
        work = partial(places.prepare, name=shop, sold=sold, at=going.at, new_id=going.new_id)
        going.shops[shop] = transact(work)


def _book(going: Run, window: list[Receipt], task: TaskID) -> None:
    for shop, receipts in booking.turns(window):
        place = going.shops[shop]
        terms = _terms(going, place.partner_id)
        work = partial(
            booking.book, place=place, receipts=receipts, terms=terms, at=going.at, new_id=going.new_id,
            entropy=os.urandom,
        )  # fmt: skip
        try:
            outcomes = transact(work)
        except psycopg.errors.UniqueViolation:  # a card number was taken: other ones will not be
            outcomes = transact(work)
        _tell(going, place.partner_id, receipts, outcomes)
        going.progress.update(task, advance=len(receipts))


def _terms(going: Run, partner_id: UUID) -> Terms:
    """The partner's terms as they are now; in a transaction of their own, for they keep a snapshot of the rules."""
    revision = transact(contracts.revision)
    if revision != going.revision:
        going.terms, going.revision = {}, revision
    if partner_id not in going.terms:
        going.terms[partner_id] = transact(partial(contracts.terms_for, partner_id=partner_id, at=going.at))
    return going.terms[partner_id]


def _rehearse(going: Run, window: list[Receipt], task: TaskID) -> None:
    for shop, receipts in booking.turns(window):
        _tell(going, shop, receipts, transact(partial(booking.rehearse, shop=shop, receipts=receipts)))
        going.progress.update(task, advance=len(receipts))


def _tell(going: Run, partner: UUID | str, receipts: list[Receipt], outcomes: list[bool | str]) -> None:
    """Count what was booked and give the rest back to the stage with its reasons."""
    refused = []
    for receipt, outcome in zip(receipts, outcomes, strict=True):
        if isinstance(outcome, str):
            refused.append((receipt, outcome))
            continue
        going.purchases += 1
        going.added += outcome
        going.households.add(receipt.household)
        going.partners.add(partner)
    if refused:
        going.stage.refuse(refused)


def _reject(stage: Stage, path: Path | None) -> Counter[str]:
    """Write the reject file, whole or not at all, and count reasons. Without rejects an old one becomes empty."""
    reasons: Counter[str] = Counter()
    if path is None or (not path.exists() and not stage.rejects()):
        reasons.update(reason for _, reason, _ in stage.rejected())
        return reasons
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "reason", *COLUMNS))
        for line, reason, fields in stage.rejected():
            reasons[reason] += 1
            writer.writerow((line, reason, *map(_harmless, fields)))
    fresh.replace(path)
    return reasons


def _harmless(text: str) -> str:
    """A spreadsheet computes what begins like a formula: an apostrophe makes it text."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
