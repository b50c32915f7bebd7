"""The embedded PostgreSQL through what happens to it: killed users, a killed server, two starters."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded

HOLD = """
import sys, time
from pathlib import Path
from config import embedded
server = embedded.start(Path(sys.argv[1]))
print(server.postmaster(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path):
    """An instance folder whose server, if any still runs, is stopped at the end."""
    yield tmp_path / "instance"
    if (tmp_path / "instance").exists():
        embedded.start(tmp_path / "instance").stop()


def holder(folder: Path) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not psutil.pid_exists(pid)


def kept(server: embedded.Server) -> list[int]:
    with psycopg.connect(embedded.psycopg_address(server.url("postgres"))) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept SELECT count(*) FROM kept")
        return [n for (n,) in connection.execute("SELECT n FROM kept ORDER BY n")]


def test_it_starts_stops_and_keeps_what_was_written(folder):
    first = embedded.start(folder)
    assert kept(first) == [0]
    pid = first.postmaster()
    first.stop()
    first.stop()
    assert gone(pid)
    assert kept(embedded.start(folder)) == [0, 1]


def test_it_makes_a_database_once(folder):
    server = embedded.start(folder)
    assert embedded.ensure_database(server.url("street"))
    assert not embedded.ensure_database(server.url("street"))


def test_it_is_durable_and_on_no_network(folder):
    with psycopg.connect(embedded.psycopg_address(embedded.start(folder).url("postgres"))) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]
            for name in (
                "fsync",
                "synchronous_commit",
                "full_page_writes",
                "listen_addresses",
                "data_checksums",
            )
        }
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "listen_addresses": "",
        "data_checksums": "on",
    }


def test_the_next_start_joins_what_a_killed_process_left_running(folder):
    process, pid = holder(folder)
    process.kill()
    process.wait()
    server = embedded.start(folder)
    assert server.postmaster() == pid
    server.stop()
    assert gone(pid)


def test_it_runs_on_while_somebody_else_holds_it(folder):
    process, pid = holder(folder)
    embedded.start(folder).stop()
    assert psutil.pid_exists(pid)
    process.kill()
    process.wait()


def test_it_starts_again_after_the_server_itself_was_killed(folder):
    server = embedded.start(folder)
    assert kept(server) == [0]
    os.kill(server.postmaster(), signal.SIGKILL)
    assert kept(embedded.start(folder)) == [0, 1]


def test_a_number_that_now_belongs_to_another_process_is_not_taken_for_the_server(folder):
    server = embedded.start(folder)
    server.stop()
    stale = folder / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1\n5432\n\n\n\nready\n")
    assert kept(embedded.start(folder)) == [0]


def test_two_who_start_at_once_share_one_server(folder):
    command = [sys.executable, "-c", HOLD, str(folder)]
    pair = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    pids = {process.stdout.readline() for process in pair}
    for process in pair:
        process.kill()
        process.wait()
    assert len(pids) == 1 and pids != {""}


def test_it_runs_in_a_closed_folder_and_below_a_long_path(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    long = closed / ("a-very-long-name-" * 8) / "with blank" / "instance"
    server = embedded.start(long)
    assert kept(server) == [0]
    assert closed.stat().st_mode & 0o777 == 0o700
    server.stop()


def test_a_new_folder_is_ready_in_seconds(folder):
    began = time.monotonic()
    embedded.start(folder)
    assert time.monotonic() - began < 20


def test_its_programs_are_there(folder):
    server = embedded.start(folder)
    assert all(server.binary(name).exists() for name in ("psql", "pgbench", "pg_dump", "pg_basebackup"))
