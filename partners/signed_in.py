"""The door of office and admin: who is signed in, in which role, the clock, and how a form is acted on."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, abort, current_app, flash, g, redirect
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import db, transact
from loyalty.errors import Conflict, Forbidden, Invalid, Malformed
from loyalty.models.coalition import Coalition
from loyalty.rules.ids import uuid7

View = Callable[..., Any]
Work = Callable[[Session, datetime, Callable[[], UUID]], Any]
STATUS = {Forbidden: 403, Conflict: 409, Invalid: 422, Malformed: 400}


def staff_only(*roles: str) -> Callable[[View], View]:
    """Only staff in one of `roles` pass; others who are signed in get 403, the rest are asked to sign in."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            if not current_user.is_authenticated:
                return current_app.login_manager.unauthorized()
            if current_user.kind != "staff" or current_user.role not in roles:
                abort(403)
            answer = current_app.make_response(view(*args, **values))
            answer.headers.setdefault("Cache-Control", "no-store")
            return answer

        return guarded

    return guard


def session() -> Session:
    """The request's session, for reading."""
    return db.session()


def now() -> datetime:
    """The moment of the request: the one clock of office and admin."""
    return datetime.now(UTC)


def today() -> tuple[date, str]:
    """The coalition's local day now, and its time zone."""
    zone = session().scalar(select(Coalition.time_zone)) or "Europe/Berlin"
    return now().astimezone(ZoneInfo(zone)).date(), zone


def act(work: Work, done: str, to: str | Callable[[Any], str], again: Callable[[], str]) -> Response:
    """Do `work(session, at, new_id)` in one transaction; then say `done` on the page at `to` (or `to(what work gave)`).

    A refusal changes nothing: the page that `again` draws tells it (`g.refusal`), with the status that fits. Missing
    things become the page of a 404.
    """
    at = now()
    try:
        gave = transact(lambda session: work(session, at, lambda: uuid7(at, os.urandom(10))))
    except tuple(STATUS) as refusal:
        g.refusal = refusal
        status = next(status for kind, status in STATUS.items() if isinstance(refusal, kind))
        return current_app.make_response((again(), status))
    flash(done)
    answer = redirect(to if isinstance(to, str) else to(gave), 303)
    return current_app.make_response(answer)
