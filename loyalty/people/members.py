"""Members join: with a wallet, a profile, a card and, at a counter, a claim code. No points move here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid
from loyalty.models.people import Member, Profile
from loyalty.models.points import Wallet
from loyalty.people import cards, claims
from loyalty.people.newcomers import Newcomer, checked
from loyalty.people.profiles import limits

LONGEST_VERSION = 40


@dataclass(frozen=True, slots=True)
class Origin:
    """The till's call that made a member, unique by (till, key); the fingerprint is that of its request."""

    till_id: UUID
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A new member. The claim code is told once; None when they chose a password themselves."""

    member_id: UUID
    wallet_id: UUID
    card: str
    claim_code: str | None


def sign_up(
    session: Session,
    person: Newcomer,
    terms_version: str,
    at: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
    server_key: bytes,
    origin: Origin | None = None,
    password_hash: str | None = None,
) -> SignedUp:
    """Make a member who accepted `terms_version` of the programme's terms.

    Raises Invalid naming the field, Conflict `email_taken`. A second call of the same `origin` breaks the
    unique constraint member_till_id_key_key: the door answers with what the first one made.
    """
    told = checked(person, *limits(session, at))
    if not 0 < len(terms_version) <= LONGEST_VERSION or not terms_version.isprintable():
        raise Invalid("terms_version_invalid", "terms_version")
    member_id, wallet_id = new_id(), new_id()
    session.execute(insert(Wallet).values(id=wallet_id, opened_at=at))
    row = {"id": member_id, "wallet_id": wallet_id, "joined_at": at, "terms_version": terms_version}
    if origin is not None:
        row |= {"till_id": origin.till_id, "key": origin.key, "fingerprint": origin.fingerprint}
    session.execute(insert(Member).values(row))
    _introduce(session, member_id, told, password_hash)
    card = cards.issue(session, member_id, at, entropy)
    code = None if password_hash else claims.issue(session, member_id, at, entropy, server_key)
    return SignedUp(member_id, wallet_id, card, code)


def _introduce(session: Session, member_id: UUID, told: Newcomer, password_hash: str | None) -> None:
    row = upsert(Profile).values(
        member_id=member_id,
        first_name=told.first_name,
        last_name=told.last_name,
        email=told.email,
        phone=told.phone,
        born_on=told.born_on,
        language=told.language,
        password=password_hash,
    )
    # The address is the only thing that can collide; without a word from the row it was taken.
    if session.scalar(row.on_conflict_do_nothing().returning(Profile.member_id)) is None:
        raise Conflict("email_taken", "email")
