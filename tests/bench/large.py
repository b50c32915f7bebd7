"""make bench-large: purchase, scan and redemption among a million members take no longer than among ten thousand."""

import argparse
import shutil
import sys
import time
from contextlib import ExitStack
from random import Random
from statistics import median, quantiles
from typing import Any

from tests.bench import large_seed, proof, seed, stage, till, web

MOST = 1.5  # times as long
SMALL = 10_000
FREE_BYTES = 25 * 2**30
PROBES = ("purchase", "scan", "redemption")


def main() -> int:
    """Run it all; the exit code."""
    given = argparse.ArgumentParser(prog="python -m tests.bench.large", description=__doc__)
    given.add_argument("--members", type=int, default=1_000_000)
    given.add_argument("--purchases", type=int, default=5, help="of each member")
    given.add_argument("--probes", type=int, default=400, help="of each kind in each of five turns")
    arguments = given.parse_args()
    began = time.monotonic()
    with ExitStack() as stack:
        towns: dict[str, tuple[stage.Stage, till.Till]] = {}
        for name, members in (("small", SMALL), ("large", arguments.members)):
            here = stack.enter_context(stage.opened(members, bulk=True))
            if shutil.disk_usage(here.folder).free < FREE_BYTES * arguments.members // 1_000_000:
                print(f"bench: {here.folder} has not enough room for this.", file=sys.stderr)
                return 2
            large_seed.fill(here, members, arguments.purchases)
            proof.books(here, audit=False)
            print(f"{members:,} members, {_size(here)}, after {time.monotonic() - began:.0f} s", flush=True)
            served = stack.enter_context(web.serving(here))
            towns[name] = here, stack.enter_context(till.standing_at(here, served, name))
        took = _probed(towns, arguments.probes)
    print(f"{time.monotonic() - began:.0f} s")
    return _told(took)


def _probed(
    towns: dict[str, tuple[stage.Stage, till.Till]], count: int
) -> dict[tuple[str, str], list[float]]:
    """Milliseconds of single calls, one client, the two towns in turn for every single call."""
    draw = Random(2026)
    took: dict[tuple[str, str], list[float]] = {(kind, name): [] for kind in PROBES for name in towns}
    for kind in PROBES:
        for place in towns.values():  # connections, prepared statements, caches
            for _ in range(100):
                _call(kind, *place, draw)
    for _turn in range(5):
        for kind in PROBES:
            for _ in range(count):
                for name, place in towns.items():
                    took[kind, name].append(_call(kind, *place, draw))
    return took


def _call(kind: str, here: stage.Stage, one: till.Till, draw: Random) -> float:
    member = draw.randrange(1, here.members)
    key, body = one.purchase(member)
    calls: dict[str, tuple[Any, ...]] = {
        "purchase": ("POST", "/purchases", body, key),
        "scan": ("GET", f"/cards/{seed.card(member)}"),
        "redemption": (
            "POST",
            "/redemptions",
            {"card": seed.card(member), "pin": seed.PIN, "points": 5},
            key,
        ),
    }
    begun = time.perf_counter()
    reply = one.call(*calls[kind])
    took_ms = (time.perf_counter() - begun) * 1e3
    if reply.status not in (200, 201):
        raise SystemExit(f"bench: {kind} brought {reply}")
    return took_ms


def _told(took: dict[tuple[str, str], list[float]]) -> int:
    print("\nmilliseconds        small p50      p95   large p50      p95    ratio of medians")
    slow = []
    for kind in PROBES:
        small, large = took[kind, "small"], took[kind, "large"]
        ratio = median(large) / median(small)
        print(
            f"{kind:<18}{median(small):>11.2f}{_p95(small):>9.2f}{median(large):>12.2f}{_p95(large):>9.2f}{ratio:>20.2f}"
        )
        if ratio > MOST:
            slow.append(f"bench: MISSED: a {kind} takes {ratio:.2f} times as long; at most {MOST}.")
    for sentence in slow:
        print(sentence, file=sys.stderr)
    return 1 if slow else 0


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[18]


def _size(here: stage.Stage) -> str:
    with here.connect() as connection:
        row = connection.execute(
            "SELECT pg_size_pretty(pg_database_size(current_database())), (SELECT count(*) FROM purchase)"
        ).fetchone()
    assert row is not None
    return f"{row[1]:,} purchases in {row[0]}"


if __name__ == "__main__":
    sys.exit(main())
