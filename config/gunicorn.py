"""gunicorn as Emma runs it: few synchronous workers, the fast parser, own connections each. stdout stays silent."""

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

MOST_WORKERS = 17

wsgi_app = "wsgi:app"
worker_class = "sync"
workers = min(2 * (os.cpu_count() or 1) + 1, MOST_WORKERS)  # while one waits for the disk, another works
preload_app = True  # imported once, then forked; connections are made after the fork
http_parser = "auto"  # the C parser where its wheel is installed
timeout = 60
graceful_timeout = 15
backlog = 512
control_socket_disable = True
loglevel = "warning"
accesslog = None  # config.request writes one line per request
errorlog = "-"
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# The workers count in common files. Set here, because the measuring library reads it when the application is imported.
_home = Path("instance") if os.access("instance", os.W_OK) else Path(tempfile.gettempdir())
_numbers = (_home / f"metrics-{os.getpid()}").absolute()
shutil.rmtree(_numbers, ignore_errors=True)
_numbers.mkdir(mode=0o700)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_numbers)


def post_fork(_server: Any, worker: Any) -> None:
    """A forked worker makes its own connections, and leaves alone what was loaded before the fork."""
    from loyalty.db import db

    # What was imported never becomes garbage, and a batch makes many objects that die by themselves: looking through
    # all of them again and again was a third of its time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)

    application = worker.app.wsgi()
    with application.app_context():
        db.engine.dispose(close=False)


def child_exit(_server: Any, worker: Any) -> None:
    """What a worker counted stays counted."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """The counts end with the server."""
    shutil.rmtree(_numbers, ignore_errors=True)
