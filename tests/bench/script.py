"""pgbench's script of one purchase: the very statements that the endpoint sent, with pgbench's variables where a value
differs from purchase to purchase."""

import json
import re
from typing import Any

from loyalty.points.ledger import WALLET
from tests.bench.sample import Statement
from tests.bench.stage import Stage

CLIENTS = 8
MARK = re.compile(r'@@(\w+)@@|"##(\w+)##"')
FRESH = (
    "uuidv7() AS purchase_id, uuidv7() AS transfer_id, "
    "'g' || (:run)::text || '-' || (:client_id)::text || '-' || (:n)::text AS key"
)
WALLET_COLUMNS = [name.strip().removeprefix("w.") for name in WALLET.split(",")]
DIGITS = 7


def written(stage: Stage, operation: tuple[Statement, ...]) -> str:
    """The script. Needs -D run=… -D n=0. Each client keeps to members of its own, so no two meet at one wallet.

    SystemExit when the endpoint no longer sends one reading and one writing statement.
    """
    reads = [one for one in operation if len(one.values) == 1]
    if len(reads) != 1 or operation[operation.index(reads[0]) + 1].text[:4] != "WITH":
        raise SystemExit(
            "bench: a purchase is no longer one read and one write; tests/bench/script.py must follow."
        )
    each = stage.members // CLIENTS
    lines = [r"\set n :n + 1", rf"\set member :client_id * {each} + random(0, {each - 1})", *_card()]
    for statement in operation:
        if statement is reads[0]:
            lines.append(_read(statement, len(_row(stage, statement))))
        elif statement.values:
            lines.append(_write(statement, _row(stage, reads[0])))
        else:
            lines.append(f"{statement.text.strip()};")
    return "\n".join(lines) + "\n"


def _card() -> list[str]:
    """The member's card: the last sign is Luhn's, for which every second digit from the right counts double."""
    digits = [f"(:member / {10**place}) % 10" for place in range(DIGITS)]
    doubled = [f"(2 * ({digit})) / 10 + (2 * ({digit})) % 10" for digit in digits[::2]]
    total = " + ".join([*doubled, *digits[1::2], "11"])  # 11: of the 27 at the front
    return [rf"\set total {total}", r"\set card 2700000000000000 + :member * 10 + (10 - :total % 10) % 10"]


def _row(stage: Stage, read: Statement) -> tuple[Any, ...]:
    """What the reading statement gives for the sample's card, as it is now."""
    with stage.connect() as connection:
        row = connection.execute(re.sub(r"\$1", "%s", read.text), [read.values[0]]).fetchone()
    assert row is not None
    return row


def _read(read: Statement, columns: int) -> str:
    names = ", ".join(f"c{number}" for number in range(columns))
    inner = read.text.replace("$1", "ARRAY[(:card)::text]")
    return f"SELECT held.*, {FRESH} FROM ({inner}) AS held({names}) \\gset"


def _write(write: Statement, row: tuple[Any, ...]) -> str:
    documents = {
        place: json.loads(value) for place, value in enumerate(write.values) if value and value[0] == "["
    }
    rows = [one for document in documents.values() for one in document]
    purchase = next(one for one in rows if "margin_cents" in one)
    transfer = next(one for one in rows if "destination" in one)
    names = {
        str(value): f"c{column}" for column, value in reversed(list(enumerate(row))) if len(str(value)) > 12
    }
    names |= {purchase["id"]: "purchase_id", transfer["id"]: "transfer_id", purchase["key"]: "key"}
    for one in rows:
        _number(one)
    values = [
        _text(
            json.dumps(documents[place], ensure_ascii=False, separators=(",", ":")), names, purchase["points"]
        )
        if place in documents
        else f"'{value}'"
        for place, value in enumerate(write.values)
    ]
    return re.sub(r"\$(\d+)", lambda match: f"({values[int(match[1]) - 1]})", write.text) + ";"


def _number(row: dict[str, Any]) -> None:
    """Mark the numbers that follow the wallet."""
    for name in ("version", "seen_version", "balance", "available", "seen_available"):
        if name in row:
            row[name] = f"##{name}##"


def _text(document: str, names: dict[str, str], points: int) -> str:
    """A document as SQL that puts it together."""
    for sample, name in names.items():
        document = document.replace(sample, f"@@{name}@@")
    pieces, end = [], 0
    for match in MARK.finditer(document):
        pieces.append(_literal(document[end : match.start()]))
        pieces.append(f"(:{match[1]})::text" if match[1] else _sum(match[2], points))
        end = match.end()
    pieces.append(_literal(document[end:]))
    return " || ".join(pieces)


def _sum(name: str, points: int) -> str:
    column = WALLET_COLUMNS.index(name.removeprefix("seen_"))
    more = {"version": 1, "seen_version": 0, "seen_available": 0}.get(name, points)
    return f"((:c{column})::int + {more})::text"


def _literal(text: str) -> str:
    # No colon may stand in it: pgbench would take what follows for a variable.
    return "E'" + text.replace("\\", "\\\\").replace("'", "''").replace(":", r"\x3a") + "'"
