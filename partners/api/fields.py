"""Strict fields for what tills send: whole numbers that are ints, words without control characters, times with offset.

Each has `read`, plain Python that returns the value or raises Refused; marshmallow's own `load` goes through it too.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma

from loyalty.errors import Malformed
from loyalty.rules import cardnumber
from partners.api.marking import _

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
PLAIN = r"^[^\u0000-\u001f\u007f-\u009f]*$"  # the same for readers of the OpenAPI document
MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
IDENTITY = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
FIRST_YEAR, LAST_YEAR = (
    2000,
    2199,
)  # far enough from the ends of the calendar for every time zone and database


class Refused(Exception):
    """One value that cannot be accepted: a message (msgid) and its numbers."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class Strict(ma.fields.Field[Any]):
    """A field whose `read` decides."""

    read: Callable[[Any], Any]

    def _validate(self, value: Any) -> None:
        """Nothing is left to check: the validators are there for the OpenAPI document."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return self.read(value)
        except Refused as refused:
            raise ma.ValidationError(refused.message) from refused


class Whole(Strict, ma.fields.Integer):
    """An int from `low` to `high`; never 1.0, "1" or true."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(validate=ma.validate.Range(low, high), strict=True, **kwargs)
        self.read = whole(low, high)


def whole(low: int, high: int) -> Callable[[Any], int]:
    """The reader of an int from `low` to `high`."""

    def read(value: Any) -> int:
        if type(value) is not int:
            raise Refused(_("Must be a whole number."))
        if not low <= value <= high:
            raise Refused(_("Must be from %(low)s to %(high)s."), low=low, high=high)
        return value

    return read


class Truth(Strict, ma.fields.Boolean):
    """true or false, nothing that resembles them."""

    @staticmethod
    def read(value: Any) -> bool:
        if value is not True and value is not False:
            raise Refused(_("Must be true or false."))
        return value


class Words(Strict, ma.fields.String):
    """A string of `low` to `high` characters, none of them a control character."""

    def __init__(self, high: int, low: int = 1, **kwargs: Any) -> None:
        checks = [ma.validate.Length(low, high), ma.validate.Regexp(PLAIN)]
        super().__init__(validate=checks, **kwargs)
        self.read = words(high, low)


def words(high: int, low: int = 1) -> Callable[[Any], str]:
    """The reader of a string of `low` to `high` characters."""

    def read(value: Any) -> str:
        if type(value) is not str:
            raise Refused(_("Must be a string."))
        if not low <= len(value) <= high:
            raise Refused(_("Must have %(low)s to %(high)s characters."), low=low, high=high)
        if not value.isprintable() and CONTROL.search(value):  # the first look is the cheap one
            raise Refused(_("Must not contain control characters."))
        return value

    return read


class OneOf(Strict, ma.fields.String):
    """One of a few words."""

    def __init__(self, choices: Iterable[str], **kwargs: Any) -> None:
        self.choices = tuple(choices)
        super().__init__(validate=ma.validate.OneOf(self.choices), **kwargs)

    def read(self, value: Any) -> str:
        if value not in self.choices:
            raise Refused(_("Must be one of: %(choices)s."), choices=", ".join(self.choices))
        return value


class Percent(Strict, ma.fields.Float):
    """A rate in percent with at most two decimals, read as basis points."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=ma.validate.Range(0, 100), **kwargs)
        self.metadata.setdefault("multipleOf", 0.01)

    @staticmethod
    def read(value: Any) -> int:
        if type(value) is int and 0 <= value <= 100:
            return value * 100
        if type(value) not in (int, float):
            raise Refused(_("Must be a number."))
        if not 0 <= value <= 100:
            raise Refused(_("Must be from %(low)s to %(high)s."), low=0, high=100)
        rate_bp = round(value * 100)
        if abs(value * 100 - rate_bp) > 1e-6:
            raise Refused(_("Must have at most two decimals."))
        return rate_bp


class Moment(Strict, ma.fields.AwareDateTime):
    """ISO 8601 with date, time and offset."""

    @staticmethod
    def read(value: Any) -> datetime:
        if type(value) is not str or len(value) > 40 or not MOMENT.fullmatch(value):
            raise Refused(_("Must be a time in ISO 8601 with offset, like 2026-11-22T09:15:00+01:00."))
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            raise Refused(_("There is no such day or time.")) from None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise Refused(_("Must be a year from %(low)s to %(high)s."), low=FIRST_YEAR, high=LAST_YEAR)
        return moment.astimezone(UTC)


class Day(Strict, ma.fields.Date):
    """A calendar day, ISO 8601."""

    @staticmethod
    def read(value: Any) -> date:
        if type(value) is not str or not DAY.fullmatch(value):
            raise Refused(_("Must be a day like 1990-05-17."))
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Refused(_("There is no such day or time.")) from None


class Identity(Strict, ma.fields.UUID):
    """An id as Emma gave it out."""

    @staticmethod
    def read(value: Any) -> UUID:
        if type(value) is not str or not IDENTITY.fullmatch(value):
            raise Refused(_("Must be an id as Emma gave it out."))
        return UUID(value)


class CardText(Strict, ma.fields.String):
    """16 digits (as printed) or 22 (with rotating code). A string that is no card raises Malformed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {"example": "2700417003829152"})
        super().__init__(validate=ma.validate.Regexp(r"^27[0-9]{14}([0-9]{6})?$"), **kwargs)

    @staticmethod
    def read(value: Any) -> cardnumber.CardRead:
        if type(value) is not str:
            raise Refused(_("Must be a string of 16 or 22 digits."))
        return cardnumber.parse(value)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except Malformed as refused:
            raise ma.ValidationError(refused.code) from refused
