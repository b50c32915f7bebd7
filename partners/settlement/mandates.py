"""Mandates: a partner's signed leave to collect from its account, one live at a time. It collects nothing."""

import re
from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.people import deeds
from partners.models import Partner
from partners.settlement import closing
from partners.settlement.models import Mandate

NewId = Callable[[], UUID]
SCHEMES = ("CORE", "B2B")
SIGNS = re.compile(r"[A-Za-z0-9+?/:().,' -]{1,35}")  # the SEPA character set
FIRST_DAY = date(2009, 11, 1)  # SEPA direct debits began


def sign(
    session: Session,
    partner_id: UUID,
    reference: str,
    scheme: str,
    signed_on: date,
    staff_id: UUID | None,
    at: datetime,
    new_id: NewId,
) -> UUID:
    """Note a mandate that was signed on paper; it takes the place of the one before. Its id.

    Raises Invalid `reference_invalid`, `word_unknown` (scheme), `date_invalid` for a day to come or before SEPA;
    Missing `partner_unknown`; Conflict `mandate_reference_taken`.
    """
    _check(reference, scheme)
    if not FIRST_DAY <= signed_on <= closing.today(session, at):
        raise Invalid("date_invalid", "signed_on")
    # Under the partner's lock: of two at once the second revokes the first.
    known = select(Partner.id).where(Partner.id == partner_id).with_for_update(key_share=True)
    if session.scalar(known) is None:
        raise Missing("partner_unknown", "partner")
    before = live(session, partner_id)
    row = upsert(Mandate).values(
        id=new_id(), partner_id=partner_id, reference=reference, scheme=scheme, signed_on=signed_on
    )
    number = session.scalar(row.on_conflict_do_nothing().returning(Mandate.id))
    if number is None:
        raise Conflict("mandate_reference_taken", "reference")
    if before is not None:
        revoke(session, before.id, staff_id, at, new_id)
    deeds.note(session, "mandate_signed", staff_id, at, new_id, number, partner_id, {"scheme": scheme})
    return number


def revoke(session: Session, mandate_id: UUID, staff_id: UUID | None, at: datetime, new_id: NewId) -> None:
    """Collect on it no more. Asked again: nothing. Raises Missing `mandate_unknown`."""
    revoked = (
        update(Mandate).where(Mandate.id == mandate_id, Mandate.revoked_at.is_(None)).values(revoked_at=at)
    )
    partner_id = session.scalar(revoked.returning(Mandate.partner_id))
    if partner_id is not None:
        deeds.note(session, "mandate_revoked", staff_id, at, new_id, mandate_id, partner_id)
    elif session.scalar(select(Mandate.id).where(Mandate.id == mandate_id)) is None:
        raise Missing("mandate_unknown", "mandate")


def live(session: Session, partner_id: UUID) -> Mandate | None:
    """The mandate on which may be collected now."""
    asked = select(Mandate).where(Mandate.partner_id == partner_id, Mandate.revoked_at.is_(None))
    return session.scalar(asked.execution_options(populate_existing=True))


def listed(session: Session, partner_id: UUID) -> list[Mandate]:
    """All mandates of a partner, newest first."""
    rows = select(Mandate).where(Mandate.partner_id == partner_id).order_by(Mandate.id.desc())
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def _check(reference: str, scheme: str) -> None:
    """Banks refuse references that begin or end with a slash or hold two in a row, and take no heed of blanks."""
    slashes = reference.startswith("/") or reference.endswith("/") or "//" in reference
    if not SIGNS.fullmatch(reference) or slashes or reference != reference.strip():
        raise Invalid("reference_invalid", "reference")
    if scheme not in SCHEMES:
        raise Invalid("word_unknown", "scheme")
