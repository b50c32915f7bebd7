"""Offline queues of 500 purchases sent by a few tills at once. The bodies are prepared before the clock starts."""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from tests.bench import basket, seed, till
from tests.bench.stage import Stage
from tests.bench.web import Web

ITEMS = 500
TILLS = 3
PREPARED = 64
RUNS = itertools.count()


@dataclass(frozen=True)
class Run:
    """Purchases a second, and how long one call of 500 took (median)."""

    per_second: float
    call_ms: float


def run(stage: Stage, web: Web, seconds: int) -> Run:
    """Send batches for some seconds. SystemExit when a purchase was refused."""
    queue = _bodies(stage, f"b{next(RUNS)}")
    lock, took_ms, faults = threading.Lock(), [], []
    start = time.monotonic()

    def send(number: int) -> None:
        with till.standing_at(stage, web, "batch", number) as one:
            while time.monotonic() < start + seconds and not faults:
                with lock:
                    body = next(queue)
                begun = time.monotonic()
                reply = one.call("POST", "/purchases/batch", body)
                took_ms.append((time.monotonic() - begun) * 1e3)
                if reply.status != 200 or reply.body.count(b'"status":201') != ITEMS:
                    faults.append(f"{reply.status} {reply.body[:400]!r}")

    threads = [threading.Thread(target=send, args=(number,)) for number in range(TILLS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(f"bench: a batch was refused: {faults[0]}")
    return Run(len(took_ms) * ITEMS / (time.monotonic() - start), sorted(took_ms)[len(took_ms) // 2])


def _bodies(stage: Stage, name: str) -> Iterator[bytes]:
    ready = [body(stage, f"{name}-{number}") for number in range(PREPARED)]
    more = (body(stage, f"{name}-{number}") for number in itertools.count(PREPARED))
    return itertools.chain(ready, more)


def body(stage: Stage, name: str, items: int = ITEMS) -> bytes:
    """One queue of purchases by members drawn at random."""
    at, draw = datetime.now(UTC), Random(name)
    keys = [f"{name}-{number}" for number in range(items)]
    entries = [
        {"idempotency_key": key, **basket.body(seed.card(draw.randrange(stage.members)), key, at)}
        for key in keys
    ]
    return json.dumps({"items": entries}, ensure_ascii=False).encode()
