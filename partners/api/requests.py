"""What a request carries, read strictly: JSON of a bounded length and depth in UTF-8. Everything else is refused."""

import json
import zlib
from typing import Any

import orjson
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from loyalty.errors import Malformed
from partners.api.marking import _
from partners.api.reading import Body, Faults, from_query

LONGEST_BODY = 256 * 1024  # bytes
LONGEST_BATCH = 6 * 1024 * 1024  # bytes, also once inflated
NO_VALUE = _("Is no value that JSON knows.")
JSON_TYPES = {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}


class NotANumber:
    """Stands where a body had NaN, Infinity or a number without end, so that its field can be named."""


def body(optional: bool = False) -> Any:
    """The parsed body of a single call; when `optional`, {} for none at all."""
    if optional and not request.content_length and "Transfer-Encoding" not in request.headers:
        return {}
    _check_type()
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType()
    return parsed(_bytes(LONGEST_BODY))


def batch_body() -> Any:
    """The parsed body of a batch, which may be gzipped."""
    _check_type()
    coding = request.headers.get("Content-Encoding", "identity").lower()
    content = _bytes(LONGEST_BATCH)
    if coding == "gzip":
        content = inflated(content)
    elif coding != "identity":
        raise UnsupportedMediaType()
    return parsed(content)


def query(schema: Body) -> dict[str, Any]:
    """The values of the query string."""
    return from_query(schema, request.args)


def _check_type() -> None:
    given = request.headers.get("Content-Type", "").lower()
    if given not in JSON_TYPES:
        kind, _semicolon, rest = given.partition(";")
        charset = rest.replace('"', "").replace(" ", "")
        if kind.strip() != "application/json" or charset not in ("", "charset=utf-8"):
            raise UnsupportedMediaType()


def _bytes(longest: int) -> bytes:
    if (request.content_length or 0) > longest:
        raise RequestEntityTooLarge()
    # A body without a length is cut off where it gets too long: one byte more tells.
    request.max_content_length = longest + 1
    content = request.get_data(cache=False)
    if len(content) > longest:
        raise RequestEntityTooLarge()
    return content


def inflated(content: bytes) -> bytes:
    """What gzip packed, never more than a batch may have. Raises 413, Malformed `json_invalid`."""
    machine = zlib.decompressobj(wbits=31)
    try:
        inside = machine.decompress(content, LONGEST_BATCH)
    except zlib.error:
        raise Malformed("json_invalid", "body") from None
    if machine.unconsumed_tail:
        raise RequestEntityTooLarge()
    if not machine.eof or machine.unused_data:
        raise Malformed("json_invalid", "body")
    return inside


def parsed(content: bytes) -> Any:
    """JSON as values. Raises Malformed or Faults `json_invalid`, naming the field where that can be told."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        raise _explained(content) from None


def _explained(content: bytes) -> Exception:
    """Why it is not JSON: the slow, tolerant parser finds the fields in which numbers or strings are the trouble."""
    try:
        data = json.loads(
            content.decode(), parse_constant=_no_number, parse_int=_short_int, parse_float=_finite
        )
    except (ValueError, RecursionError):
        return Malformed("json_invalid", "body")
    fields: list[str] = []
    _suspects(data, "", fields)
    if not fields:
        return Malformed("json_invalid", "body")
    return Faults([(field, NO_VALUE, {}) for field in fields[:20]], "json_invalid")


def _suspects(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, NotANumber) or (isinstance(value, str) and not _encodes(value)):
        found.append(path or "body")
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not _encodes(name):
                found.append(path or "body")
            else:
                _suspects(inner, f"{path}.{name}" if path else name, found)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _suspects(inner, f"{path}.{place}" if path else str(place), found)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(_text: str) -> NotANumber:
    return NotANumber()


def _short_int(text: str) -> Any:
    return int(text) if len(text) < 20 else NotANumber()


def _finite(text: str) -> Any:
    number = float(text)
    return number if abs(number) != float("inf") else NotANumber()
