"""Books that live as long as a scenario is played: a PostgreSQL of their own in a temporary folder, gone afterwards."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from config import database, embedded, processes
from config.settings import Settings
from loyalty.db import db

# Nothing here must survive a power cut, and nothing is large.
CARELESS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "64MB",
    "max_connections": "20",
}  # fmt: skip
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def books() -> Iterator[None]:
    """Empty, migrated books, and an application context in which `transact` works on them.

    Ctrl-C, SIGTERM and a closed terminal raise processes.Stopped inside; the server is stopped and the folder removed
    however it ends. Call it in the main thread. Raises EmbeddedError when PostgreSQL cannot run.
    """
    before = {name: signal.getsignal(name) for name in SIGNALS}
    folder = Path(tempfile.mkdtemp(prefix="emma-scenario-"))
    server = None
    try:
        heard = _listen()  # a server half started could not be stopped
        server = embedded.start(folder, CARELESS)
        _stop_on_signals()
        if heard:
            raise processes.Stopped
        embedded.ensure_database(server.url())
        with _application(server.url(), folder).app_context():
            yield
            db.engine.dispose()
    finally:
        for name in SIGNALS:
            signal.signal(name, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it
        if server is not None:
            server.stop()
            shutil.rmtree(server.socket_folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        for name, handler in before.items():
            signal.signal(name, handler)


def _application(url: str, folder: Path) -> Flask:
    """As much of one as books need: pages and tills have nothing to do here."""
    app = Flask("scenario")
    database.configure(app, Settings(url, "emma_app", url, "", b"", folder))
    database.upgrade(app)
    return app


def _listen() -> list[int]:
    """A list into which signals go that arrive from now on."""
    heard: list[int] = []
    for name in SIGNALS:
        signal.signal(name, lambda number, _frame: heard.append(number))
    return heard


def _stop_on_signals() -> None:
    processes.stop_on_signals()
    signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))
