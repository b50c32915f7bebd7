"""Rounds: everything measured one after the other, so that what is compared ran in the same minute."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import batch, cpu, load, pgbench
from tests.bench.stage import Stage
from tests.bench.web import Web


@dataclass(frozen=True)
class Leg:
    """One measurement and who used the machine meanwhile."""

    run: Any
    split: cpu.Split

    @property
    def counts(self) -> bool:
        """Whether what was meant to be measured was."""
        return not isinstance(self.run, load.Run) or self.run.counts


@dataclass
class Round:
    """One leg of each kind, by name."""

    legs: dict[str, Leg] = field(default_factory=dict)

    def over(self, one: str, other: str) -> float | None:
        """How many times as fast; None when one of them does not count."""
        if not self.legs[one].counts or not self.legs[other].counts:
            return None
        return float(self.legs[one].run.per_second / self.legs[other].run.per_second)


def measured(stage: Stage, web: Web, script: Path, rounds: int, seconds: int) -> list[Round]:
    """So many rounds; every other one the other way round. `seconds`: of the longest legs."""
    short = max(2, seconds // 2)

    def http(kind: str, path: str, lasting: int) -> Callable[[], load.Run]:
        return lambda: load.run(stage, web, kind, f"/api/v1{path}", lasting)

    legs: dict[str, Callable[[], Any]] = {
        "pgbench": lambda: pgbench.purchases(stage, script, seconds),
        "batch": lambda: batch.run(stage, web, seconds),
        "ceiling": http("buy", "/bench/ceiling", seconds),
        "single": http("buy", "/purchases", seconds),
        "bare": http("buy", "/bench/bare", seconds),
        "naive": http("buy", "/bench/naive", seconds),
        "empty": http("buy", "/bench/empty", short),
        "scan": http("scan", "/cards/", short),
        "redeem": http("redeem", "/redemptions", short),
        "tpcb": lambda: pgbench.tpcb(stage, short),
    }
    found = []
    for number in range(rounds):
        names = list(legs) if number % 2 == 0 else list(reversed(legs))
        one = Round()
        for name in names:
            one.legs[name] = Leg(*cpu.during(stage, web, legs[name]))
        found.append(one)
        print(
            f"round {number + 1}: " + ", ".join(f"{n} {one.legs[n].run.per_second:,.0f}/s" for n in legs),
            flush=True,
        )
    return found
