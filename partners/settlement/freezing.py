"""Papers' content as JSON and back, exactly: what was issued is read years later as the same frozen objects."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def freeze(value: Any) -> Any:
    """A dataclass of dates, decimals, tuples and plain values as JSON values."""
    if is_dataclass(value):
        return {field.name: freeze(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: freeze(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [freeze(entry) for entry in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def thaw(kind: type[T], data: Any) -> T:
    """What `freeze` made of an object of this kind. Fields added since take their defaults."""
    return _thaw(kind, data)  # type: ignore[no-any-return]


def _thaw(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return (
            None
            if data is None
            else _thaw(next(one for one in get_args(kind) if one is not type(None)), data)
        )
    if origin is tuple:
        return tuple(_thaw(get_args(kind)[0], entry) for entry in data)
    if is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _thaw(hints[name], entry) for name, entry in data.items()})  # type: ignore[operator]
    if kind in (date, datetime):
        return kind.fromisoformat(data)
    return Decimal(data) if kind is Decimal else data


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
