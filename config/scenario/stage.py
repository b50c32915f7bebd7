"""Books that live as long as a scenario is played: a PostgreSQL of their own in a temporary folder, gone afterwards."""

import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from config import database, embedded, logging, processes
from config.settings import Settings
from loyalty.db import db

# Nothing here must survive a power cut, and nothing is large.
CARELESS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "64MB",
    "max_connections": "20",
}  # fmt: skip
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def books() -> Iterator[Callable[[], None]]:
    """Empty, migrated books, and an application context in which `transact` works on them.

    The server is stopped and the folder removed however it ends. Ctrl-C, SIGTERM and a closed terminal are only noted:
    call what is given now and then, it raises processes.Stopped then. Call this in the main thread. Raises
    EmbeddedError when PostgreSQL cannot run.
    """
    before = {name: signal.getsignal(name) for name in SIGNALS}
    stop_if_asked = _listen()
    folder = Path(tempfile.mkdtemp(prefix="emma-scenario-"))
    server = None
    try:
        server = _started(folder, stop_if_asked)
        stop_if_asked()
        embedded.ensure_database(server.url())
        with _application(server.url(), folder).app_context():
            stop_if_asked()
            yield stop_if_asked
            db.engine.dispose()
    finally:
        for name in SIGNALS:
            signal.signal(name, signal.SIG_IGN)  # Ctrl-C once more must not leave half of it
        if server is not None:
            server.stop()
            _remove(server.socket_folder)
        _remove(folder)
        for name, handler in before.items():
            signal.signal(name, handler)


def _listen() -> Callable[[], None]:
    """Note signals from now on; what is given back raises Stopped once there was one."""
    heard: list[int] = []
    for name in SIGNALS:
        signal.signal(name, lambda number, _frame: heard.append(number))

    def stop_if_asked() -> None:
        if heard:
            raise processes.Stopped

    return stop_if_asked


def _started(folder: Path, stop_if_asked: Callable[[], None]) -> embedded.Server:
    """The server. Meanwhile signals wait: a program that is ended halfway might leave others behind."""
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            return embedded.start(folder, CARELESS)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    except embedded.EmbeddedError:
        stop_if_asked()  # a terminal's Ctrl-C reaches all programs, and some of them do not wait
        raise


def _remove(folder: Path) -> None:
    """Remove it, also from under programs that are just ending."""
    for _attempt in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _application(url: str, folder: Path) -> Flask:
    """As much of one as books need: pages and tills have nothing to do here."""
    logging.configure("error")  # to stderr: stdout is the answer's
    app = Flask("scenario")
    database.configure(app, Settings(url, "emma_app", url, "", b"", folder))
    database.upgrade(app)
    return app
