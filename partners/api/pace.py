"""How often somebody may ask: a fixed window per name, in this process's memory.

A counter in a dict, because the library for it starts a thread to forget every few calls: more than a call may cost.
"""

import time
from collections.abc import Callable

MOST_NAMES = 10_000


class Pace:
    """At most `limit` calls of one name within a window of `seconds`. `clock` gives monotonic seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.clock = clock
        self.window = 0
        self.counts: dict[str, int] = {}

    def hit(self, name: str, limit: int) -> bool:
        """Count a call; whether it is still within the limit."""
        self._turn()
        if len(self.counts) >= MOST_NAMES:
            self.counts.clear()  # an attacker's many names must not fill the memory
        count = self.counts[name] = self.counts.get(name, 0) + 1
        return count <= limit

    def open(self, name: str, limit: int) -> bool:
        """Whether another call would be within the limit; counts nothing."""
        self._turn()
        return self.counts.get(name, 0) < limit

    def _turn(self) -> None:
        window = int(self.clock() / self.seconds)
        if window != self.window:
            self.window = window
            self.counts.clear()
