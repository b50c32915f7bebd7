"""/healthz: the process answers. /readyz: the database answers and is migrated. /metrics: for Prometheus."""

from functools import lru_cache

from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from config import database, metrics
from loyalty.db import db

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """200 as long as this process can answer at all."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> Response | tuple[Response, int]:
    """200 when a request that needs the database would succeed, else 503 with the reason's code."""
    try:
        at = database.current(db.engine)
    except SQLAlchemyError:
        return jsonify(status="database_unreachable"), 503
    if at != _newest():
        return jsonify(status="not_migrated"), 503
    return jsonify(status="ok")


@blueprint.get("/metrics")
def numbers() -> Response:
    """Prometheus' text format. Let your proxy keep it from the street."""
    return Response(metrics.page(), mimetype="text/plain; version=0.0.4")


@lru_cache(maxsize=1)
def _newest() -> str | None:
    return database.newest()


def init_app(app: Flask) -> None:
    """These three are for machines: no session, no form."""
    app.register_blueprint(blueprint)
