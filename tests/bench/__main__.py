"""make bench: first whether it is right, then how fast. 0 all floors reached, 1 not, 2 something is missing."""

import argparse
import sys
import time
from pathlib import Path

from tests.bench import figures, load, pgbench, proof, rounds, settlement, stage, trips, web

MEMBERS, TRANSFERS = 10_000, 1_000_000
KEPT = Path("instance") / "bench.json"


def main() -> int:
    """Run it all; the exit code."""
    given = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    given.add_argument("--rounds", type=int, default=5)
    given.add_argument("--seconds", type=int, default=7, help="of the longest legs of a round")
    given.add_argument("--members", type=int, default=MEMBERS)
    given.add_argument("--transfers", type=int, default=TRANSFERS, help="of the month that is settled")
    arguments = given.parse_args()
    if not load.available():
        print(load.MISSING, file=sys.stderr)
        return 2
    began = time.monotonic()
    with stage.opened(arguments.members) as here:
        print(
            f"{arguments.members:,} members in {time.monotonic() - began:.0f} s; PostgreSQL in {here.folder}"
        )
        try:
            with web.serving(here) as served:
                proof.prove(here, served)
            costs, script = trips.costs(here)
            same_rows(costs)
            proof.books(here)
            print("right: replays byte for byte, twins once, same rows everywhere, books audited", flush=True)
            pgbench.prepare(here)
            with web.serving(here) as served:
                warm(here, served)
                found = rounds.measured(here, served, script, arguments.rounds, arguments.seconds)
            proof.books(here, audit=False)
            scan_over_closing = settlement.closed(arguments.transfers, rounds=3)
        except (proof.Wrong, load.Refused) as wrong:
            print(f"bench: WRONG: {wrong}", file=sys.stderr)
            return 1
    ratios = figures.ratios(found, costs) | {"scan_over_closing": scan_over_closing}
    figures.show(found, costs, ratios)
    figures.keep(KEPT, found, costs, ratios)
    missed = figures.missed(found, ratios) + settlement.missed(scan_over_closing)
    print(f"\n{time.monotonic() - began:.0f} s; figures in {KEPT}")
    for sentence in missed:
        print(f"bench: MISSED: {sentence}", file=sys.stderr)
    return 1 if missed else 0


def same_rows(costs: dict[str, trips.Cost]) -> None:
    """pgbench, the naive way and the endpoint write the same rows for a purchase, or nothing can be compared."""
    if not costs["endpoint"].rows == costs["pgbench"].rows == costs["naive"].rows:
        raise proof.Wrong(f"rows differ: { {name: cost.rows for name, cost in costs.items()} }")


def warm(here: stage.Stage, served: web.Web) -> None:
    """Fill caches and prepare statements on every connection before anything counts."""
    for path in ("/purchases", "/bench/ceiling", "/bench/bare", "/bench/naive"):
        load.run(here, served, "buy", f"/api/v1{path}", 2)


if __name__ == "__main__":
    sys.exit(main())
