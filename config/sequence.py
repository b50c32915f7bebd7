"""Ids for work that books many things at one moment: they sort in the order they were made."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from loyalty.rules.ids import uuid7

A_MILLISECOND = 4096  # ids that fit into one in order: UUIDv7's 12 bits behind the time


def in_order(at: datetime, entropy: Callable[[int], bytes] = os.urandom) -> Callable[[], UUID]:
    """A source of UUIDv7 from `at` on, each greater than the one before; `entropy(n)` gives n random bytes."""
    numbers = count()

    def new_id() -> UUID:
        milliseconds, place = divmod(next(numbers), A_MILLISECOND)
        tail = place << 68 | int.from_bytes(entropy(8), "big") >> 2
        return uuid7(at + timedelta(milliseconds=milliseconds), tail.to_bytes(10, "big"))

    return new_id
