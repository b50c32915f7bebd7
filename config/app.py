"""create_app puts the parts together. What every request costs before its view stands in `config.request`."""

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import member_portal
import partners.admin
import partners.api
import partners.office
from config import api_page, database, errors, health, language, logging, login, look, request, settings

LARGEST_BODY = 6 * 1024 * 1024  # bytes: a till's offline queue of 500 baskets and room


def create_app(given: settings.Settings | None = None) -> Flask:
    """The application, ready to serve; without `given` the settings of a real installation are required."""
    given = given or settings.load()
    logging.configure(given.log_level)
    app = Flask("config", static_folder="static", template_folder="templates")
    app.config.update(
        SETTINGS=given,
        SECRET_KEY=given.secret_key,
        CARD_KEY=given.card_key,
        RATE_LIMIT=given.rate_limit,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        SESSION_COOKIE_NAME="emma",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=given.https,
        PERMANENT_SESSION_LIFETIME=30 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=given.https,
    )
    app.session_interface = request.PageSessions()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if given.proxies:
        hops = given.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    database.configure(app, given)
    CSRFProtect(app)
    for part in (request, errors, look, language, login, api_page, health):
        part.init_app(app)
    _rooms(app)
    return app


def _rooms(app: Flask) -> None:
    """The doors for shops, for the coalition and for members."""
    for room in (partners.api, partners.office, partners.admin, member_portal):
        room.register(app)
