"""Which language a reader gets: what they chose, else what their browser asks for, else German."""

from flask import Blueprint, Flask, Response, abort, redirect, request, session
from flask_babel import Babel
from flask_login import current_user

from config.look import face
from loyalty.db import transact

LANGUAGES = ("de", "en")
blueprint = Blueprint("language", __name__)


def wanted() -> str:
    """The language of this request's answer: `de` or `en`."""
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or "de"


def local_path(target: str | None, otherwise: str) -> str:
    """`target` when it is a path of this site, else `otherwise`: nobody is sent elsewhere by a link."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    if any(character < " " or character == "\\" for character in target):
        return otherwise
    return target


@blueprint.post("/language")
def choose() -> Response:
    """Keep the choice for this browser and, when signed in, for the person; back to where they were."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    session["language"] = language
    if current_user.is_authenticated:
        transact(lambda open_session: current_user.keep_language(open_session, language))
    return redirect(local_path(request.form.get("next"), "/"), 303)


def init_app(app: Flask) -> None:
    """Babel with this choice of language; times are shown in the coalition's zone."""
    Babel(app, locale_selector=wanted, timezone_selector=lambda: face().time_zone, default_locale="de")
    app.register_blueprint(blueprint)
