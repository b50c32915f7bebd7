"""What those see who run the coalition. One blueprint, one file per room."""

from flask import Blueprint, Flask

admin = Blueprint("admin", __name__, url_prefix="/admin")


def register(app: Flask) -> None:
    """Open the rooms: each file hangs its views on the blueprint."""
    from partners.admin import today  # noqa: F401

    app.register_blueprint(admin)
