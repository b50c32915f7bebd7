"""Refusals as RFC 9457 problem+json, in the words of the reader's language. Never a stack trace."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import psycopg
from flask import Response
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from loyalty.db import sqlstate
from loyalty.errors import Conflict, Forbidden, Gone, Invalid, Locked, LoyaltyError, Malformed, Missing
from partners.api.problem_table import TABLE
from partners.api.reading import Fault, Faults
from partners.api.words import say

MEDIA_TYPE = "application/problem+json"
BY_STATUS = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    406: "not_acceptable", 409: "conflict", 413: "body_too_large", 415: "media_type_unsupported",
    422: "validation_failed", 429: "rate_limited", 503: "unavailable",
}  # fmt: skip
# A class means a status: an unknown redemption is 404 when asked for and 422 when a purchase names it.
STATUS_OF: dict[type[LoyaltyError], int] = {
    Malformed: 400, Forbidden: 403, Missing: 404, Conflict: 409, Gone: 410, Invalid: 422, Locked: 423,
}  # fmt: skip
FIELD_OF = {413: "body", 415: "Content-Type"}
RETRY_AFTER = {"in_flight": "1", "unavailable": "2"}
LOCK_NOT_AVAILABLE = "55P03"


class Unauthorized(LoyaltyError):
    """Nobody whom we know is asking."""


class NotNow(LoyaltyError):
    """Too much at once: `seconds` says when to come again."""


def document(
    code: str,
    facts: Mapping[str, object] | None = None,
    faults: Iterable[Fault] = (),
    status: int | None = None,
) -> dict[str, Any]:
    """The problem as a dict of JSON values, in the language of the request."""
    kind = TABLE.get(code) or TABLE["bad_request"]
    facts = facts or {}
    problem: dict[str, Any] = {
        "type": f"urn:emma:problem:{code}",
        "title": say(kind.title),
        "status": status or kind.status,
        "detail": _worded(kind.detail, facts),
        "code": code,
        **facts,
    }
    errors = [{"field": field, "message": _worded(message, numbers)} for field, message, numbers in faults]
    if errors:
        problem["errors"] = errors
    return problem


def of(error: LoyaltyError | Faults) -> dict[str, Any]:
    """The problem that a refusal is."""
    if isinstance(error, Faults):
        return document(error.code, faults=error.faults)
    status = next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), None)
    detail = TABLE[error.code].detail if error.code in TABLE else TABLE["bad_request"].detail
    faults = [(error.field, detail, error.facts)] if error.field else []
    return document(error.code, error.facts, faults, status)


def answer(problem: Mapping[str, Any]) -> Response:
    """The problem on its way out."""
    response = Response(orjson.dumps(problem), problem["status"], content_type=MEDIA_TYPE)
    if "seconds" in problem:
        response.headers["Retry-After"] = str(problem["seconds"])
    elif problem["code"] in RETRY_AFTER:
        response.headers["Retry-After"] = RETRY_AFTER[problem["code"]]
    if problem["status"] == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="emma"'
    return response


def from_exception(error: BaseException) -> Response:
    """The answer to anything raised on the way; what nobody expected says nothing of itself."""
    if isinstance(error, LoyaltyError | Faults):
        return answer(of(error))
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, DBAPIError | psycopg.Error):
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            return answer(document("in_flight"))
        if isinstance(error, OperationalError | psycopg.OperationalError):
            return answer(document("unavailable"))
    if isinstance(error, PoolTimeout):
        return answer(document("unavailable"))
    return answer(document("internal_error"))


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    code = BY_STATUS.get(status, "bad_request" if status < 500 else "internal_error")
    faults = [(FIELD_OF[status], TABLE[code].detail, {})] if status in FIELD_OF else []
    response = answer(document(code, faults=faults))
    response.status_code = status
    # What the protocol asks for: Allow with 405, Retry-After with 429.
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _worded(message: str, facts: Mapping[str, object]) -> str:
    """The message in the reader's language with its numbers; a number nobody gave leaves the words out."""
    try:
        return say(message, **facts)
    except KeyError:
        return say(TABLE["validation_failed"].detail)
