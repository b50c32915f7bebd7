"""`emma scenario` as a person runs it: its answers, its exit codes, and nothing left behind, also after Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.config.scenario.papers import EXAMPLES, at, paper, purchase

SECONDS = 90


@pytest.fixture
def emma(tmp_path):
    """Starts the command in an empty folder that is its place for temporary files too."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("EMMA_")}
    (tmp_path / "tmp").mkdir(mode=0o755)

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "config.cli", "scenario", *words], cwd=tmp_path, text=True,
            env={**variables, "TMPDIR": str(tmp_path / "tmp")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    yield start
    assert list((tmp_path / "tmp").iterdir()) == []


def test_it_answers_machines_in_one_line(emma):
    command = emma(str(EXAMPLES / "worked-prefunded.json"), "--json")
    said, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, errors, said.count("\n")) == (0, "", 1)
    outcome = json.loads(said)
    assert list(outcome) == ["settlements", "wallets", "members", "refused"]
    assert outcome["settlements"][0]["positions_cents"] == {"baker": -1079, "drinks": -147, "books": -221}


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


@pytest.mark.parametrize("wait", [0.7, 1.2, 2.5])
def test_stopped_at_any_moment_it_leaves_nothing_behind(emma, tmp_path, wait):
    nights = [{"at": at("01-31"), "do": "nightly"}] * 20_000
    (tmp_path / "long.json").write_text(json.dumps(paper(*nights)))
    command = emma("long.json", "--json")
    deadline = time.monotonic() + SECONDS
    while not list((tmp_path / "tmp").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(wait)
    command.send_signal(signal.SIGINT)
    said, errors = command.communicate(timeout=SECONDS)
    assert (command.returncode, said, errors) == (1, "", "emma: stopped; nothing was kept.\n")
