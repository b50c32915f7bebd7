"""A till in Python: for single calls and prepared batches, where what comes back is looked at."""

import http.client
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.bench import basket, seed
from tests.bench.stage import Stage
from tests.bench.web import Web

API = "/api/v1"


@dataclass(frozen=True)
class Reply:
    """What a call brought."""

    status: int
    headers: dict[str, str]
    body: bytes

    def data(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass
class Till:
    """One connection of one till. `name` makes its keys and receipts its own."""

    connection: http.client.HTTPConnection
    key: str
    name: str
    count: Iterator[int] = field(default_factory=itertools.count)

    def call(self, method: str, path: str, body: Any = None, idempotency_key: str | None = None) -> Reply:
        """One call; `body` is JSON already or will be."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        content = body if isinstance(body, bytes | None) else json.dumps(body)
        self.connection.request(method, API + path, content, headers)
        answer = self.connection.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def purchase(self, member: int) -> tuple[str, dict[str, Any]]:
        """A new key and the purchase to be posted under it."""
        name = f"{self.name}-{next(self.count)}"
        return name, basket.body(seed.card(member), name, datetime.now(UTC))

    def buy(self, member: int, path: str = "/purchases") -> Reply:
        """Post one purchase that nobody posted before."""
        key, body = self.purchase(member)
        return self.call("POST", path, body, key)


@contextmanager
def standing_at(stage: Stage, web: Web, name: str, number: int = 0) -> Iterator[Till]:
    """The till with this number, connected."""
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    try:
        yield Till(connection, stage.keys[number % len(stage.keys)], name)
    finally:
        connection.close()
