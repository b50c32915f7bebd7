"""Members and what belongs to them. What names a person stands only in tables of this file, and can be emptied."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Id, Instant, Ref, one_of

BEGINNING: Any = {"postgresql_ops": {"name": "text_pattern_ops"}}  # LIKE 'anna%' in any collation


class Member(Base):
    """A person with a card. The wallet may be shared with a household. `key` is that of the till's sign-up call."""

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("till_id", "key"),
        Index(None, "wallet_id"),  # the people of a household
    )
    id: Mapped[Id]
    wallet_id: Mapped[Ref] = mapped_column(ForeignKey("wallet.id"))
    joined_at: Mapped[Instant]
    terms_version: Mapped[str | None]
    erased_at: Mapped[Instant | None]
    till_id: Mapped[Ref | None]
    key: Mapped[str | None]
    fingerprint: Mapped[bytes | None]


class Profile(Base):
    """Who the member is: emptied at erasure. `password` is an argon2id hash. E-mail is kept in lower case."""

    __tablename__ = "profile"
    __table_args__ = (
        Index("profile_email_key", "email", unique=True, postgresql_where=text("email IS NOT NULL")),
        # Forgotten card: by the beginning of phone, full name or last name.
        Index("profile_phone_idx", "phone", postgresql_ops={"phone": "text_pattern_ops"}),
        Index(
            "profile_name_idx",
            literal_column("lower((first_name::text || ' '::text) || last_name::text)").label("name"),
            **BEGINNING,
        ),
        Index("profile_last_name_idx", literal_column("lower(last_name)").label("name"), **BEGINNING),
        one_of("language", ("de", "en")),
    )
    member_id: Mapped[Id] = mapped_column(ForeignKey("member.id"))
    first_name: Mapped[str] = mapped_column(server_default=text("''"))
    last_name: Mapped[str] = mapped_column(server_default=text("''"))
    email: Mapped[str | None]
    phone: Mapped[str | None]
    born_on: Mapped[date | None]
    language: Mapped[str] = mapped_column(server_default=text("'de'"))
    password: Mapped[str | None]


class Card(Base):
    """A number that stands for a member. `used_steps`: rotating codes a redemption has consumed lately."""

    __tablename__ = "card"
    __table_args__ = (
        Index(None, "member_id"),  # all cards of a member
        CheckConstraint("number ~ '^27[0-9]{14}$'", name="number"),
    )
    number: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[Ref] = mapped_column(ForeignKey("member.id"))
    issued_at: Mapped[Instant]
    blocked_at: Mapped[Instant | None]
    replaced_by: Mapped[str | None]
    used_steps: Mapped[list[int]] = mapped_column(ARRAY(BIGINT), server_default=text("'{}'"))


class Pin(Base):
    """HMAC of the member's PIN with the server's key, and the wrong tries since the last right one."""

    __tablename__ = "pin"
    member_id: Mapped[Id] = mapped_column(ForeignKey("member.id"))
    digest: Mapped[bytes]
    wrong_tries: Mapped[int] = mapped_column(server_default=text("0"))
    locked_at: Mapped[Instant | None]


class Claim(Base):
    """The separately printed code with which a counter sign-up is taken over in the portal. Stored hashed."""

    __tablename__ = "claim"
    member_id: Mapped[Id] = mapped_column(ForeignKey("member.id"))
    digest: Mapped[bytes]
    issued_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class WrongTry(Base):
    """Wrong passwords, codes and PINs by bucket (a hashed address, a card, a till): what is slowed, and until when."""

    __tablename__ = "wrong_try"
    bucket: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[Instant]
    blocked_until: Mapped[Instant | None]
