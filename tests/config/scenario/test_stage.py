"""Books of their own: there while they are needed, gone however it ends."""

import os
import signal
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text

from config import processes
from config.scenario import stage
from loyalty.db import transact


@pytest.fixture
def folder(monkeypatch):
    """Right under the machine's own: a socket's path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="t-") as path:
        monkeypatch.setattr(tempfile, "tempdir", path)
        yield Path(path)


def test_the_books_are_migrated_and_leave_nothing_behind(folder):
    before = signal.getsignal(signal.SIGINT)
    with stage.books():
        assert transact(lambda session: session.scalar(text("SELECT count(*) FROM partner"))) == 0
        assert [path.name.startswith("emma-scenario-") for path in folder.iterdir()].count(True) == 1
    assert list(folder.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_wants_it_to_stop_stops_it_clean(folder, name):
    with pytest.raises(processes.Stopped), stage.books() as stop_if_asked:
        stop_if_asked()
        os.kill(os.getpid(), name)
        transact(lambda session: session.execute(text("SELECT 1")))  # what has begun is finished first
        stop_if_asked()
    assert list(folder.iterdir()) == []
