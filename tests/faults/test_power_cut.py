"""Promise 13: what was acknowledged survives kill -9 of web server and database; what was not is whole or absent."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
from sqlalchemy.orm import Session

from config import database, embedded
from config.app import create_app
from config.settings import Settings, environment
from loyalty.db import db
from loyalty.points import audit
from tests.hammer.arena import Arena, build

CUTS = 2
CLIENTS = 4
BEFORE_CUT_S = 0.8


@pytest.fixture
def power(tmp_path: Path) -> Iterator[Settings]:
    """Settings on a database server of this test's own, which waits for the disk as it does in real life."""
    server = embedded.start(tmp_path / "instance")
    embedded.ensure_database(server.url())
    try:
        yield Settings(
            server.url(), "emma_app", server.url(), "a secret for tests, long enough for all",
            b"a card key for tests, long enough for all", tmp_path / "instance", rate_limit=0, https=False,
        )  # fmt: skip
    finally:
        embedded.start(tmp_path / "instance").stop()
        server.stop()


class Clerk(threading.Thread):
    """Posts purchases one after the other until told to stop; remembers what was acknowledged and what was not."""

    def __init__(self, base_url: str, arena: Arena, number: int) -> None:
        super().__init__(daemon=True)
        self.base_url, self.arena, self.number = base_url, arena, number
        self.acknowledged: dict[str, tuple[bytes, bytes]] = {}
        self.in_doubt: dict[str, bytes] = {}
        self.stopped = threading.Event()

    def run(self) -> None:
        count = 0
        while not self.stopped.is_set():
            count += 1
            key = f"{self.number}-{count}-{time.time_ns()}"
            body = self._body(key)
            try:
                status, answer = post(self.base_url, self.key, key, body)
            except (OSError, http.client.HTTPException):
                self.in_doubt[key] = body
                time.sleep(0.02)
                continue
            if status == 201:
                self.acknowledged[key] = body, answer
            else:
                self.in_doubt[key] = body

    @property
    def key(self) -> str:
        return self.arena.keys[self.number % len(self.arena.keys)]

    def _body(self, receipt: str) -> bytes:
        return orjson.dumps({
            "card": self.arena.members[self.number % len(self.arena.members)][0], "receipt": receipt,
            "purchased_at": datetime.now(UTC), "lines": [{"gross_cents": 1250}], "total_cents": 1250,
        })  # fmt: skip


def test_promise_13_what_was_acknowledged_survives_a_power_cut(power: Settings) -> None:
    app = create_app(power)
    database.upgrade(app)
    with app.app_context(), Session(db.engine) as session:
        arena = build(session, power.card_key)
        session.commit()
        db.engine.dispose()
    acknowledged: list[tuple[str, str, tuple[bytes, bytes]]] = []
    in_doubt: list[tuple[str, str, bytes]] = []
    for _ in range(CUTS):
        embedded.start(power.instance)
        with web(power) as (base_url, processes):
            clerks = [Clerk(base_url, arena, number) for number in range(CLIENTS)]
            for clerk in clerks:
                clerk.start()
            time.sleep(BEFORE_CUT_S)
            cut([*processes(), *database_processes(power.instance)])
            for clerk in clerks:
                clerk.stopped.set()
                clerk.join(30)
        acknowledged += [
            (clerk.key, key, kept) for clerk in clerks for key, kept in clerk.acknowledged.items()
        ]
        in_doubt += [(clerk.key, key, body) for clerk in clerks for key, body in clerk.in_doubt.items()]

    assert len(acknowledged) > CUTS * CLIENTS
    embedded.start(power.instance)
    with web(power) as (base_url, _):
        for till_key, key, (body, answer) in acknowledged:
            assert post(base_url, till_key, key, body) == (201, answer)
        for till_key, key, body in in_doubt:  # a retry with its key settles it
            assert post(base_url, till_key, key, body)[0] == 201
    with app.app_context(), Session(db.engine) as session:
        booked = session.connection().exec_driver_sql("SELECT count(*) FROM purchase").scalar_one()
        session.rollback()
        assert list(audit.run(session, datetime.now(UTC))) == []
        session.close()
        db.engine.dispose()
    assert booked == len(acknowledged) + len(in_doubt)


@contextmanager
def web(settings: Settings) -> Iterator[tuple[str, Any]]:
    """`emma serve` on a free port; its address, and a function that gives its processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = subprocess.Popen(
        [sys.executable, "-m", "config.cli", "serve", "--port", str(port)],
        env={**os.environ, **environment(settings)},
        cwd=settings.instance.parent,
    )
    try:
        base_url = f"http://127.0.0.1:{port}"
        await_ready(base_url, child)
        main = psutil.Process(child.pid)
        yield base_url, lambda: [main, *main.children(recursive=True)]
    finally:
        child.terminate()
        child.wait(30)


def await_ready(base_url: str, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and child.poll() is None:
        try:
            with urllib.request.urlopen(f"{base_url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the web server did not get ready")


def database_processes(instance: Path) -> list[psutil.Process]:
    postmaster = psutil.Process(embedded.start(instance).postmaster())
    return [postmaster, *postmaster.children(recursive=True)]


def cut(processes: list[psutil.Process]) -> None:
    """All of them at once, with no chance to say goodbye."""
    for process in processes:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=20)


def post(base_url: str, till_key: str, key: str, body: bytes) -> tuple[int, bytes]:
    request = urllib.request.Request(f"{base_url}/api/v1/purchases", body, {
        "Authorization": f"Bearer {till_key}", "Idempotency-Key": key, "Content-Type": "application/json",
    })  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()
