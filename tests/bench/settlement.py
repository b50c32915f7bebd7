"""make bench-settlement: a month of millions of transfers is closed out of its flows, not out of its transfers."""

import argparse
import os
import shutil
import sys
import tempfile
import time

from tests.bench import settlement_closing as closings
from tests.bench import settlement_run, settlement_stage
from tests.bench.figures import Figure, figure
from tests.bench.proof import Wrong

PARTNERS, TRANSFERS = 40, 5_000_000
MANY_PARTNERS, THEIR_TRANSFERS = 500, 1_000_000
LEAST_TIMES = 50  # a scan of the transfers must take so many times as long as closing
GATHERED_AT_ONCE = 50_000
BYTES_A_TRANSFER = 1_600
PURPOSE = {
    "closing": "out of the flows, as a run does it",
    "raw": "out of the transfers (flows.raw)",
    "least": "the leanest scan, no VAT rates",
}


def main() -> int:
    """Run it all; the exit code."""
    given = argparse.ArgumentParser(prog="python -m tests.bench.settlement", description=__doc__)
    given.add_argument("--transfers", type=int, default=TRANSFERS, help="of the month among forty partners")
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument(
        "--run-transfers", type=int, default=THEIR_TRANSFERS, help="of the run among 500; 0: no run"
    )
    arguments = given.parse_args()
    most = max(arguments.transfers, arguments.run_transfers)
    if shutil.disk_usage(tempfile.gettempdir()).free < most * BYTES_A_TRANSFER:
        print("bench: there is not enough room for this.", file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        if arguments.run_transfers:  # first: the peak of memory is that of the process
            whole_run(arguments.run_transfers)
        ratio = closed(arguments.transfers, arguments.rounds)
    except Wrong as wrong:
        print(f"bench: WRONG: {wrong}", file=sys.stderr)
        return 1
    print(f"\n{time.monotonic() - began:.0f} s")
    sentences = missed(ratio)
    for sentence in sentences:
        print(f"bench: MISSED: {sentence}", file=sys.stderr)
    return 1 if sentences else 0


def closed(transfers: int, rounds: int) -> Figure:
    """Gather, close and scan a month; how many times as long as closing the scan takes."""
    with settlement_stage.opened(PARTNERS, transfers, sealed=True) as month:
        gather_s = settlement_stage.gathered(month, GATHERED_AT_ONCE)
        rows = month.one("SELECT count(*) FROM flow")
        print(
            f"gathered in {gather_s:.0f} s, {transfers / gather_s:,.0f} transfers/s: {rows:,} rows",
            flush=True,
        )
        taken = closings.measured(month, rounds)
    print("\nseconds                                  median      min      max   times as long as closing")
    for name, purpose in PURPOSE.items():
        one, times = _of(taken.seconds[name]), _of(taken.over_closing(name))
        print(f"{purpose:<38}{one.median:>9.3f}{one.least:>9.3f}{one.most:>9.3f}"
              f"{times.median:>12,.0f} ({times.least:,.0f}–{times.most:,.0f})")  # fmt: skip
    print(f"the same positions, figures and matrix each time; load {min(taken.loads):.1f}–{max(taken.loads):.1f} "
          f"on {os.cpu_count()} cores")  # fmt: skip
    return _of(taken.over_closing("raw"))


def whole_run(transfers: int) -> None:
    """A run among many partners, step by step."""
    with settlement_stage.opened(MANY_PARTNERS, transfers, sealed=False) as month:
        load = os.getloadavg()[0]
        run = settlement_run.settled(month)
    print("\nseconds of a run")
    for name, seconds in run.seconds.items():
        rate = f"{transfers / seconds:>12,.0f} transfers/s" if name in ("seal", "gather") else ""
        print(f"{name:<20}{seconds:>9.1f}{rate}")
    print(f"{'all':<20}{sum(run.seconds.values()):>9.1f}")
    print("rows: " + ", ".join(f"{name} {count:,}" for name, count in run.rows.items()))
    print(f"memory: {run.peak_mb:.0f} MB at most, {run.before_mb:.0f} MB before; load {load:.1f}")
    print("the same positions, figures and matrix as out of the transfers", flush=True)


def missed(ratio: Figure) -> list[str]:
    """One sentence when the floor was not reached."""
    if ratio.median >= LEAST_TIMES:
        return []
    return [f"scan_over_closing is {ratio.median:.0f}; it must be at least {LEAST_TIMES}."]


def _of(values: list[float]) -> Figure:
    found = figure(values)
    assert found is not None
    return found


if __name__ == "__main__":
    sys.exit(main())
