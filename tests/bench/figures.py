"""Figures out of rounds: medians with their least and most, what they must reach, and how they are shown and kept."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import load
from tests.bench.rounds import Round
from tests.bench.trips import Cost

RATIOS = {
    "single_over_ceiling": ("single", "ceiling"),
    "bare_over_ceiling": ("bare", "ceiling"),
    "single_over_bare": ("single", "bare"),
    "single_over_naive": ("single", "naive"),
    "batch_over_pgbench": ("batch", "pgbench"),
    "ceiling_over_pgbench": ("ceiling", "pgbench"),
    "single_over_pgbench": ("single", "pgbench"),
    "ceiling_over_empty": ("ceiling", "empty"),
}
FLOORS = {
    "single_over_ceiling": 0.35,
    "single_over_naive": 3.0,
    "batch_over_pgbench": 0.6,
    "ceiling_over_pgbench": 0.2,
}
MOST_ROUND_TRIPS = 3
LEAST_ROUNDS = 5
PURPOSE = {
    "pgbench": "the same rows, pgbench alone",
    "batch": "purchases in batches of 500",
    "ceiling": "the same call without a database",
    "single": "POST /purchases",
    "bare": "the same statements, no rules",
    "naive": "the same, ORM objects",
    "empty": "an empty answer of Flask",
    "scan": "GET /cards/{card}",
    "redeem": "POST /redemptions with PIN",
    "tpcb": "pgbench's own TPC-B-like, scale 50",
}


@dataclass(frozen=True)
class Figure:
    """Median, least and most of some rounds."""

    median: float
    least: float
    most: float

    def data(self) -> dict[str, float]:
        """As it is kept."""
        return {"median": round(self.median, 4), "min": round(self.least, 4), "max": round(self.most, 4)}


def figure(values: Iterable[float | None]) -> Figure | None:
    """Of those that count; None when there are none."""
    counted = [value for value in values if value is not None]
    return Figure(median(counted), min(counted), max(counted)) if counted else None


def ratios(rounds: list[Round], costs: dict[str, Cost]) -> dict[str, Figure | None]:
    """Every ratio over the rounds in which both sides count, and the round trips of a purchase."""
    found = {name: figure(one.over(*sides) for one in rounds) for name, sides in RATIOS.items()}
    # Each statement in the server's log is one round trip at most; the wire tells whether it really was one.
    found["round_trips"] = figure(costs["endpoint"].statements)
    found["waits_on_the_wire"] = figure(costs["endpoint"].waits)
    return found


def missed(rounds: list[Round], found: dict[str, Figure | None]) -> list[str]:
    """One sentence for each floor that was not reached."""
    sentences = []
    for name, least in FLOORS.items():
        counted = sum(1 for one in rounds if one.over(*RATIOS[name]) is not None)
        reached = found[name]
        if counted < min(LEAST_ROUNDS, len(rounds)) or reached is None:
            sentences.append(
                f"{name}: only {counted} rounds count; in the others wrk took too much of the machine."
            )
        elif reached.median < least:
            sentences.append(f"{name} is {reached.median:.2f}; it must be at least {least}.")
    trips = found["round_trips"]
    if trips is None or trips.median > MOST_ROUND_TRIPS:
        sentences.append(f"round_trips is {trips and trips.median}; it must be at most {MOST_ROUND_TRIPS}.")
    return sentences


def show(rounds: list[Round], costs: dict[str, Cost], found: dict[str, Figure | None]) -> None:
    """Tables on stdout."""
    print("\nper second                                median      min      max   p50 ms   p95 ms   p99 ms")
    for name, purpose in PURPOSE.items():
        rate = figure(one.legs[name].run.per_second for one in rounds)
        assert rate is not None
        print(
            f"{purpose:<40}{rate.median:>8,.0f} {rate.least:>8,.0f} {rate.most:>8,.0f}{_latency(rounds, name)}"
        )
    print("\nCPU, share of the machine                    web postgres   client  unattributed")
    for name, purpose in PURPOSE.items():
        shares = [one.legs[name].split.shares() for one in rounds]
        means = {part: median(share[part] for share in shares) for part in shares[0]}
        print(f"{purpose:<40}" + "".join(f"{means[part]:>9.0%}" for part in ("web", "postgres", "client"))
              + f"{means['unattributed']:>14.0%}")  # fmt: skip
    most = max(
        leg.run.client_share for one in rounds for leg in one.legs.values() if isinstance(leg.run, load.Run)
    )
    print(f"wrk took at most {most:.1%} of the machine; above {load.MOST_SHARE:.0%} a leg does not count")
    print("\none purchase              " + "".join(f"{name:>12}" for name in costs))
    for row in sorted({row for cost in costs.values() for row in cost.rows}):
        print(f"  {row:<24}" + "".join(f"{cost.rows.get(row, 0):>12g}" for cost in costs.values()))
    for label, part in (("statements (server log)", "statements"), ("waits (wire)", "waits")):
        print(f"  {label:<24}" + "".join(_spread(figure(getattr(cost, part))) for cost in costs.values()))
    print("\nratios of paired rounds                  median      min      max")
    for name, one in found.items():
        if one:
            floor = f"   at least {FLOORS[name]}" if name in FLOORS else ""
            print(f"{name:<40}{one.median:>7.2f} {one.least:>8.2f} {one.most:>8.2f}{floor}")


def keep(path: Path, rounds: list[Round], costs: dict[str, Cost], found: dict[str, Figure | None]) -> None:
    """All figures as JSON."""
    content: dict[str, Any] = {name: one.data() for name, one in found.items() if one}
    rates = {name: figure(one.legs[name].run.per_second for one in rounds) for name in PURPOSE}
    content["per_second"] = {name: one.data() for name, one in rates.items() if one}
    content["latency_ms"] = {
        name: {
            part: medians
            for part in ("p50_ms", "p95_ms", "p99_ms")
            if (medians := _median(rounds, name, part))
        }
        for name in PURPOSE
    }
    content["cpu_shares"] = {name: [one.legs[name].split.shares() for one in rounds] for name in PURPOSE}
    content["rows"] = {name: cost.rows for name, cost in costs.items()}
    content["wrk_shares"] = {
        name: [one.legs[name].run.client_share for one in rounds]
        for name in PURPOSE
        if isinstance(rounds[0].legs[name].run, load.Run)
    }
    content["rounds"] = len(rounds)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n")


def _median(rounds: list[Round], name: str, part: str) -> float | None:
    values = [getattr(one.legs[name].run, part, None) for one in rounds]
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _latency(rounds: list[Round], name: str) -> str:
    known = [_median(rounds, name, part) for part in ("p50_ms", "p95_ms", "p99_ms")]
    return "".join(f"{value:>9.1f}" if value is not None else "        –" for value in known)


def _spread(one: Figure | None) -> str:
    return f"{'–':>12}" if one is None else f"{f'{one.median:g} ({one.least:g}–{one.most:g})':>12}"
