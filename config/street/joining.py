"""The people of the street become members, each on the day they joined; three of them can sign in and have a PIN."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from config.sequence import in_order
from config.street.people import Person
from loyalty.errors import Invalid
from loyalty.people import members, pins
from loyalty.people.newcomers import Newcomer

TERMS_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Joined:
    """A person as a member. `pin` None: none chosen."""

    member_id: UUID
    card: str
    pin: str | None


def join(
    session: Session,
    persons: Sequence[Person],
    password_hash: str,
    entropy: Callable[[int], bytes],
    server_key: bytes,
) -> list[Joined]:
    """All of them, in the same order. Cards and PINs come from `entropy(n)`."""
    return [_join(session, person, password_hash, entropy, server_key) for person in persons]


def _join(
    session: Session, person: Person, password_hash: str, entropy: Callable[[int], bytes], server_key: bytes
) -> Joined:
    told = Newcomer(person.first_name, person.last_name, person.email, person.phone, person.born_on)
    signed = members.sign_up(
        session, told, TERMS_VERSION, person.joined, in_order(person.joined, entropy), entropy, server_key,
        password_hash=password_hash if person.login else None,
    )  # fmt: skip
    pin = _choose_pin(session, signed.member_id, entropy, server_key) if person.login else None
    return Joined(signed.member_id, signed.card, pin)


def _choose_pin(session: Session, member_id: UUID, entropy: Callable[[int], bytes], server_key: bytes) -> str:
    """Four digits that are not the first a thief would try."""
    while True:
        pin = f"{int.from_bytes(entropy(8), 'big') % 10_000:04}"
        try:
            pins.choose(session, member_id, pin, server_key)
            return pin
        except Invalid:
            continue
