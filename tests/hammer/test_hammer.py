"""Promises 2 to 11 under fire: whatever twenty processes do at once, the books hold."""

import multiprocessing
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from loyalty.db import db
from loyalty.points import audit
from tests.hammer.arena import Arena, build
from tests.hammer.blows import Fighter, Tally

PROCESSES = 20
SECONDS = 20


def test_the_books_hold_under_twenty_processes(app: Flask, session: Session) -> None:
    arena = build(session, app.config["CARD_KEY"])
    session.commit()
    session.close()
    with app.app_context():
        db.engine.dispose()  # children inherit the process, not its connections
    context = multiprocessing.get_context("fork")
    results: Any = context.Queue()
    until = time.monotonic() + SECONDS
    children = [
        context.Process(target=_strike, args=(app, arena, seed, until, results)) for seed in range(PROCESSES)
    ]
    for child in children:
        child.start()
    tallies: list[Tally] = [results.get(timeout=SECONDS + 60) for _ in children]
    for child in children:
        child.join(30)

    assert [line for tally in tallies for line in tally.wrong] == []
    _agree(tallies)
    done = {
        name: sum(tally.done.get(name, 0) for tally in tallies) for tally in tallies for name in tally.done
    }
    assert all(
        done.get(f"{what} 201") for what in ("post", "return", "redeem by pin", "redeem by code", "undo")
    )
    assert done["asked again 201"]
    assert list(audit.run(session, datetime.now(UTC))) == []


def _strike(app: Flask, arena: Arena, seed: int, until: float, results: Any) -> None:
    results.put(Fighter(app, arena, seed).fight(until))


def _agree(tallies: list[Tally]) -> None:
    """Everybody who asked under one key got the same answer."""
    told: dict[str, bytes] = {}
    for tally in tallies:
        for key, answer in tally.answers.items():
            assert told.setdefault(key, answer) == answer
    assert told
