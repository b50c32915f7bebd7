"""What a member may change about themselves: name, e-mail, phone, birthday, language, password."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty.db import constraint
from loyalty.errors import Conflict, Missing
from loyalty.models.coalition import Coalition
from loyalty.models.people import Profile
from loyalty.people.newcomers import Newcomer, checked


def limits(session: Session, at: datetime) -> tuple[date, int]:
    """The coalition's local day at `at`, and the age in years from which one may join."""
    zone, minimum_age = session.execute(select(Coalition.time_zone, Coalition.minimum_age)).one()
    return at.astimezone(ZoneInfo(zone)).date(), minimum_age


def change(session: Session, member_id: UUID, person: Newcomer, at: datetime) -> None:
    """Replace all that the member told us. Raises Invalid, Conflict `email_taken`, Missing."""
    told = checked(person, *limits(session, at))
    take_email(session, member_id, told.email)
    session.execute(
        update(Profile)
        .where(Profile.member_id == member_id)
        .values(
            first_name=told.first_name,
            last_name=told.last_name,
            phone=told.phone,
            born_on=told.born_on,
            language=told.language,
        )
    )


def take_email(session: Session, member_id: UUID, email: str | None) -> None:
    """Set the member's address, already cleaned. Raises Conflict `email_taken`, Missing `member_unknown`."""
    statement = update(Profile).where(Profile.member_id == member_id).values(email=email)
    try:
        with session.begin_nested():  # of two who want the same address at once, the index refuses one
            found = session.scalar(statement.returning(Profile.member_id))
    except IntegrityError as error:
        if constraint(error) != "profile_email_key":
            raise
        raise Conflict("email_taken", "email") from error
    if found is None:
        raise Missing("member_unknown")


def set_password(session: Session, member_id: UUID, password_hash: str) -> None:
    """Replace the argon2id hash; all other sessions of the member end by that (the sign-in compares it)."""
    session.execute(update(Profile).where(Profile.member_id == member_id).values(password=password_hash))
