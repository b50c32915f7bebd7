"""What those see who run the coalition. One blueprint, one file per room."""

from flask import Blueprint, Flask
from flask_babel import gettext as _

admin = Blueprint("admin", __name__, url_prefix="/admin")


@admin.context_processor
def _rooms() -> dict[str, object]:
    """The rooms in the order they are walked through."""
    return {
        "desk_rooms": [
            ("admin.overview", _("Today")),
            ("admin.partners", _("Partners")),
            ("admin.settlement", _("Settlement")),
            ("admin.payments", _("Payments")),
            ("admin.cases", _("Cases")),
            ("admin.liability", _("Liability")),
            ("admin.log", _("Audit log")),
        ]
    }


def register(app: Flask) -> None:
    """Open the rooms: each file hangs its views on the blueprint."""
    from partners.admin import (  # noqa: F401
        bank,
        cases,
        coalition,
        deciding,
        liability,
        log,
        papers,
        partner,
        partners,
        payments,
        run,
        settlement,
        today,
    )

    app.register_blueprint(admin)
