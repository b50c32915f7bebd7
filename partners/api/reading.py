"""Bodies and queries become values: one plain loop over a schema's fields, because marshmallow's own loading costs
more than everything else a till's request does. What is declared (and documented) stays the marshmallow schema."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from loyalty.errors import Malformed
from partners.api.fields import Refused, Whole
from partners.api.marking import _

Fault = tuple[str, str, Mapping[str, object]]  # field as a path, message (msgid), its numbers


REQUIRED = _("Is missing.")
OBJECT = _("Must be an object.")
LIST = _("Must be a list.")
TOO_MANY = _("Must have %(low)s to %(high)s entries.")
MISSING = object()


class Faults(Exception):
    """All that is wrong with one body."""

    def __init__(self, faults: list[Fault], code: str = "validation_failed") -> None:
        super().__init__(code)
        self.faults = faults
        self.code = code


class Body(ma.Schema):
    """What a till sends. `read` gives a dict of values, or what `made` makes of it; unknown members are ignored."""

    class Meta:
        unknown = ma.EXCLUDE

    made: Any = None  # the frozen type the values are for

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._plan = [_step(name, field) for name, field in self.fields.items()]

    def read(self, data: Any, path: str = "") -> Any:
        """`data` (parsed JSON) as values, absent ones by default. Raises Faults, and Malformed `card_invalid`."""
        faults: list[Fault] = []
        values = self._read(data, path, faults)
        if faults:
            raise Faults(faults)
        return values

    def _read(self, data: Any, path: str, faults: list[Fault]) -> Any:
        if type(data) is not dict:
            faults.append((path.rstrip(".") or "body", OBJECT, {}))
            return None
        values, before = {}, len(faults)
        get = data.get
        for name, attribute, read, required, default in self._plan:
            value = get(name, MISSING)
            if value is MISSING or (value is None and not required):
                if required:
                    faults.append((path + name, REQUIRED, {}))
                else:
                    values[attribute] = default
                continue
            try:
                values[attribute] = read(value)
            except Refused as refused:
                faults.append((path + name, refused.message, refused.facts))
            except Malformed as malformed:
                malformed.field = path + name
                raise
            except _Nested as nested:
                faults.extend(
                    (f"{path}{name}{field}", message, facts) for field, message, facts in nested.faults
                )
        if len(faults) > before:
            return None
        return values if self.made is None else self.made(**values)


class Rows(ma.fields.List):
    """A list of `low` to `high` values: of a strict field, or of the objects of a Body."""

    def __init__(self, inner: Any, low: int, high: int, **kwargs: Any) -> None:
        nested = isinstance(inner, type) and issubclass(inner, Body)
        super().__init__(
            ma.fields.Nested(inner) if nested else inner, validate=ma.validate.Length(low, high), **kwargs
        )
        self.low, self.high = low, high
        self._body = inner() if nested else None

    def read(self, value: Any) -> tuple[Any, ...]:
        """All entries, or every fault in them."""
        if type(value) is not list:
            raise Refused(LIST)
        if not self.low <= len(value) <= self.high:
            raise Refused(TOO_MANY, low=self.low, high=self.high)
        faults: list[Fault] = []
        if self._body:
            read = self._body._read
            found = [read(entry, f".{place}.", faults) for place, entry in enumerate(value)]
        else:
            found = [self._one(place, entry, faults) for place, entry in enumerate(value)]
        if faults:
            raise _Nested(faults)
        return tuple(found)

    def _one(self, place: int, entry: Any, faults: list[Fault]) -> Any:
        try:
            return self.inner.read(entry)  # type: ignore[attr-defined]
        except Refused as refused:
            faults.append((f".{place}", refused.message, refused.facts))


class _Nested(Exception):
    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults


def _step(name: str, field: Any) -> tuple[str, str, Any, bool, Any]:
    default = None if field.load_default is ma.missing else field.load_default
    return field.data_key or name, field.attribute or name, field.read, field.required, default


def from_query(schema: Body, arguments: Mapping[str, str]) -> dict[str, Any]:
    """The values of a query string. Raises Faults."""
    data: dict[str, Any] = {}
    for name, field in schema.fields.items():
        key = field.data_key or name
        if key in arguments:
            data[key] = _as_sent(field, arguments[key])
    values: dict[str, Any] = schema.read(data)
    return values


def _as_sent(field: Any, text: str) -> Any:
    if isinstance(field, Whole):
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
    if isinstance(field, ma.fields.DateTime):
        return text.replace(" ", "+")  # an offset's plus that nobody encoded
    return text
