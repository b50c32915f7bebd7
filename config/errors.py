"""Every refusal on its way out, the only such place: problem+json for tills, a page for people."""

import sys
import traceback

import structlog
from flask import Flask, Response, g, render_template, request
from jinja2 import TemplateError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from loyalty.db import sqlstate
from loyalty.errors import LoyaltyError
from partners.api import problems

log = structlog.get_logger()
HEADERS_KEPT = {"allow", "retry-after"}  # what the protocol asks for with 405, 429 and 503


def init_app(app: Flask) -> None:
    """From here on every exception of a request becomes an answer."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Response:
    """The answer to `error`; what nobody expected is logged with its place, without its words."""
    if not isinstance(error, HTTPException | LoyaltyError | problems.Faults):
        _note(error)
    if isinstance(error, HTTPException) and error.response is not None:
        return Response.force_type(error.response)
    problem = problems.from_exception(error)
    return problem if request.path.startswith("/api/") else _page(problem)


def _page(problem: Response) -> Response:
    status = problem.status_code
    kept = [(name, value) for name, value in problem.headers if name.lower() in HEADERS_KEPT]
    try:
        page = render_template("error.html", status=status, request_id=g.get("request_id"), detail=None)
    except (SQLAlchemyError, TemplateError):  # the page itself wants to know from the database who is asking
        page = f"<!doctype html><title>Emma</title><p>{status}: Bitte später noch einmal. Please try again later."
    return Response(page, status, headers=[*kept, ("Cache-Control", "no-store")], mimetype="text/html")


def _note(error: Exception) -> None:
    """Where it broke, and never with which values: messages of a database quote cards and names."""
    frames = traceback.extract_tb(sys.exc_info()[2])[-12:]
    log.error(
        "request_failed",
        request_id=g.get("request_id"),
        route=request.url_rule.rule if request.url_rule else "unknown",
        error=type(error).__qualname__,
        sqlstate=sqlstate(error),
        frames=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
