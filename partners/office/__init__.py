"""What shop owners see at a desk. One blueprint, one file per room."""

from flask import Blueprint, Flask

office = Blueprint("office", __name__, url_prefix="/office")


def register(app: Flask) -> None:
    """Open the rooms: each file hangs its views on the blueprint."""
    from partners.office import today  # noqa: F401

    app.register_blueprint(office)
