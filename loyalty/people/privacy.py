"""Forgetting a person: every row that names them or leads to them is deleted; ids and amounts in the books stay.

Points are not its business: the whole erasure is `loyalty.points.erasure`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from loyalty import outbox
from loyalty.models.club import MemberStanding
from loyalty.models.people import Card, Claim, Member, Pin, Profile, WrongTry


def forget(session: Session, member_id: UUID, at: datetime) -> None:
    """Delete profile, cards, PIN, claim code, standing, wrong tries and mails to them; mark the member as erased.

    The sign-up's fingerprint goes too: it is a hash over name and address, and those can be guessed.
    """
    numbers = session.scalars(select(Card.number).where(Card.member_id == member_id)).all()
    if numbers:
        named = or_(*(WrongTry.bucket.endswith(number, autoescape=True) for number in numbers))
        session.execute(delete(WrongTry).where(named))
    address = session.scalar(select(Profile.email).where(Profile.member_id == member_id))
    if address:
        outbox.forget(session, address)
    for table in (Card, Pin, Claim, Profile, MemberStanding):
        session.execute(delete(table).where(table.member_id == member_id))
    change = update(Member).where(Member.id == member_id, Member.erased_at.is_(None))
    session.execute(change.values(erased_at=at, fingerprint=b"", terms_version=None))
