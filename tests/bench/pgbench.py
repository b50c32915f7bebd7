"""pgbench from the wheel: transactions per second of a script, or of its own TPC-B-like one."""

import itertools
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.embedded import SUPERUSER
from tests.bench.script import CLIENTS
from tests.bench.stage import DATABASE, Stage

TPCB = "tpcb"
SCALE = 50
RUNS = itertools.count(os.getpid() * 1000)


@dataclass(frozen=True)
class Run:
    """One run: transactions a second, mean latency in milliseconds, pgbench's own CPU seconds."""

    per_second: float
    mean_ms: float
    client_s: float


def purchases(stage: Stage, script: Path, seconds: int) -> Run:
    """The script with eight clients and prepared statements."""
    return _run(stage, DATABASE, ["-f", str(script), "-n", "-T", str(seconds)])


def some(stage: Stage, script: Path, transactions: int) -> None:
    """So many transactions of one client, to count what they write."""
    _run(stage, DATABASE, ["-f", str(script), "-n", "-t", str(transactions), "-c", "1", "-j", "1"])


def prepare(stage: Stage) -> None:
    """Make the tables of the TPC-B-like script."""
    with stage.connect() as connection:
        connection.execute(f"CREATE DATABASE {TPCB}")
    _call(stage, [TPCB, "-i", "-q", "-I", "dtGvp", "-s", str(SCALE)])


def tpcb(stage: Stage, seconds: int) -> Run:
    """pgbench's own measure of this machine, for comparison with others."""
    return _run(stage, TPCB, ["-b", "tpcb-like", "-s", str(SCALE), "-n", "-T", str(seconds)])


def _run(stage: Stage, database: str, arguments: list[str]) -> Run:
    before = os.times()
    said = _call(stage, [
        database, "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-D", f"run={next(RUNS)}", "-D", "n=0", *arguments,
    ])  # fmt: skip
    after = os.times()
    rate = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
    mean = re.search(r"^latency average = ([\d.]+)", said, re.MULTILINE)
    failed = re.search(r"^number of failed transactions: (\d+)", said, re.MULTILINE)
    if not rate or not mean or (failed and int(failed[1])):
        raise SystemExit(f"bench: pgbench did not measure: {said}")
    spent_s = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(float(rate[1]), float(mean[1]), spent_s)


def _call(stage: Stage, arguments: list[str]) -> str:
    line = [
        str(stage.server.binary("pgbench")),
        "-h",
        str(stage.server.socket_folder),
        "-U",
        SUPERUSER,
        *arguments,
    ]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode or "aborted" in done.stderr:
        raise SystemExit(f"bench: pgbench failed: {done.stderr[-2000:]}")
    return done.stdout
