"""Cases: objections to be answered, corrections and points by hand that wait for a second person. It only reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.models.coalition import Coalition
from loyalty.models.oversight import Adjustment
from loyalty.models.people import Member
from loyalty.people import cards
from loyalty.points import adjustments, ledger
from partners.admin import admin
from partners.admin.people import partner_names, staff_names
from partners.admin.phrases import adjustment_names, correction_names, vocabulary
from partners.settlement import corrections, objections, runs
from partners.settlement.models import Correction
from partners.signed_in import session, staff_only


@dataclass(frozen=True, slots=True)
class Waiting:
    """An adjustment with a card of those it is for, None when they have none."""

    asked: Adjustment
    card: str | None


@admin.get("/cases")
@staff_only("admin")
def cases() -> str:
    """All that waits for somebody, and the forms to begin something."""
    return page()


def page() -> str:
    """The room as it is now; a form that was refused keeps what was typed."""
    open_ones, waiting = objections.open_ones(session()), corrections.waiting(session())
    approved, by_hand = approved_ones(session()), adjustments_waiting(session())
    people = (
        {one.raised_by for one in open_ones}
        | {one for row in (*waiting, *approved) for one in (row.made_by, row.approved_by)}
        | {one.asked.asked_by for one in by_hand}
    )
    return render_template(
        "admin/cases.html",
        objections=open_ones,
        runs={one.run_id: runs.get(session(), one.run_id) for one in open_ones},
        corrections=waiting,
        approved=approved,
        adjustments=by_hand,
        threshold=session().scalars(select(Coalition.four_eyes_points)).one(),
        partners=partner_names(session()),
        people=staff_names(session(), people),
        me=current_user.id,
        correction_names=correction_names(),
        adjustment_names=adjustment_names(),
        typed=request.form if request.method == "POST" else {},
        at_form=(request.view_args or {}).get("objection_id") or request.endpoint,
        longest=objections.LONGEST,
        **vocabulary(),
    )


def approved_ones(session: Session) -> list[Correction]:
    """Corrections that the next run prepared takes in, oldest first."""
    wanted = select(Correction).where(Correction.approved_at.is_not(None), Correction.run_id.is_(None))
    return list(session.scalars(wanted.order_by(Correction.approved_at, Correction.id)))


def adjustments_waiting(session: Session) -> list[Waiting]:
    """Points by hand that wait, oldest first."""
    waiting = adjustments.waiting(session)
    shown = _cards(session, {one.wallet_id for one in waiting})
    return [Waiting(one, shown.get(one.wallet_id)) for one in waiting]


def _cards(session: Session, wallet_ids: Iterable[UUID]) -> dict[UUID, str]:
    """A live card by wallet; of a wallet merged away meanwhile, one of the wallet it went into."""
    found = {}
    for wallet_id in wallet_ids:
        final_id = ledger.final_wallet(session, wallet_id)
        members = select(Member.id).where(Member.wallet_id == final_id, Member.erased_at.is_(None))
        live = (
            cards.current(session, member_id) for member_id in session.scalars(members.order_by(Member.id))
        )
        if number := next(filter(None, live), None):
            found[wallet_id] = number
    return found
