"""Claim codes: with the one printed at the counter, members take over their membership, once."""

import hmac
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Forbidden
from loyalty.models.people import Claim, Profile
from loyalty.people import cards
from loyalty.people.newcomers import clean_email
from loyalty.people.profiles import take_email
from loyalty.rules import cardnumber


def issue(
    session: Session, member_id: UUID, at: datetime, entropy: Callable[[int], bytes], server_key: bytes
) -> str:
    """A new code, "XXXX-XXXX", in place of any earlier one; only its HMAC is kept."""
    code = cardnumber.claim_code(entropy(5))
    values = {"digest": _digest(server_key, member_id, code), "issued_at": at, "used_at": None}
    row = insert(Claim).values(member_id=member_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=[Claim.member_id], set_=values))
    return code


def claim(
    session: Session,
    card: str,
    claim_code: str,
    email: str,
    password_hash: str,
    at: datetime,
    server_key: bytes,
) -> UUID:
    """Give the card's member this e-mail and password; the member's id. The code is used up.

    Raises Missing or Conflict for the card, Forbidden `claim_wrong`, Conflict `claim_used` or `email_taken`,
    Invalid `email_invalid`. A door counts wrong codes per card (throttle.CARD_CODE).
    """
    address = clean_email(email)
    member_id = cards.who(session, card).member_id
    kept = session.execute(
        select(Claim.digest, Claim.used_at).where(Claim.member_id == member_id).with_for_update()
    ).first()
    given = _digest(server_key, member_id, cardnumber.claim_as_made(claim_code))
    if kept is None or not hmac.compare_digest(kept.digest, given):
        raise Forbidden("claim_wrong", "claim_code")
    if kept.used_at is not None:
        raise Conflict("claim_used", "claim_code")
    take_email(session, member_id, address)
    session.execute(update(Profile).where(Profile.member_id == member_id).values(password=password_hash))
    session.execute(update(Claim).where(Claim.member_id == member_id).values(used_at=at))
    return member_id


def _digest(server_key: bytes, member_id: UUID, code: str) -> bytes:
    """Keyed with what the database does not hold: a plain hash of 40 bits can be tried out."""
    text = b"claim:" + member_id.bytes + code.encode("utf-8", "surrogatepass")
    return hmac.digest(server_key, text, sha256)
