"""Who settles with whom: companies on papers, mandates, limits, exits."""

from datetime import date

from sqlalchemy import BIGINT, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Id, Instant, Ref, one_of


class Company(Base):
    """Who stands on papers: a partner's company or (partner NULL) the operator's. May change; papers keep what was."""

    __tablename__ = "company"
    __table_args__ = (
        UniqueConstraint("partner_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
    )
    id: Mapped[Id]
    partner_id: Mapped[Ref | None] = mapped_column(ForeignKey("partner.id"))
    legal_name: Mapped[str]
    street: Mapped[str] = mapped_column(server_default=text("''"))
    post_code: Mapped[str] = mapped_column(server_default=text("''"))
    city: Mapped[str] = mapped_column(server_default=text("''"))
    country: Mapped[str] = mapped_column(server_default=text("'DE'"))
    vat_id: Mapped[str | None]
    tax_number: Mapped[str | None]
    small_business: Mapped[bool] = mapped_column(server_default=text("false"))
    email: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default=text("'de'"))
    iban: Mapped[str | None]
    bic: Mapped[str | None]
    creditor_id: Mapped[str | None]
    datev_consultant: Mapped[int | None]
    datev_client: Mapped[int | None]
    chart: Mapped[str] = mapped_column(server_default=text("'SKR03'"))


class Mandate(Base):
    """A partner's leave to collect from its account. `used_at`: when it was first used (FRST before, RCUR after)."""

    __tablename__ = "mandate"
    __table_args__ = (one_of("scheme", ("CORE", "B2B")), Index(None, "partner_id"))
    id: Mapped[Id]
    partner_id: Mapped[Ref] = mapped_column(ForeignKey("partner.id"))
    reference: Mapped[str] = mapped_column(unique=True)
    scheme: Mapped[str]
    signed_on: Mapped[date]
    used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]


class Exposure(Base):
    """What a partner would owe if settled now, against its limit. Refreshed by the worker; tills read `held`."""

    __tablename__ = "exposure"
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partner.id"))
    owed_cents: Mapped[int] = mapped_column(BIGINT)
    limit_cents: Mapped[int | None] = mapped_column(BIGINT)
    warned: Mapped[bool] = mapped_column(server_default=text("false"))
    held: Mapped[bool] = mapped_column(server_default=text("false"))
    at: Mapped[Instant]


class PartnerExit(Base):
    """A partner leaves: last day, until when its points may be spent at its cost, who carries what is open then."""

    __tablename__ = "partner_exit"
    __table_args__ = (
        one_of("carrier", ("partner", "operator")),
        CheckConstraint("leaves_on <= cut_off_on", name="dates"),
        CheckConstraint("guarantee_cents >= 0", name="guarantee"),
    )
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partner.id"))
    leaves_on: Mapped[date]
    cut_off_on: Mapped[date]
    carrier: Mapped[str]
    guarantee_cents: Mapped[int] = mapped_column(BIGINT)
    noted_by: Mapped[Ref]
    noted_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]
