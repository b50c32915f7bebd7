"""`emma scenario` as a person runs it: its answers, its exit codes, and nothing left behind, also after Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.scenario.papers import EXAMPLES, at, paper, purchase

SECONDS = 90


@pytest.fixture
def short() -> Iterator[Path]:
    """A place for temporary files near the root, where sockets lie beside their server."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def emma(tmp_path, short):
    """Starts the command in an empty folder; it may leave nothing behind in `short`."""
    short.chmod(0o755)
    variables = {name: value for name, value in os.environ.items() if not name.startswith("EMMA_")}

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "config.cli", "scenario", *words], cwd=tmp_path, text=True, start_new_session=True,
            env={**variables, "TMPDIR": str(short)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    yield start
    assert list(short.iterdir()) == []


def test_it_answers_machines_in_one_line(emma):
    command = emma(str(EXAMPLES / "worked-prefunded.json"), "--json")
    said, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, errors, said.count("\n")) == (0, "", 1)
    outcome = json.loads(said)
    assert list(outcome) == ["settlements", "wallets", "members", "refused"]
    assert outcome["settlements"][0]["positions_cents"] == {"baker": -1079, "drinks": -147, "books": -221}


def test_what_the_worker_would_log_stays_out_of_the_answer(emma, tmp_path):
    data = paper(purchase("01-05"), purchase("01-06"), partners=[{"id": "baker", "credit_limit_cents": 40}])
    (tmp_path / "limit.json").write_text(json.dumps(data))
    command = emma("limit.json", "--json")
    said, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, errors) == (0, "")
    assert json.loads(said)["wallets"]["anna"] == {"available": 45, "pending": 45, "debt": 0}


def test_it_tells_people_what_they_want_to_know(emma):
    command = emma(str(EXAMPLES / "late-return.json"))
    said, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, errors) == (0, "")
    assert said.count("adds to zero") == 2 and "return_exceeds_purchase" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"partners": [], "members": []}', "emma: file.json: events: missing\n"),
        (json.dumps(paper(purchase("01-05", "clara"))).encode(), "events[0].member: no member named clara"),
        (b'{"partners": [],}', "line 1, column 17: no JSON"),
        (b"\xff\xfe{", "no UTF-8"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_its_place(emma, tmp_path, content, words):
    (tmp_path / "file.json").write_bytes(content)
    command = emma("file.json", "--json")
    said, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, said) == (2, "") and words in errors and errors.count("\n") == 1


def test_a_file_that_is_not_there_is_a_bad_call(emma):
    command = emma("nowhere.json")
    _, errors = command.communicate(timeout=SECONDS)
    assert command.returncode == 2 and "nowhere.json" in errors


@pytest.mark.parametrize("wait", [0.4, 2.5])
@pytest.mark.parametrize("stop", [os.kill, os.killpg])  # by somebody; by Ctrl-C, which its programs hear too
def test_stopped_at_any_moment_it_leaves_nothing_behind(emma, tmp_path, short, wait, stop):
    nights = [{"at": at("01-31"), "do": "nightly"}] * 20_000
    (tmp_path / "long.json").write_text(json.dumps(paper(*nights)))
    command = emma("long.json", "--json")
    deadline = time.monotonic() + SECONDS
    while not list(short.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(wait)
    stop(command.pid, signal.SIGINT)
    said, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, said, errors) == (1, "", "emma: stopped; nothing was kept.\n")
