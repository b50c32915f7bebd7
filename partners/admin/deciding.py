"""What is decided about cases: objections answered, corrections and points by hand made, and agreed to by another."""

from datetime import datetime
from uuid import UUID

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.errors import Invalid, Missing
from loyalty.models.coalition import Coalition
from loyalty.people import cards
from loyalty.points import adjustments
from loyalty.points.adjustments import Asked
from loyalty.points.ledger import NewId
from partners import contracts, forms
from partners.admin import admin
from partners.admin.cases import page
from partners.settlement import corrections, objections
from partners.signed_in import Work, act, staff_only

SIGNS = {"for": 1, "against": -1}


@admin.post("/cases/objections/<uuid:objection_id>")
@staff_only("admin")
def answer_objection(objection_id: UUID) -> Response:
    """Close a case. Money in it becomes a correction that a second person approves."""
    given, who = request.form, current_user.id

    def work(session: Session, at: datetime, new_id: NewId) -> UUID | None:
        upheld = {"upheld": True, "rejected": False}.get(given.get("verdict", ""))
        if upheld is None:
            raise Invalid("word_unknown", "verdict")
        cents = forms.cents(given["amount"], "amount") if given.get("amount", "").strip() else None
        said = given.get("answer", "")
        return objections.answer(session, objection_id, upheld, said, cents, who, at, new_id)

    return _act(work, _("The objection is answered."), "objections")


@admin.post("/cases/corrections")
@staff_only("admin")
def make_correction() -> Response:
    """A correction that waits for a second person."""
    given, who = request.form, current_user.id

    def work(session: Session, at: datetime, new_id: NewId) -> UUID:
        cents, sign = forms.cents(given.get("amount", ""), "amount"), SIGNS.get(given.get("side", ""))
        if sign is None:
            raise Invalid("word_unknown", "side")
        if cents < 0:
            raise Invalid("amount_invalid", "amount")
        partner_id, reason = _id(given.get("partner", ""), "partner"), given.get("reason", "")
        return corrections.make(session, partner_id, sign * cents, reason, who, at, new_id)

    return _act(work, _("The correction is made. A second person has to approve it."), "corrections")


@admin.post("/cases/corrections/<uuid:correction_id>/approve")
@staff_only("admin")
def approve_correction(correction_id: UUID) -> Response:
    """Let the next run take it in."""
    who = current_user.id
    return _act(
        lambda session, at, new_id: corrections.approve(session, correction_id, who, at, new_id),
        _("The correction is approved. The next run takes it in."),
        "corrections",
    )


@admin.post("/cases/corrections/<uuid:correction_id>/drop")
@staff_only("admin")
def drop_correction(correction_id: UUID) -> Response:
    """Give it up."""
    who = current_user.id
    return _act(
        lambda session, at, new_id: corrections.drop(session, correction_id, who, at, new_id),
        _("The correction is dropped."),
        "corrections",
    )


@admin.post("/cases/adjustments")
@staff_only("admin")
def ask_adjustment() -> Response:
    """Points by hand for a card: at once when they are few, else they wait for a second person."""
    given, who = request.form, current_user.id

    def work(session: Session, at: datetime, new_id: NewId) -> Asked:
        points, reason = forms.whole(given.get("points", ""), "points"), given.get("reason", "")
        threshold = session.scalars(select(Coalition.four_eyes_points)).one()
        wallet_id = _wallet(session, given.get("card", ""))
        programme = contracts.programme(session)
        return adjustments.ask(
            session, wallet_id, points, reason, who, threshold, programme, at, new_id
        )  # fmt: skip

    def told(asked: Asked) -> str:
        flash(_("The points are booked.") if asked.done else _("A second person has to agree."))
        return url_for("admin.cases", _anchor="adjustments")

    return act(work, _("The request is kept."), told, page)


@admin.post("/cases/adjustments/<uuid:adjustment_id>/<any(agree, refuse):verdict>")
@staff_only("admin")
def decide_adjustment(adjustment_id: UUID, verdict: str) -> Response:
    """Book points that somebody else asked for, or refuse them for good."""
    who, agree = current_user.id, verdict == "agree"

    def work(session: Session, at: datetime, new_id: NewId) -> None:
        programme = contracts.programme(session)
        adjustments.decide(session, adjustment_id, agree, who, programme, at, new_id)

    return _act(work, _("The points are booked.") if agree else _("The request is refused."), "adjustments")


def _act(work: Work, done: str, anchor: str) -> Response:
    return act(work, done, url_for("admin.cases", _anchor=anchor), page)


def _id(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("word_unknown", field) from None


def _wallet(session: Session, card: str) -> UUID:
    """The wallet behind a card as it is printed, in groups. Raises Invalid `card_unknown`, Conflict `card_blocked`."""
    number = "".join(card.split())
    if not (number.isascii() and number.isdigit()):
        raise Invalid("card_unknown", "card")
    try:
        return cards.who(session, number).wallet_id
    except Missing as unknown:
        raise Invalid("card_unknown", "card") from unknown
