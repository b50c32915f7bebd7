"""The street from outside: one line for machines, the same street after kill -9, nothing left behind after SIGTERM."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

SECONDS = 90
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("EMMA_")}


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def demo(tmp_path, port):
    """`demo()` opens the street in an empty folder and gives the process and what it said; all end with the test."""
    opened: list[subprocess.Popen[str]] = []

    def run(*more: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
        line = [sys.executable, "-m", "config.cli", "demo", "--port", str(port), "--json", *more]
        with (tmp_path / "log").open("a") as log:
            process = subprocess.Popen(
                line, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        opened.append(process)
        said = process.stdout.readline()
        assert said, (tmp_path / "log").read_text()
        return process, json.loads(said)

    yield run
    for process in opened:
        if process.poll() is None:
            process.terminate()
            process.wait(SECONDS)
        process.stdout.close()


def test_the_street_opens_and_is_the_same_after_kill_9(demo, tmp_path, port):
    first, facts = demo()
    assert facts["base_url"] == f"http://127.0.0.1:{port}"
    assert {till["partner"] for till in facts["tills"]} == {"baker", "drinks", "books", "butcher"}
    assert {"anna@street.example", "ben@street.example", "clara@street.example"} <= {
        member["email"] for member in facts["members"]
    }
    assert all({"email", "card", "pin"} <= member.keys() for member in facts["members"])
    assert _status(f"{facts['base_url']}/readyz") == 200
    assert stat.S_IMODE((tmp_path / "instance" / "street.json").stat().st_mode) == 0o600
    first.kill()
    first.wait()
    second, again = demo()
    assert again == facts
    assert _status(f"{facts['base_url']}/readyz") == 200
    audited = _emma(tmp_path, "audit")
    assert audited.returncode == 0, audited.stdout
    second.send_signal(signal.SIGTERM)
    assert second.wait(SECONDS) == 0
    assert second.stdout.read() == ""
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
    assert not (tmp_path / "instance" / "postgres" / "data" / "postmaster.pid").exists()


def test_it_throws_no_other_books_away(tmp_path, port):
    assert _emma(tmp_path, "partner", "create", "--code", "baker", "--name", "Anna").returncode == 0
    refused = _emma(tmp_path, "demo", "--port", str(port))
    assert refused.returncode == 2 and "--fresh" in refused.stderr
    assert _emma(tmp_path, "partner", "create", "--code", "baker", "--name", "Anna").returncode == 2


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status)


def _emma(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.cli", *words],
        cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
