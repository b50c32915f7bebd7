"""What one process does at the tills: post, return, redeem, undo, and ask all of it again under the same keys."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from loyalty.rules.cardnumber import code_at, key_of
from tests.hammer.arena import Arena

EXPECTED = {
    "post": {201},
    "doubled receipt": {409},
    "shared": {201, 409},
    "return": {201, 422},
    "redeem by pin": {201, 409},
    "redeem by code": {201, 403, 409},
    "undo": {201, 409},
}


@dataclass
class Tally:
    """What happened in one process. `answers`: body by shared key, which all processes must agree on."""

    done: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)

    def count(self, what: str, status: int) -> None:
        name = f"{what} {status}"
        self.done[name] = self.done.get(name, 0) + 1


@dataclass
class Call:
    """One request that can be sent again, byte for byte."""

    path: str
    till: int
    key: str
    body: dict[str, Any]
    answer: bytes = b""


class Fighter:
    """One process's clerk: its own random numbers, and what it has done so far."""

    def __init__(self, app: Flask, arena: Arena, seed: int) -> None:
        self.client: FlaskClient = app.test_client()
        self.arena, self.seed, self.random = arena, seed, Random(seed)
        self.server_key: bytes = app.config["CARD_KEY"]
        self.tally = Tally()
        self.number = 0
        self.done: list[Call] = []
        self.purchases: list[tuple[str, Call]] = []
        self.redemptions: list[tuple[str, Call]] = []

    def fight(self, until: float) -> Tally:
        """Random blows until `until` (time.monotonic)."""
        blows: list[Callable[[], None]] = [
            self.post, self.post, self.post, self.post_doubled, self.shared, self.bring_back,
            self.redeem_by_pin, self.redeem_by_code, self.undo, self.ask_again, self.ask_otherwise,
        ]  # fmt: skip
        while time.monotonic() < until:
            self.random.choice(blows)()
        return self.tally

    def post(self) -> None:
        call = self._call("/purchases", self._basket(self._next("r")))
        if body := self._send("post", call):
            self.purchases.append((body["id"], call))

    def post_doubled(self) -> None:
        if self.purchases:
            _, first = self.random.choice(self.purchases)
            self._send("doubled receipt", Call(first.path, first.till, self._next("k"), first.body))

    def shared(self) -> None:
        """The same request from several processes at about the same moment."""
        key = f"shared-{int(time.time() * 5)}"
        basket = self._basket(key, Random(key))
        basket["purchased_at"] = datetime.fromtimestamp(int(time.time()) // 60 * 60, UTC).isoformat()
        call = Call("/purchases", 0, f"{key}-{basket['purchased_at']}", basket)
        if self._send("shared", call):
            self.tally.answers[call.key] = call.answer

    def bring_back(self) -> None:
        if self.purchases:
            number, _ = self.random.choice(self.purchases)
            line = {"line": self.random.randrange(2), "quantity": 1}
            body = {"all": True} if self.random.random() < 0.3 else {"lines": [line]}
            self._send("return", self._call(f"/purchases/{number}/returns", body))

    def redeem_by_pin(self) -> None:
        card, pin = self.random.choice(self.arena.members)
        body = {"card": card, "pin": pin, "points": self.random.randint(1, 60)}
        self._redeem("redeem by pin", body)

    def redeem_by_code(self) -> None:
        card, _ = self.random.choice(self.arena.members)
        code = code_at(key_of(self.server_key, card), int(time.time()) // 30)
        reward = {"reward_id": self.arena.reward_id} if self.random.random() < 0.5 else {"points": 7}
        self._redeem("redeem by code", {"card": card + code, **reward}, till=1)

    def _redeem(self, what: str, body: dict[str, Any], till: int | None = None) -> None:
        call = self._call("/redemptions", body, till)
        if answer := self._send(what, call):
            self.redemptions.append((answer["id"], call))

    def undo(self) -> None:
        if self.redemptions:
            number, call = self.random.choice(self.redemptions)
            self._send("undo", self._call(f"/redemptions/{number}/reversal", {}, call.till))

    def ask_again(self) -> None:
        """Promise 9: the same key and request give the same bytes."""
        if self.done:
            call = self.random.choice(self.done)
            answer = self._request(call)
            self.tally.count("asked again", answer.status_code)
            if answer.status_code != 201 or answer.data != call.answer:
                self.tally.wrong.append(
                    f"replay of {call.path} {call.key}: {answer.status_code} {answer.data!r}"
                )

    def ask_otherwise(self) -> None:
        """Promise 10: the same key with another body is refused."""
        if self.purchases:
            _, call = self.random.choice(self.purchases)
            other = Call(call.path, call.till, call.key, {**call.body, "receipt": self._next("other")})
            answer = self._request(other)
            if answer.status_code != 422:
                self.tally.wrong.append(f"another body under {call.key}: {answer.status_code}")

    def _basket(self, receipt: str, random: Random | None = None) -> dict[str, Any]:
        random = random or self.random
        bread, wine = random.randint(100, 3000), random.randint(100, 5000)
        return {
            "card": random.choice(self.arena.members)[0], "receipt": receipt,
            "purchased_at": datetime.now(UTC).isoformat(), "total_cents": bread + wine,
            "lines": [
                {"gross_cents": bread, "quantity": 3, "category": "bread"},
                {"gross_cents": wine, "quantity": 1, "category": "wine"},
            ],
        }  # fmt: skip

    def _call(self, path: str, body: dict[str, Any], till: int | None = None) -> Call:
        chosen = self.random.randrange(len(self.arena.keys)) if till is None else till
        return Call(path, chosen, self._next("k"), body)

    def _send(self, what: str, call: Call) -> Any:
        answer = self._request(call)
        self.tally.count(what, answer.status_code)
        if answer.status_code not in EXPECTED[what] | {404}:
            self.tally.wrong.append(f"{what}: {answer.status_code} {answer.data!r}")
        if answer.status_code != 201:
            return None
        call.answer = answer.data
        self.done.append(call)
        return answer.get_json()

    def _request(self, call: Call) -> Any:
        headers = {"Authorization": f"Bearer {self.arena.keys[call.till]}", "Idempotency-Key": call.key}
        return self.client.post(f"/api/v1{call.path}", json=call.body, headers=headers)

    def _next(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}-{self.seed}-{self.number}"
