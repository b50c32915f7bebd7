"""GET /me: whose key this is, what time it is here, and how much one call may hold."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app
from flask_smorest import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import db
from loyalty.models.coalition import Coalition
from partners.api import openapi
from partners.api.answers_people import MeOut
from partners.api.auth import Authority
from partners.api.batch import MOST_ITEMS
from partners.api.bodies import MOST_LINES
from partners.api.calls import call
from partners.api.rendering import json_response
from partners.api.requests import LONGEST_BATCH, LONGEST_BODY

blueprint = Blueprint("me", __name__, description="Whose key this is.")


@call(blueprint, "GET", "/me", MeOut, winding_up=True)
def me(authority: Authority) -> Response:
    """Till, shop, partner, server time and limits"""
    key = authority.key
    with Session(db.engine) as session:
        terms_version = session.scalars(select(Coalition.terms_version)).one()
    return json_response({
        "till": {"id": key.till_id, "name": key.till_name},
        "shop": {"id": key.shop_id, "name": key.shop_name, "time_zone": key.time_zone},
        "partner": {"id": key.partner_id, "code": key.partner_code, "name": key.partner_name},
        "scopes": sorted(key.scopes),
        "server_time": datetime.now(UTC),
        "limits": _limits(),
        "api_version": openapi.VERSION,
        "terms_version": terms_version,
    })  # fmt: skip


def _limits() -> dict[str, Any]:
    return {
        "requests_per_second": current_app.config["RATE_LIMIT"], "batch_items": MOST_ITEMS, "lines": MOST_LINES,
        "body_bytes": LONGEST_BODY, "batch_bytes": LONGEST_BATCH,
    }  # fmt: skip
