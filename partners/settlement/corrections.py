"""Corrections: cents put right by hand, made by one person, approved by another, taken in by the next run prepared."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Forbidden, Invalid, Missing
from loyalty.people import deeds
from partners.models import Partner
from partners.settlement.models import Correction, Objection

NewId = Callable[[], UUID]
REASONS = ("wrong_points", "wrong_price", "wrong_fee", "wrong_vat", "objection", "agreed", "goodwill")
HIGHEST_CENTS = 10_000_000


def make(
    session: Session,
    partner_id: UUID,
    cents: int,
    reason: str,
    staff_id: UUID,
    at: datetime,
    new_id: NewId,
    objection_id: UUID | None = None,
) -> UUID:
    """Cents in the partner's favour (below zero: against it) that wait for a second person; the correction's id.

    Raises Invalid `amount_invalid` (0, or beyond 100,000 euros either way), `reason_unknown`; Missing
    `partner_unknown`, `objection_unknown` when it is not one of this partner's.
    """
    check_cents(cents)
    if reason not in REASONS:
        raise Invalid("reason_unknown", "reason")
    if session.scalar(select(Partner.id).where(Partner.id == partner_id)) is None:
        raise Missing("partner_unknown", "partner")
    if objection_id is not None:
        _refuse_foreign(session, objection_id, partner_id)
    number = new_id()
    row = {"id": number, "partner_id": partner_id, "cents": cents, "reason": reason, "objection_id": objection_id,
           "made_by": staff_id, "made_at": at}  # fmt: skip
    session.execute(insert(Correction).values(row))
    facts = {"cents": cents, "reason": reason}
    deeds.note(session, "correction_made", staff_id, at, new_id, number, partner_id, facts)
    return number


def approve(session: Session, correction_id: UUID, staff_id: UUID, at: datetime, new_id: NewId) -> None:
    """Let the next run take it in. Asked again: nothing.

    Raises Missing `correction_unknown`, Forbidden `approved_by_maker`.
    """
    correction = get(session, correction_id, lock=True)
    if correction.approved_at is not None:
        return
    if correction.made_by == staff_id:
        raise Forbidden("approved_by_maker", "staff")
    change = update(Correction).where(Correction.id == correction_id)
    session.execute(change.values(approved_by=staff_id, approved_at=at))
    _note(session, "correction_approved", correction, staff_id, at, new_id)


def drop(session: Session, correction_id: UUID, staff_id: UUID, at: datetime, new_id: NewId) -> None:
    """Give up one that waits: the maker has thought better of it, or the second person does not agree.

    Only the audit log remembers it. Raises Missing `correction_unknown`, Conflict `correction_approved`.
    """
    correction = get(session, correction_id, lock=True)
    if correction.approved_at is not None:
        raise Conflict("correction_approved", "correction")
    session.execute(delete(Correction).where(Correction.id == correction_id))
    _note(session, "correction_dropped", correction, staff_id, at, new_id)


def get(session: Session, correction_id: UUID, lock: bool = False) -> Correction:
    """The correction. Raises Missing `correction_unknown`."""
    wanted = (
        select(Correction).where(Correction.id == correction_id).execution_options(populate_existing=True)
    )
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise Missing("correction_unknown", "correction")
    return found


def waiting(session: Session) -> list[Correction]:
    """What waits for a second person, oldest first."""
    return _listed(session, Correction.approved_at.is_(None))


def of_partner(session: Session, partner_id: UUID) -> list[Correction]:
    """All of a partner, oldest first: waiting, approved, taken into a run."""
    return _listed(session, Correction.partner_id == partner_id)


def check_cents(cents: int) -> None:
    """Not zero, at most 100,000 euros either way. Raises Invalid `amount_invalid`."""
    if not 0 < abs(cents) <= HIGHEST_CENTS:
        raise Invalid("amount_invalid", "cents")


def _listed(session: Session, which: ColumnElement[bool]) -> list[Correction]:
    rows = select(Correction).where(which).order_by(Correction.made_at, Correction.id)
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def _refuse_foreign(session: Session, objection_id: UUID, partner_id: UUID) -> None:
    owner = session.scalar(select(Objection.partner_id).where(Objection.id == objection_id))
    if owner != partner_id:
        raise Missing("objection_unknown", "objection")


def _note(
    session: Session, action: str, correction: Correction, staff_id: UUID, at: datetime, new_id: NewId
) -> None:
    facts = {"cents": correction.cents, "reason": correction.reason}
    deeds.note(session, action, staff_id, at, new_id, correction.id, correction.partner_id, facts)
