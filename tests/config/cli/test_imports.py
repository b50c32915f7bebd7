"""`emma import purchases` as a person runs it: its answers, its exit codes, and killed in the middle."""

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from config.settings import environment
from partners.importing.rows import COLUMNS

RECEIPTS = 3000


@pytest.fixture
def emma(tmp_path, settings, database):
    """Starts the command in an empty folder, on a fresh database."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EMMA_")}

    def start(*words: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "config.cli", "import", "purchases", *words]
        pipe = subprocess.PIPE
        variables = {**inherited, **environment(settings)}
        return subprocess.Popen(line, cwd=tmp_path, env=variables, stdout=pipe, stderr=pipe, text=True)

    return start


@pytest.fixture
def year(tmp_path):
    """A file of RECEIPTS receipts of 200 households at three shops, one point each."""
    with gzip.open(tmp_path / "year.csv.gz", "wt", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for number in range(RECEIPTS):
            at = f"2026-0{1 + number % 9}-{1 + number % 28:02}T{8 + number % 12:02}:{number % 60:02}:00"
            shop = ("baker", "drinks", "books")[number % 3]
            writer.writerow((number % 200, shop, number, at, number % 50, "things", "Thing", 1, 150, 0))
    return "year.csv.gz"


def test_killed_in_the_middle_and_run_again_it_ends_the_same(emma, year, owner):
    killed = emma(year)
    deadline = time.monotonic() + 60
    while not _booked(owner) and time.monotonic() < deadline:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    some = _booked(owner)
    assert 0 < some < RECEIPTS
    done, said = emma(year, "--json").communicate()
    counts = json.loads(done)
    assert counts == {
        "purchases": RECEIPTS, "members": 200, "partners": 3, "added": counts["added"], "rejected": 0,
    }, said  # fmt: skip
    assert 0 < counts["added"] <= RECEIPTS - some
    totals = "SELECT count(*), sum(points), count(DISTINCT (till_id, receipt)) FROM purchase"
    assert owner.execute(totals).fetchone() == (RECEIPTS, RECEIPTS, RECEIPTS)
    assert owner.execute("SELECT count(*), sum(balance) FROM wallet").fetchone() == (200, RECEIPTS)


def test_it_says_what_became_of_the_file_and_where_the_rest_lies(emma, tmp_path):
    good = "7,baker,A-1,2026-01-05T09:00:00,4001,bread,Roggenbrot,1,450,0"
    (tmp_path / "small.csv").write_text(f"{','.join(COLUMNS)}\n{good}\n{good.replace('450', 'free')}\n\n")
    command = emma("small.csv")
    said, errors = command.communicate()
    assert (command.returncode, errors) == (0, "")
    assert "0 purchases of this file are in the books" in said and "see small.rejects.csv" in said
    rejected = list(csv.DictReader((tmp_path / "small.rejects.csv").open()))
    assert [one["line"] for one in rejected] == ["2", "3"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"household,shop\n1,2\n", ("file.csv",)),
        (gzip.compress(b"household,shop\n" * 999, mtime=0)[:-9], ("file.csv",)),
        (f"{','.join(COLUMNS)}\n1".encode(), ("file.csv", "--rejects", "no/such/folder.csv")),
    ],
)
def test_a_bad_call_or_file_exits_2_and_says_why(emma, tmp_path, content, words):
    (tmp_path / "file.csv").write_bytes(content)
    command = emma(*words)
    said, errors = command.communicate()
    assert (command.returncode, said) == (2, "") and errors.strip() and "Traceback" not in errors


def _booked(books: psycopg.Connection) -> int:
    return books.execute("SELECT count(*) FROM purchase").fetchone()[0]
