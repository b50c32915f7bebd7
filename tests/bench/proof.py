"""Right before fast: purchases, replays, twins and batches over HTTP, and the books audited. Nothing is measured of
what is wrong."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.bench import batch, seed, till
from tests.bench.stage import Stage
from tests.bench.till import Reply
from tests.bench.web import Web

ROUNDS = 20
BALANCED = """
    SELECT count(*) FROM wallet w
    LEFT JOIN (SELECT wallet_id, count(*) AS moves,
                      sum(CASE WHEN destination = 'wallet' THEN points ELSE 0 END)
                      - sum(CASE WHEN source = 'wallet' THEN points ELSE 0 END) AS points
               FROM transfer GROUP BY 1) t ON t.wallet_id = w.id
    LEFT JOIN (SELECT wallet_id, sum(remaining) AS points FROM lot GROUP BY 1) l ON l.wallet_id = w.id
    WHERE (w.version, w.balance, w.balance) IS DISTINCT FROM
          (coalesce(t.moves, 0), coalesce(t.points, 0), coalesce(l.points, 0))"""


class Wrong(Exception):
    """Something that must hold does not."""


def prove(stage: Stage, web: Web) -> None:
    """Everything below, or Wrong."""
    _replays(stage, web)
    _twins(stage, web)
    _batches(stage, web)
    _redemptions(stage, web)
    books(stage)


def books(stage: Stage, audit: bool = True) -> None:
    """Each wallet equals its transfers and lots and, if asked for (it takes its time), `emma audit` finds nothing."""
    with stage.connect() as connection:
        crooked = connection.execute(BALANCED).fetchone()
    _need(crooked == (0,), f"{crooked} wallets do not equal their transfers and lots")
    line = [sys.executable, "-m", "config.cli", "audit"]
    if audit:
        done = subprocess.run(line, env=stage.environment(), capture_output=True, text=True, check=False)
        _need(done.returncode == 0, f"emma audit: {done.stdout[-2000:]} {done.stderr[-2000:]}")


def _replays(stage: Stage, web: Web) -> None:
    """A call sent again is answered again, byte for byte; another call under its key is refused."""
    with till.standing_at(stage, web, "proof") as one, till.standing_at(stage, web, "proof") as again:
        for number in range(ROUNDS):
            key, body = one.purchase(number)
            first = one.call("POST", "/purchases", body, key)
            _need(
                first.status == 201 and first.data()["points"]["earned"] == 16, f"a purchase brought {first}"
            )
            second = again.call("POST", "/purchases", body, key)
            _need(_same(first, second), f"replay of {first} was {second}")
            _need(second.headers.get("idempotency-replayed") == "true", "a replay does not say so")
            other = again.call("POST", "/purchases", {**body, "receipt": "another"}, key)
            _need(other.status == 422, f"a key with another request brought {other}")


def _twins(stage: Stage, web: Web) -> None:
    """Of calls sent at once under one key, one counts; all that are accepted say the same."""
    with till.standing_at(stage, web, "twins") as one:
        key, body = one.purchase(7)

    def send(_number: int) -> Reply:
        with till.standing_at(stage, web, "twins") as each:
            return each.call("POST", "/purchases", body, key)

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(send, range(6)))
    accepted = [reply for reply in replies if reply.status == 201]
    _need(bool(accepted) and len({reply.body for reply in accepted}) == 1, f"twins were answered {replies}")
    _need(all(reply.status in (201, 409) for reply in replies), f"twins were answered {replies}")


def _batches(stage: Stage, web: Web) -> None:
    """A batch sent twice brings the same answers."""
    body = batch.body(stage, "proof-batch", 50)
    with till.standing_at(stage, web, "proof") as one:
        first, second = (one.call("POST", "/purchases/batch", body).data()["results"] for _ in range(2))
        item = json.loads(body)["items"][0]
        single = one.call("POST", "/purchases", _without_key(item), item["idempotency_key"])
    _need(all(result["status"] == 201 for result in first), f"a batch brought {first[:2]}")
    for before, after in zip(first, second, strict=True):
        _need(before["body"] == after["body"], f"a batch's replay of {before} was {after}")
    _need(single.data() == first[0]["body"], f"an item sent alone again brought {single}")


def _redemptions(stage: Stage, web: Web) -> None:
    with till.standing_at(stage, web, "proof") as one:
        for number in range(ROUNDS):
            body = {"card": seed.card(number), "pin": seed.PIN, "points": 5}
            first = one.call("POST", "/redemptions", body, f"redeem-{number}")
            second = one.call("POST", "/redemptions", body, f"redeem-{number}")
            _need(
                first.status == 201 and _same(first, second), f"a redemption brought {first}, then {second}"
            )
            undone = one.call("POST", f"/redemptions/{first.data()['id']}/reversal", {}, f"undo-{number}")
            _need(undone.status == 201, f"a reversal brought {undone}")


def _same(first: Reply, second: Reply) -> bool:
    return first.status == second.status and first.body == second.body


def _without_key(item: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in item.items() if name != "idempotency_key"}


def _need(holds: bool, wrong: str) -> None:
    if not holds:
        raise Wrong(wrong)
