"""The forgotten card: members by name or phone, masked. The way in is `partners.searches`, which logs it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session

from loyalty.errors import Invalid
from loyalty.models.people import Profile
from loyalty.people import cards
from loyalty.people.newcomers import dialled
from loyalty.rules.cardnumber import mask_email, mask_name, mask_phone

SHORTEST = 3
LONGEST = 100
MOST = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A member as a till may show them: enough for the person before the counter to say "that's me"."""

    member_id: UUID
    display_name: str
    phone: str | None
    email: str | None
    card: str | None


def find(session: Session, q: str) -> tuple[Found, ...]:
    """At most 10 members whose name or last name, or whose phone number, begins with `q`.

    Raises Invalid `query_invalid` for less than 3 characters that count, or control characters.
    """
    wanted = " ".join(q.split())
    if not SHORTEST <= len(wanted) <= LONGEST or not wanted.isprintable():
        raise Invalid("query_invalid", "q", shortest=SHORTEST)
    condition = _phone(wanted) if any(sign.isdigit() for sign in wanted) else _name(wanted)
    rows = session.execute(
        select(Profile.member_id, Profile.first_name, Profile.last_name, Profile.phone, Profile.email)
        .where(condition)
        .order_by(Profile.last_name, Profile.first_name, Profile.member_id)
        .limit(MOST)
    )
    return tuple(
        Found(
            row.member_id,
            mask_name(f"{row.first_name} {row.last_name}"),
            mask_phone(row.phone) if row.phone else None,
            mask_email(row.email) if row.email else None,
            cards.current(session, row.member_id),
        )
        for row in rows
    )


def _name(wanted: str) -> ColumnElement[bool]:
    """Begins with it: "anna k", "Kaiser", or "Kaiser, Anna". Compared in the database's own lower case."""
    last, comma, first = wanted.partition(",")
    spoken = f"{first.strip()} {last.strip()}" if comma else wanted
    pattern = func.lower(literal(_escaped(spoken.strip()) + "%"))
    whole = func.lower(Profile.first_name + " " + Profile.last_name)
    return or_(whole.like(pattern), func.lower(Profile.last_name).like(pattern))


def _phone(wanted: str) -> ColumnElement[bool]:
    number = dialled(wanted)
    if number is None or len(number) < SHORTEST + 3:  # a country alone finds half the town
        raise Invalid("query_invalid", "q", shortest=SHORTEST)
    return Profile.phone.like(number + "%")


def _escaped(text: str) -> str:
    """% and _ stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
