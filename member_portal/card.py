"""The card itself: the rotating code for the till, and the printable card that earns but never spends."""

from pathlib import Path

from flask import Response, abort, current_app, render_template
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy import select

from loyalty.models.coalition import Coalition
from member_portal import portal, printed, qr
from member_portal.door import card_of_caller, members_only, now, rotating_digits, session

SHOWN = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="{label}" '
    'data-digits="{digits}"><rect width="{side}" height="{side}" fill="#fff"/>'
    '<path fill="#000" shape-rendering="crispEdges" d="{path}"/></svg>'
)
RED = "#b01e3c"  # Emma's own colour, where the coalition chose none


def _no_store(content: str | bytes, mimetype: str) -> Response:
    answer = Response(content, mimetype=mimetype)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def code_picture(number: str) -> tuple[Markup, int]:
    """The rotating code of this moment as SVG, and for how many milliseconds it is the newest."""
    digits, left_ms = rotating_digits(number, now())
    path, side = qr.path(digits, qr.SHOWN, border=2)
    return SHOWN.format(side=side, label=escape(_("QR code of your card")), digits=digits, path=path), left_ms


@portal.get("/card/code.svg")
@members_only
def code() -> Response:
    """What the page asks for before the shown code runs out."""
    number = card_of_caller() or abort(404)
    picture, left_ms = code_picture(number)
    answer = _no_store(str(picture), "image/svg+xml")
    answer.headers["Emma-Code-Left-Ms"] = str(left_ms)
    return answer


def _printable() -> dict[str, str]:
    number = card_of_caller() or abort(404)
    coalition = session().execute(select(Coalition.name, Coalition.accent)).first()
    name, accent = coalition or ("Emma", None)
    return {"name": current_user.name, "number": number, "coalition": name, "accent": accent or RED}


def _drawing() -> str:
    facts = _printable()
    path, side = qr.path(facts["number"])
    return render_template("portal/card.svg", path=path, side=side, stripes=printed.STRIPES, **facts)


@portal.get("/card.svg")
@members_only
def drawing() -> Response:
    """The card to print, to the tenth of a millimetre."""
    return _no_store(_drawing(), "image/svg+xml")


@portal.get("/card.png")
@members_only
def picture() -> Response:
    """The card to print as pixels, for photo labs and chats."""
    fonts = Path(str(current_app.static_folder)) / "fonts"
    return _no_store(printed.png(claim=_("One card, many shops."), fonts=fonts, **_printable()), "image/png")


@portal.get("/card/print")
@members_only
def printing() -> str:
    """The card in its real size, ready for paper."""
    return render_template("portal/print.html", drawing=_drawing())
