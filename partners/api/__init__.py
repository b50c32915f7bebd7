"""The tills' door, /api/v1: one file per group of calls. What it promises stands in docs/tills.md."""

from flask import Flask

from partners.api import (
    auth,
    batch,
    me,
    members,
    openapi,
    purchases,
    purchases_read,
    redemptions,
    returns,
    rewards,
    scan,
)

GROUPS = (scan, members, purchases, purchases_read, batch, returns, rewards, redemptions, me)
BASE = "/api/v1"


def register(app: Flask) -> None:
    """All calls and their OpenAPI document. Keys, not cookies, tell who asks: no CSRF token is needed."""
    app.extensions["till_keys"] = auth.Memory()
    api = openapi.make(app)
    for group in GROUPS:
        app.extensions["csrf"].exempt(group.blueprint)
        api.register_blueprint(group.blueprint, url_prefix=BASE)
