"""A real street's receipts through `emma import`: killed in the middle, run again, run once more, audited.

Not part of the suite: the file lies beside the repository. `make check-street STREET=file.csv.gz`.
"""

import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from config import embedded

EMMA = [sys.executable, "-m", "config.cli"]
KILLED_AT = 3_000  # purchases in the books
AT_MOST_SECONDS = 900


def main(file: Path) -> int:
    """Prints each check; 1 when one fails."""
    with tempfile.TemporaryDirectory(prefix="emma-street-") as folder:
        server = embedded.start(Path(folder) / "instance")
        try:
            results = _checks(file, Path(folder), server)
        finally:
            server.stop()
    for sentence, good in results:
        print(f"{'ok ' if good else 'NOT'}  {sentence}")
    failed = sum(not good for _sentence, good in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _checks(file: Path, folder: Path, server: embedded.Server) -> list[tuple[str, bool]]:
    receipts, households, shops = _counted(file)
    killed_at = _kill_in_the_middle(file, folder, server)
    began = time.monotonic()
    second = _json(folder, "import", "purchases", str(file), "--json")
    seconds = time.monotonic() - began
    third = _json(folder, "import", "purchases", str(file), "--json")
    audit = _emma(folder, "audit")
    return [
        (f"killed with {killed_at} of {receipts} receipts in the books", 0 < killed_at < receipts),
        (f"run again in {seconds:.0f} s: {second}", second["purchases"] + second["rejected"] >= receipts),
        ("nothing of it was added twice", second["added"] + killed_at == second["purchases"]),
        (f"{shops} shops and {households} households", second["partners"] == shops),
        ("every household with a booked receipt is a member", 0 < second["members"] <= households),
        ("the third run adds nothing", third == {**second, "added": 0}),
        (f"audit: {audit.stdout.strip()}", audit.returncode == 0),
    ]


def _kill_in_the_middle(file: Path, folder: Path, server: embedded.Server) -> int:
    """How many purchases were in the books when the import was killed."""
    url = server.url()
    _emma(folder, "migrate")
    running = subprocess.Popen([*EMMA, "import", "purchases", str(file)], cwd=folder, env=_environment())
    with psycopg.connect(embedded.psycopg_address(url), autocommit=True) as books:

        def booked() -> int:
            row = books.execute("SELECT count(*) FROM purchase").fetchone()
            return int(row[0]) if row else 0

        while booked() < KILLED_AT and running.poll() is None:
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
        time.sleep(1)  # its last statement may still be on its way into the books
        return booked()


def _counted(file: Path) -> tuple[int, int, int]:
    """Receipts, households and shops of the file, by reading it plainly."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as text:
        rows = [(row["shop"], row["receipt"], row["household"]) for row in csv.DictReader(text)]
    receipts = {(shop, receipt) for shop, receipt, _household in rows}
    return len(receipts), len({row[2] for row in rows}), len({row[0] for row in rows})


def _json(folder: Path, *words: str) -> dict[str, Any]:
    answer = _emma(folder, *words)
    if answer.returncode:
        raise SystemExit(f"emma {' '.join(words)}: {answer.returncode}\n{answer.stderr}")
    read: dict[str, Any] = json.loads(answer.stdout)
    return read


def _emma(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*EMMA, *words],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=AT_MOST_SECONDS,
    )


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("EMMA_")}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
