"""What was kept outside the database, read: heads as lines of text, or an export with all its leaves."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from loyalty.errors import Malformed
from loyalty.rules.chain import FIELDS, Head, Link, Part, head, leaf, part_hash

FORMAT = "emma-export-1"


class Published(NamedTuple):
    """Heads, and of an export the number it begins with (None: there are no leaves)."""

    heads: tuple[Head, ...]
    first: int | None = None


def read(lines: Iterable[str]) -> Published:
    """The heads of a file. Raises Malformed `heads_unreadable` (also when there is none) or `export_broken` with the
    number of the `line`.

    Of an export the whole chain is computed: what does not hold in itself proves nothing about the books.
    """
    numbered = ((number, line.strip()) for number, line in enumerate(lines, 1))
    heads: dict[Head, None] = {}
    number = 0
    for number, line in numbered:
        if line.startswith("{") and not heads:
            return _export(number, line, numbered)
        if said := line.partition("#")[0].replace(":", " ").split():
            heads[_head(number, said)] = None
    if not heads:
        raise Malformed("heads_unreadable", line=number)
    return Published(tuple(heads))


def links(lines: Iterable[str]) -> Iterator[Link]:
    """The links of an export that `read` has found to hold."""
    for line in lines:
        entry = json.loads(line) if line.strip() else {}
        if "sequence" in entry:
            yield Link(entry["sequence"], leaf(map(_hash, entry["parts"])), _transfer_id(entry["parts"]))


def _head(number: int, said: list[str]) -> Head:
    try:
        sequence, digits = said
        found = Head(int(sequence), bytes.fromhex(digits))
    except ValueError as error:
        raise Malformed("heads_unreadable", line=number) from error
    if found.sequence < 0 or len(found.hash) != 32:
        raise Malformed("heads_unreadable", line=number)
    return found


def _export(number: int, line: str, numbered: Iterator[tuple[int, str]]) -> Published:
    try:
        header = json.loads(line)
        if header["format"] != FORMAT:
            raise Malformed("heads_unreadable", line=number)
        first, last = header["first"], header["last"]
        before = Head(first - 1, bytes.fromhex(header["previous"]))
        end = before
        for number, line in numbered:  # noqa: B007 - the number of the line is what the error tells
            end = _next(end, json.loads(line)) if line else end
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Malformed("heads_unreadable", line=number) from error
    if end != Head(last, bytes.fromhex(header["head"])):
        raise Malformed("export_broken", line=number)
    return Published((before, end), first)


def _next(before: Head, entry: dict[str, Any]) -> Head:
    sequence = before.sequence + 1
    if entry["sequence"] != sequence:
        raise ValueError("not the next number")
    return Head(sequence, head(sequence, before.hash, leaf(map(_hash, entry["parts"]))))


def _hash(part: str | dict[str, dict[str, str | None]]) -> bytes:
    """A part's hash, given as such or with all its fields."""
    if isinstance(part, str):
        return bytes.fromhex(part)
    ((name, fields),) = part.items()
    return part_hash(Part(name, [fields[field] for field in FIELDS[name]]))


def _transfer_id(parts: list[Any]) -> str | None:
    shown = parts[0] if parts else None
    return shown["transfer"]["id"] if isinstance(shown, dict) and "transfer" in shown else None
