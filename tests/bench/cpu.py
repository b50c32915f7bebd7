"""Who used the machine meanwhile: the web server, PostgreSQL, the load's source, and what nobody of them explains."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import psutil

from tests.bench.stage import Stage
from tests.bench.web import Web

T = TypeVar("T")


@dataclass(frozen=True)
class Split:
    """Seconds of CPU by who used them, during `wall_s` on so many cores."""

    wall_s: float
    cores: int
    busy_s: float
    web_s: float
    postgres_s: float
    client_s: float

    @property
    def unattributed_s(self) -> float:
        """The machine's total less these: other programs, interrupts."""
        return self.busy_s - self.web_s - self.postgres_s - self.client_s

    def shares(self) -> dict[str, float]:
        """Each part of all that the machine could have given."""
        whole = self.wall_s * self.cores
        parts = (("web", self.web_s), ("postgres", self.postgres_s), ("client", self.client_s),
                 ("unattributed", self.unattributed_s))  # fmt: skip
        return {name: seconds / whole for name, seconds in parts}


def during(stage: Stage, web: Web, work: Callable[[], T]) -> tuple[T, Split]:
    """What `work` gives, and who used the machine while it ran. Programs that it starts, and itself, are the client."""
    before, start = _seen(stage, web), time.monotonic()
    done = work()
    time.sleep(0.1)  # sessions that just ended are counted once their parent knows
    after, end = _seen(stage, web), time.monotonic()
    spent = [late - early for early, late in zip(before, after, strict=True)]
    return done, Split(end - start, os.cpu_count() or 1, *spent)


def _seen(stage: Stage, web: Web) -> tuple[float, float, float, float]:
    machine, own = psutil.cpu_times(), os.times()
    idle = machine.idle + getattr(machine, "iowait", 0.0) + getattr(machine, "steal", 0.0)
    guests = getattr(machine, "guest", 0.0) + getattr(
        machine, "guest_nice", 0.0
    )  # counted in user and nice already
    busy_s = sum(machine) - idle - guests
    client_s = own.user + own.system + own.children_user + own.children_system
    return busy_s, _family(web.pid), _family(stage.server.postmaster()), client_s


def _family(pid: int) -> float:
    """A process and all its children, also those that have ended."""
    parent = psutil.Process(pid)
    seconds = float(sum(parent.cpu_times()[:4]))
    for child in parent.children(recursive=True):
        try:
            seconds += sum(child.cpu_times()[:2])
        except psutil.Error:  # ended between listing and asking
            continue
    return seconds
