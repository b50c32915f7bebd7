"""Load from wrk: eight connections, each request a new key and receipt; what it measured and what it cost itself."""

import itertools
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench import basket, seed
from tests.bench.stage import Stage
from tests.bench.web import Web

CONNECTIONS = 8
THREADS = 1
SCRIPT = Path(__file__).with_suffix(".lua")
MOST_SHARE = 0.25  # of the machine: above it the client, not the server, was measured
MISSING = "bench: wrk is missing; `apt-get install wrk` brings it."
NUMBERS = itertools.count()


class Refused(Exception):
    """Answers were errors: a fast refusal is no measurement."""


@dataclass(frozen=True)
class Run:
    """One run: answers a second, latencies in milliseconds, wrk's own share of the machine."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    client_s: float
    wall_s: float

    @property
    def client_share(self) -> float:
        """Which part of all cores wrk itself took."""
        return self.client_s / (self.wall_s * (os.cpu_count() or 1))

    @property
    def counts(self) -> bool:
        """Whether the server was what was measured."""
        return self.client_share <= MOST_SHARE


def available() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def facts(stage: Stage) -> Path:
    """What the script must know of the stage, as a file of Lua."""
    path = stage.folder / "facts.lua"
    keys = ", ".join(f'"{key}"' for key in stage.keys)
    rest = json.dumps(
        {"lines": basket.LINES, "total_cents": basket.TOTAL_CENTS, "channel": "counter", "staff": "7"},
        ensure_ascii=False,
    )
    path.write_text(
        f"KEYS = {{{keys}}}\nMEMBERS = {stage.members}\nPIN = '{seed.PIN}'\nBASKET = [==[{rest[1:]}]==]\n"
    )
    return path


def run(stage: Stage, web: Web, kind: str, path: str, seconds: int, connections: int = CONNECTIONS) -> Run:
    """Send calls of one kind for some seconds. Raises Refused when any answer was an error."""
    name = f"w{os.getpid()}-{next(NUMBERS)}"
    line = ["wrk", f"-t{THREADS}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    line += ["-s", str(SCRIPT), f"http://127.0.0.1:{web.port}", "--", str(facts(stage)), kind, path, name]
    before = os.times()
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    after = os.times()
    spent_s = after.children_user + after.children_system - before.children_user - before.children_system
    found = [text for text in done.stdout.splitlines() if text.startswith("FOUND ")]
    if done.returncode or not found:
        raise Refused(f"wrk on {path}: {done.stdout} {done.stderr}")
    seen = json.loads(found[0].removeprefix("FOUND "))
    if seen["refused"] or seen["broken"] or not seen["requests"]:
        raise Refused(f"wrk on {path}: {seen}")
    wall_s = seen["us"] / 1e6
    return Run(
        seen["requests"] / wall_s,
        seen["p50_us"] / 1e3,
        seen["p95_us"] / 1e3,
        seen["p99_us"] / 1e3,
        spent_s,
        wall_s,
    )
