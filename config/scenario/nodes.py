"""Values of a JSON file that know where they stand, read strictly: whole numbers that are ints, times with offset.

Nothing is converted that only resembles what is asked for.
"""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DECIMAL = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 2000, 2199
SHOWN = 40  # characters of a wrong value that a message repeats
W = TypeVar("W", bound=str)


class Unreadable(Exception):
    """The file cannot be played; the text begins with the place."""

    def __init__(self, place: str, words: str) -> None:
        super().__init__(f"{place}: {words}" if place else words)


class Doubled(dict[str, Any]):
    """A JSON object that names `member` twice."""

    member: str


def parse(text: str) -> "Node":
    """The file's outermost value. Raises Unreadable for what is no JSON."""
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"line {error.lineno}, column {error.colno}", f"no JSON: {error.msg}") from None
    except RecursionError:
        raise Unreadable("", "nested too deeply") from None
    except ValueError as error:  # NaN, or a number of thousands of digits
        raise Unreadable("", f"no JSON: {error}") from None
    return Node(value, "")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled = Doubled(found)
    names = [name for name, _ in pairs]
    doubled.member = next(name for name in names if names.count(name) > 1)
    return doubled


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place. Each reader returns what it is asked for or raises Unreadable."""

    value: Any
    place: str

    def wrong(self, words: str) -> Unreadable:
        """What is to be raised when this value cannot be."""
        return Unreadable(self.place, words)

    def members(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, "Node"]:
        """The members of an object by name: all of `required`, and no others than these and `optional`."""
        self._check_object()
        needed = list(required)
        known = [*needed, *optional]
        for name in self.value:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1, 0.7)
                raise self._at(name).wrong("unknown" + (f"; did you mean {near[0]}?" if near else ""))
        for name in needed:
            self.member(name)
        return {name: self._at(name) for name in self.value}

    def member(self, name: str) -> "Node":
        """One member of an object, whatever else stands there."""
        self._check_object()
        if name not in self.value:
            raise self._at(name).wrong("missing")
        return self._at(name)

    def _check_object(self) -> None:
        if not isinstance(self.value, dict):
            raise self.wrong(f"must be an object, not {self._shown()}")
        if isinstance(self.value, Doubled):
            raise self._at(self.value.member).wrong("stands there twice")

    def _at(self, name: str) -> "Node":
        shown = name if name.isidentifier() else json.dumps(name[:SHOWN])
        return Node(self.value.get(name), f"{self.place}.{shown}" if self.place else shown)

    def items(self, low: int = 0, high: int = 1_000_000) -> list["Node"]:
        """The items of a list of `low` to `high`."""
        if not isinstance(self.value, list):
            raise self.wrong(f"must be a list, not {self._shown()}")
        if not low <= len(self.value) <= high:
            raise self.wrong(f"must have {low} to {high} items")
        return [Node(value, f"{self.place}[{number}]") for number, value in enumerate(self.value)]

    def whole(self, low: int, high: int) -> int:
        """An int; never 1.0, "1" or true."""
        if type(self.value) is not int:
            raise self.wrong(f"must be a whole number, not {self._shown()}")
        if not low <= self.value <= high:
            raise self.wrong(f"must be from {low} to {high}")
        return self.value

    def percent(self) -> int:
        """0 to 100 with at most two decimals, as basis points."""
        if type(self.value) not in (int, Decimal):
            raise self.wrong(f"must be a number of percent, not {self._shown()}")
        if not 0 <= self.value <= 100:
            raise self.wrong("must be from 0 to 100")
        rate_bp = Decimal(self.value) * 100
        if rate_bp % 1:
            raise self.wrong("must have at most two decimals")
        return int(rate_bp)

    def decimal(self, low: Decimal, high: Decimal) -> Decimal:
        """A decimal string in whole thousandths."""
        if type(self.value) is not str or not DECIMAL.fullmatch(self.value):
            raise self.wrong(f'must be a decimal string like "1.000", not {self._shown()}')
        number = Decimal(self.value)
        if number * 1000 % 1:
            raise self.wrong("must be whole thousandths")
        if not low <= number <= high:
            raise self.wrong(f"must be from {low} to {high}")
        return number

    def words(self, longest: int = 64) -> str:
        """A name: printable, not empty, no space around it."""
        if type(self.value) is not str:
            raise self.wrong(f"must be a string, not {self._shown()}")
        if not 0 < len(self.value) <= longest or not self.value.isprintable():
            raise self.wrong(f"must have 1 to {longest} printable characters")
        if self.value != self.value.strip():
            raise self.wrong("must not begin or end with a space")
        return self.value

    def one_of(self, choices: Sequence[W]) -> W:
        """One of a few words."""
        for choice in choices:
            if self.value == choice:
                return choice
        raise self.wrong(f"must be one of {', '.join(choices)}, not {self._shown()}")

    def moment(self) -> datetime:
        """ISO 8601 with offset, as UTC."""
        if type(self.value) is not str or not MOMENT.fullmatch(self.value):
            raise self.wrong(
                f"must be a time with offset like 2026-01-05T09:00:00+01:00, not {self._shown()}"
            )
        try:
            moment = datetime.fromisoformat(self.value.upper())
        except ValueError:
            raise self.wrong("there is no such day or time") from None
        self._check_year(moment)
        return moment.astimezone(UTC)

    def day(self) -> date:
        """A calendar day, ISO 8601."""
        if type(self.value) is not str or not DAY.fullmatch(self.value):
            raise self.wrong(f"must be a day like 2026-01-05, not {self._shown()}")
        try:
            day = date.fromisoformat(self.value)
        except ValueError:
            raise self.wrong("there is no such day") from None
        self._check_year(day)
        return day

    def _check_year(self, day: date) -> None:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise self.wrong(f"must be a year from {FIRST_YEAR} to {LAST_YEAR}")

    def _shown(self) -> str:
        """The value as the file has it, shortened."""
        plain = isinstance(self.value, Decimal)
        text = str(self.value) if plain else json.dumps(self.value, default=str, ensure_ascii=False)
        if not text.isprintable():  # what no terminal can show
            text = json.dumps(self.value, default=str)
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
