"""The audit log: who did what and when, newest first, by person, by kind of deed, by partner. It only reads."""

from collections.abc import Sequence
from uuid import UUID

from flask import abort, render_template, request
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from loyalty.models.oversight import AuditLog
from partners.admin import admin, deeds
from partners.admin.people import partner_names, staff_names
from partners.signed_in import session, staff_only

SHOWN = 50
NOBODY = "nobody"  # commands and jobs: no person


@admin.get("/log")
@staff_only("admin")
def log() -> str:
    """A page of deeds; `before` is the last one of the page before."""
    who, what = request.args.get("who", ""), request.args.get("what", "")
    partner, before = _id("partner"), _id("before")
    found = page(session(), _which(who, what, partner), before)
    shown, more = found[:SHOWN], len(found) > SHOWN
    return render_template(
        "admin/log.html",
        deeds=shown,
        more=shown[-1].id if more else None,
        before=before,
        who=who,
        what=what,
        partner=partner,
        names=staff_names(session(), [deed.staff_id for deed in shown]),
        partners=partner_names(session()),
        people=_people(session()),
        kinds=_kinds(session()),
        action=deeds.action,
        facts=deeds.facts,
        link=deeds.link,
    )


def page(session: Session, which: Sequence[ColumnElement[bool]], before: UUID | None) -> list[AuditLog]:
    """One deed more than is shown, newest first."""
    asked = select(AuditLog).where(*which).order_by(AuditLog.at.desc(), AuditLog.id.desc())
    if before is not None:
        last = session.get(AuditLog, before) or abort(404)
        asked = asked.where(tuple_(AuditLog.at, AuditLog.id) < (last.at, last.id))
    return list(session.scalars(asked.limit(SHOWN + 1)))


def _which(who: str, what: str, partner: UUID | None) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = []
    if who:
        which.append(AuditLog.staff_id.is_(None) if who == NOBODY else AuditLog.staff_id == _id("who"))
    if what:
        which.append(AuditLog.action == what)
    if partner is not None:
        which.append(AuditLog.partner_id == partner)
    return which


def _people(session: Session) -> list[tuple[str, str]]:
    """Who did anything, by name."""
    ids = session.scalars(select(AuditLog.staff_id).distinct())
    names = staff_names(session, ids)
    return sorted(((str(one), name) for one, name in names.items()), key=lambda one: one[1].casefold())


def _kinds(session: Session) -> list[tuple[str, str]]:
    """What was done, by name."""
    found = session.scalars(select(AuditLog.action).distinct())
    return sorted(((one, deeds.actions().get(one, one)) for one in found), key=lambda one: one[1].casefold())


def _id(name: str) -> UUID | None:
    """An id from the address; what is none is not found."""
    text = request.args.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        abort(404)
