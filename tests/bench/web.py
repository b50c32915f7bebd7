"""gunicorn as it is shipped, serving the application and the views that only measuring needs."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.stage import Stage

READY_SECONDS = 30


@dataclass(frozen=True)
class Web:
    """A running server. `pid` is its first process; the workers are its children."""

    port: int
    pid: int


@contextmanager
def serving(stage: Stage, database_url: str | None = None) -> Iterator[Web]:
    """Serve until left. `database_url`: another way to the same database. All connections end with it."""
    port = _free_port()
    environment = stage.environment()
    if database_url:
        environment["EMMA_DATABASE_URL"] = database_url
    line = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "--bind", f"127.0.0.1:{port}"]
    with (stage.folder / "web.log").open("ab") as log:
        child = subprocess.Popen(
            [*line, "tests.bench.wsgi:app"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _await(port, child, stage.folder / "web.log")
            yield Web(port, child.pid)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(timeout=60)


def _await(port: int, child: "subprocess.Popen[bytes]", said: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise SystemExit(f"bench: the web server does not answer: {said.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
