"""What one purchase costs the database: round trips, statements, rows; and the same work as a script for pgbench."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.bench import pgbench, rows, sample, script, till, web, wire
from tests.bench.stage import Stage

WARM = 30
COUNTED = 100
WRITES = "INSERT INTO purchase"
PATHS = {"endpoint": "/purchases", "naive": "/bench/naive"}


@dataclass(frozen=True)
class Cost:
    """By purchase: waits for the server as heard on the wire, statements in the server's log, rows by table."""

    waits: list[int]
    statements: list[int]
    rows: dict[str, float]


def costs(stage: Stage) -> tuple[dict[str, Cost], Path]:
    """The endpoint's and the naive way's cost, pgbench's rows, and the script that pgbench runs."""
    found, operation = {}, ()
    for name, path in PATHS.items():
        found[name], operations = _cost(stage, name, path)
        if name == "endpoint":
            operation = sample.typical(operations)
    file = stage.folder / "purchase.sql"
    file.write_text(script.written(stage, operation))
    before = rows.written(stage)
    pgbench.some(stage, file, COUNTED)
    found["pgbench"] = Cost([], [], rows.each(before, rows.written(stage), COUNTED))
    return found, file


def _cost(stage: Stage, name: str, path: str) -> tuple[Cost, list[tuple[sample.Statement, ...]]]:
    """Post purchases one after the other through the wire tap, first with, then without the server's log."""
    logged = _posted(stage, f"log-{name}", path, log=True)[1]
    before: Counter[str] = rows.written(stage)
    trips = _posted(stage, f"wire-{name}", path, log=False)[0]
    each = rows.each(before, rows.written(stage), WARM + COUNTED)
    return Cost(trips, [len(one) for one in logged], each), logged


def _posted(
    stage: Stage, name: str, path: str, log: bool
) -> tuple[list[int], list[tuple[sample.Statement, ...]]]:
    trips = []
    with (
        wire.tapped(stage) as (tap, url),
        web.serving(stage, url) as served,
        till.standing_at(stage, served, name) as one,
    ):
        for number in range(WARM):
            _post(one, number, path)
        with sample.logged(stage, log):
            for number in range(COUNTED):
                before = tap.round_trips
                _post(one, WARM + number, path)
                trips.append(tap.round_trips - before)
    return trips, sample.operations(stage, WRITES)[-COUNTED:] if log else []


def _post(one: till.Till, number: int, path: str) -> None:
    reply = one.buy(number, path)
    if reply.status != 201:
        raise SystemExit(f"bench: {path} answered {reply}")
