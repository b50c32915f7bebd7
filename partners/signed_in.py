"""The door of office and admin: who is signed in, in which role, and the clock of the request."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, current_app
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import db
from loyalty.models.coalition import Coalition

View = Callable[..., Any]


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


def today() -> tuple[date, str]:
    """The coalition's local day now, and its time zone."""
    zone = session().scalar(select(Coalition.time_zone)) or "Europe/Berlin"
    return datetime.now(UTC).astimezone(ZoneInfo(zone)).date(), zone
