"""Payments: what is open, settling by hand, and who could pay whom directly. Files of the bank stand in `bank`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.errors import Invalid
from loyalty.rules.netting import Position
from loyalty.rules.payments import Payment, direct
from partners import forms, signed_in
from partners.admin import admin
from partners.admin.people import partner_names
from partners.admin.phrases import hand_reasons, vocabulary
from partners.admin.typed import euros
from partners.settlement import closing, incoming, legs, runs
from partners.settlement.legs import NewId
from partners.settlement.models import BankFile, SettlementRun
from partners.signed_in import act, session, staff_only

LATEST = 40  # files shown


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as the list shows it; `period` None: it came from the bank."""

    id: UUID
    kind: str
    name: str
    period: str | None
    at: datetime
    size: int


@admin.get("/payments")
@staff_only("admin")
def payments() -> str:
    """Open items, files for and from the bank, entries nobody could be found for, direct payments of a run."""
    return page()


@admin.post("/payments/legs/<uuid:leg_id>")
@staff_only("admin")
def settle_leg(leg_id: UUID) -> Response:
    """Note a payment that no file of the bank tells of."""
    given, who = request.form, current_user.id

    def work(session: Session, at: datetime, new_id: NewId) -> None:
        amount = forms.cents(given.get("amount", ""), "amount")
        reason = given.get("reason", "")
        if reason not in hand_reasons():
            raise Invalid("word_unknown", "reason")
        legs.settle_by_hand(session, leg_id, _sign(session, leg_id) * amount, reason, who, at, new_id)

    return act(work, _("The payment is noted."), url_for("admin.payments"), page)


def page() -> str:
    """The room as it is now; `run` in the address asks for another run's direct payments."""
    released = [run for run in runs.listed(session()) if run.state == "released"]
    chosen = next((run for run in released if str(run.id) == request.args.get("run")), None)
    if chosen is None and "run" in request.args:
        abort(404)
    chosen = chosen or next(iter(released), None)
    return render_template(
        "admin/payments.html",
        items=legs.items(session(), only_open=True),
        today=closing.today(session(), signed_in.now()),
        files=files(session()),
        strangers=incoming.unknown_entries(session()),
        reasons=hand_reasons(),
        typed=request.form if request.method == "POST" else {},
        at_leg=(request.view_args or {}).get("leg_id"),
        released=released,
        chosen=chosen,
        asked="run" in request.args,
        direct=direct_payments(session(), chosen.id) if chosen else (),
        names=partner_names(session()),
        plain_euros=euros,
        **vocabulary(),
    )


def direct_payments(session: Session, run_id: UUID) -> tuple[Payment, ...]:
    """Who would pay whom if a run were settled without the coalition's account in between."""
    positions = runs.positions(session, run_id)
    return direct(Position(partner, (), (), cents) for partner, cents in sorted(positions.items()))


def files(session: Session) -> list[Kept]:
    """The latest files without their content, newest first."""
    rows = session.execute(
        select(
            BankFile.id,
            BankFile.kind,
            BankFile.message_id,
            SettlementRun.period,
            BankFile.at,
            func.length(BankFile.content),
        )
        .outerjoin(SettlementRun, SettlementRun.id == BankFile.run_id)
        .order_by(BankFile.at.desc(), BankFile.id.desc())
        .limit(LATEST)
    )
    return [Kept(*row) for row in rows]


def _sign(session: Session, leg_id: UUID) -> int:
    """People type amounts without a sign: it is the one of what is open."""
    item = next((one for one in legs.items(session, only_open=True) if one.leg.id == leg_id), None)
    return -1 if item is not None and item.open_cents < 0 else 1
