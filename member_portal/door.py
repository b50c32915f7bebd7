"""The door of the portal: only members pass, each to their own things; pages of a person are never kept by caches."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from flask import abort, current_app, redirect, request
from flask_login import current_user
from sqlalchemy.orm import Session

from loyalty.db import db
from loyalty.people import cards
from loyalty.rules.cardnumber import WINDOW_SECONDS, code_at, key_of

View = Callable[..., Any]


def members_only(view: View) -> View:
    """Signed-out callers are asked to sign in, staff are sent to their own start page or refused."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if not current_user.is_authenticated:
            return current_app.login_manager.unauthorized()
        if current_user.kind != "member":
            return redirect(current_user.home) if request.path == "/" else abort(403)
        answer = current_app.make_response(view(*args, **values))
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return guarded


def now() -> datetime:
    """The door's clock."""
    return datetime.now(UTC)


def session() -> Session:
    """The request's session, for reading."""
    return db.session()


def card_of_caller() -> str | None:
    """The number of the card that counts: the newest one that is not blocked."""
    return cards.current(session(), current_user.id)


def rotating_digits(number: str, at: datetime) -> tuple[str, int]:
    """Number and code of this moment (22 digits), and for how many milliseconds it is the newest."""
    moment = int(at.timestamp() * 1000)
    step, gone = divmod(moment, WINDOW_SECONDS * 1000)
    secret = key_of(current_app.config["CARD_KEY"], number)
    return number + code_at(secret, step), WINDOW_SECONDS * 1000 - gone
