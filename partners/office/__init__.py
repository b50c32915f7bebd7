"""What shop owners see at a desk. One blueprint, one file per room."""

from flask import Blueprint, Flask
from flask_babel import gettext as _
from flask_login import current_user

office = Blueprint("office", __name__, url_prefix="/office")


@office.context_processor
def _rooms() -> dict[str, object]:
    """The rooms of the role: money is not a cashier's, the company is the owner's."""
    rooms = [("office.overview", _("Today"))]
    if current_user.is_authenticated and current_user.role != "staff":
        rooms.append(("office.statements", _("Statements")))
    if current_user.is_authenticated and current_user.role == "owner":
        rooms.append(("office.company", _("Company")))
    return {"desk_rooms": rooms if len(rooms) > 1 else []}


def register(app: Flask) -> None:
    """Open the rooms: each file hangs its views on the blueprint."""
    from partners.office import company, downloads, statement, statements, today  # noqa: F401

    app.register_blueprint(office)
