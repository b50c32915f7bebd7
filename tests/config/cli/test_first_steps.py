"""The commands that open a real coalition, in a folder that holds nothing yet."""

import json
import os
import subprocess
import sys

import pytest

from config import embedded


@pytest.fixture
def emma(tmp_path):
    """`emma("partner", "create", …)` run as a person runs it, in an empty folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EMMA_")}

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        said = more.pop("said", "")
        line = [sys.executable, "-m", "config.cli", *words]
        return subprocess.run(
            line, cwd=tmp_path, env={**environment, **more}, input=said, capture_output=True, text=True
        )

    server = embedded.start(tmp_path / "instance")  # held, so that each command joins instead of starting
    yield run
    server.stop()


def test_a_partner_a_key_and_an_admin(emma):
    opened = emma("partner", "create", "--code", "baker", "--name", "Bäckerei Anna", "--json")
    assert opened.returncode == 0, opened.stderr
    till = json.loads(opened.stdout)["till"]
    key = emma("key", "create", "--till", till)
    assert key.stdout.startswith("emma_till_") and key.returncode == 0
    admin = emma(
        "admin",
        "create",
        "--email",
        "ben@street.example",
        "--name",
        "Ben",
        "--password-stdin",
        said="long enough\n",
    )
    assert admin.returncode == 0, admin.stderr
    again = emma("partner", "create", "--code", "baker", "--name", "Bäckerei Anna")
    assert (again.returncode, again.stderr) == (2, "emma: refused: partner_code_taken (code)\n")
    assert emma("key", "revoke", key.stdout.split("_")[2]).returncode == 0


def test_a_night_may_be_had_twice(emma):
    first, second = emma("nightly", "--json"), emma("nightly", "--date", "2026-12-31", "--json")
    nothing = {"wallets": 0, "slips": 0, "tries": 0, "exits": 0, "heads": 0, "outbox": 0}
    assert [json.loads(first.stdout), json.loads(second.stdout)] == [nothing] * 2


@pytest.mark.parametrize(
    "words",
    [
        ("nightly", "--date", "yesterday"),
        ("key", "create", "--till", "1"),
        ("dance",),
        ("serve",),
        ("worker",),
    ],
)
def test_a_bad_call_is_2_and_one_clear_sentence(emma, words):
    answer = emma(*words)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr and answer.stderr


def test_an_unknown_setting_is_2(emma):
    answer = emma("migrate", EMMA_DATABSE_URL="postgresql://db/emma")
    assert answer.returncode == 2 and "Did you mean EMMA_DATABASE_URL?" in answer.stderr
