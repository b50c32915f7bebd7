"""What members see on a phone: their card, what they have, and why. One blueprint, one file per room."""

from flask import Blueprint, Flask

portal = Blueprint("portal", __name__)


def register(app: Flask) -> None:
    """Open the rooms: each file hangs its views on the blueprint."""
    from member_portal import card, history, home, reasons  # noqa: F401

    app.jinja_env.filters["in_words"] = reasons.in_words
    app.register_blueprint(portal)
