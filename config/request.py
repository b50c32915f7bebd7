"""What is done around every request: its id, constant headers, one log line, one measurement: microseconds.

A log line names the route's template, never the path: paths hold card numbers.
"""

import os
import re
import time

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from config import metrics
from config.logging import access

SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)

MACHINES = ("/api/", "/healthz", "/readyz", "/metrics")

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
FOR_ALL = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)
FOR_PAGES = (
    ("Content-Security-Policy", POLICY),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
)
STRICT_TRANSPORT = (("Strict-Transport-Security", "max-age=31536000"),)


class PageSessions(SecureCookieSessionInterface):
    """Sessions for pages only: a till has a key, and its answers carry no cookie."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """None, Flask's session that cannot be written, where machines ask."""
        if request.path.startswith(MACHINES):
            return None
        return super().open_session(app, request)


def begin() -> None:
    """Stamp the request with its beginning and its id: the caller's own when it is sane."""
    g.began = time.perf_counter()
    given = request.headers.get("X-Request-Id")
    g.request_id = given if given and SANE_ID.fullmatch(given) else os.urandom(12).hex()


def init_app(app: Flask) -> None:
    """Around every request of `app`."""
    for_all = FOR_ALL + (STRICT_TRANSPORT if app.config["SESSION_COOKIE_SECURE"] else ())

    def finish(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        headers = response.headers
        identity = g.get("request_id") or os.urandom(12).hex()
        headers.extend((("X-Request-Id", identity), *for_all))
        if response.mimetype == "text/html":
            for name, value in FOR_PAGES:
                headers.setdefault(name, value)
        rule = request.url_rule
        route = rule.rule if rule else "unknown"
        metrics.observe(request.method, route, response.status_code, seconds)
        access(identity, request.method, route, response.status_code, seconds)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)
