"""Operations as the database server saw them: their statements with all values, from its own log."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.stage import Stage

STATEMENT = re.compile(r"(?:execute [^:]*|statement): (.*)", re.DOTALL)
VALUE = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)")


@dataclass(frozen=True)
class Statement:
    """A statement as it was sent, with $1, $2 … and the texts of its parameters."""

    text: str
    values: tuple[str | None, ...]


@contextmanager
def logged(stage: Stage, wanted: bool = True) -> Iterator[None]:
    """Let the server log every statement meanwhile, if that is wanted."""
    if not wanted:
        yield
        return
    _set(stage, "ALTER SYSTEM SET log_statement = 'all'")
    try:
        yield
    finally:
        _set(stage, "ALTER SYSTEM RESET log_statement")


def operations(stage: Stage, words: str) -> list[tuple[Statement, ...]]:
    """Logged statements by operation, oldest first: each ends with the statement that holds `words` (or with the
    COMMIT after it, when a transaction is open). Only one client may have worked meanwhile."""
    found, current, inside, done = [], [], False, False
    for statement in _entries(stage.log()):
        first = statement.text.split(None, 1)[0].upper()
        current.append(statement)
        inside = first == "BEGIN" or (inside and first not in ("COMMIT", "ROLLBACK"))
        done = done or words in statement.text
        if done and not inside:
            found.append(tuple(current))
            current, done = [], False
    return found


def typical(found: list[tuple[Statement, ...]]) -> tuple[Statement, ...]:
    """The latest operation of the most frequent shape: keys and terms are read again now and then, in others."""
    shapes = Counter(tuple(statement.text for statement in one) for one in found)
    most = shapes.most_common(1)[0][0]
    return next(one for one in reversed(found) if tuple(statement.text for statement in one) == most)


def _entries(log: Path) -> Iterator[Statement]:
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        match = STATEMENT.fullmatch(entry.get("message", ""))
        if match and entry.get("application_name", "") == "emma":
            values = VALUE.findall(entry.get("detail", ""))
            texts = (None if text == "NULL" else text[1:-1].replace("''", "'") for _number, text in values)
            yield Statement(match[1], tuple(texts))


def _set(stage: Stage, change: str) -> None:
    with stage.connect() as connection:
        connection.execute(change)
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.3)  # every session hears of it before its next statement
