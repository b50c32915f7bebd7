"""Those who work for a partner or run the coalition. Passwords arrive as hashes (`loyalty.people.passwords`)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.people.newcomers import LANGUAGES, clean_email, clean_name
from loyalty.people.passwords import matches
from partners.models import Staff

ROLES = ("owner", "staff", "accountant", "admin")


def create(
    session: Session,
    email: str,
    name: str,
    role: str,
    partner_id: UUID | None,
    password_hash: str,
    new_id: Callable[[], UUID],
    language: str = "de",
) -> UUID:
    """Somebody who may sign in; their id. Admins belong to no partner, all others to one.

    Raises Invalid naming the field, Conflict `email_taken`.
    """
    if role not in ROLES or (role == "admin") != (partner_id is None):
        raise Invalid("role_invalid", "role")
    if language not in LANGUAGES:
        raise Invalid("language_unknown", "language")
    row = insert(Staff).values(
        id=new_id(),
        partner_id=partner_id,
        email=clean_email(email),
        name=clean_name(name, "name", shortest=1),
        role=role,
        password=password_hash,
        language=language,
    )
    staff_id = session.scalar(row.on_conflict_do_nothing().returning(Staff.id))
    if staff_id is None:
        raise Conflict("email_taken", "email")
    return staff_id


def verify(session: Session, email: str, password: str) -> Staff | None:
    """Who signs in with this; None for a wrong password or unknown address, both after the same work."""
    address = email.strip().lower()
    person = session.scalar(select(Staff).where(Staff.email == address, Staff.left_at.is_(None)))
    return person if matches(person.password if person else None, password) else None


def set_password(session: Session, staff_id: UUID, password_hash: str) -> None:
    """Replace the password; all other sessions end by that. Raises Missing `staff_unknown`."""
    _change(session, staff_id, password=password_hash)


def leave(session: Session, staff_id: UUID, at: datetime) -> None:
    """They cannot sign in any more, and sessions end. Raises Missing `staff_unknown`."""
    _change(session, staff_id, left_at=at)


def _change(session: Session, staff_id: UUID, **values: object) -> None:
    change = update(Staff).where(Staff.id == staff_id).values(**values)
    if session.scalar(change.returning(Staff.id)) is None:
        raise Missing("staff_unknown", "staff")
