"""The coalition's own settings (one row) and the snapshots of its earning rules."""

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, Price, one_of
from loyalty.rules.netting import BREAKAGES, FUNDINGS


class Coalition(Base):
    """What holds for every partner. Funding, breakage, fee and its VAT are what new contract versions start from;
    points that the coalition itself orders follow them too, so funding stays once there are points.
    """

    __tablename__ = "coalition"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        one_of("expiry_rule", ("months", "quarter", "year")),
        CheckConstraint("point_value_ct > 0", name="point_value"),
        CheckConstraint("expiry_months BETWEEN 1 AND 120", name="expiry_months"),
        CheckConstraint("pending_days BETWEEN 0 AND 365", name="pending_days"),
        one_of("funding", FUNDINGS),
        one_of("breakage", BREAKAGES),
        CheckConstraint("fee_vat_bp BETWEEN 0 AND 10000", name="fee_vat"),
        CheckConstraint("objection_days BETWEEN 0 AND 365 AND due_days BETWEEN 0 AND 90", name="days"),
        CheckConstraint("four_eyes_points >= 0", name="four_eyes"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    name: Mapped[str] = mapped_column(server_default=text("'Emma'"))
    accent: Mapped[str | None]
    time_zone: Mapped[str] = mapped_column(server_default=text("'Europe/Berlin'"))
    point_value_ct: Mapped[Price] = mapped_column(server_default=text("1.000"))
    expiry_rule: Mapped[str] = mapped_column(server_default=text("'months'"))
    expiry_months: Mapped[int] = mapped_column(server_default=text("36"))
    pending_days: Mapped[int] = mapped_column(server_default=text("0"))
    grace_days: Mapped[int] = mapped_column(server_default=text("30"))
    points_per_euro: Mapped[int] = mapped_column(server_default=text("1"))
    margin_bp: Mapped[int] = mapped_column(server_default=text("3000"))
    vat_bp: Mapped[int] = mapped_column(server_default=text("1900"))
    cost_to_serve_cents: Mapped[int] = mapped_column(server_default=text("150"))
    funding: Mapped[str] = mapped_column(server_default=text("'prefunded'"))
    breakage: Mapped[str] = mapped_column(server_default=text("'mutual'"))
    service_fee_ct: Mapped[Price] = mapped_column(server_default=text("0.150"))
    fee_vat_bp: Mapped[int] = mapped_column(server_default=text("1900"))
    objection_days: Mapped[int] = mapped_column(server_default=text("30"))
    due_days: Mapped[int] = mapped_column(server_default=text("14"))
    four_eyes_points: Mapped[int] = mapped_column(server_default=text("500"))
    minimum_age: Mapped[int] = mapped_column(server_default=text("16"))
    terms_version: Mapped[str] = mapped_column(server_default=text("'1'"))


class TermsRevision(Base):
    """One number that every change of rules, contracts, categories, products or rewards raises (by trigger).

    Tills' processes compare it to know whether the terms they keep are still true.
    """

    __tablename__ = "terms_revision"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    revision: Mapped[int] = mapped_column(server_default=text("0"))


class Rulebook(Base):
    """A snapshot of earning rules, named by its content. A purchase remembers by which it was valued."""

    __tablename__ = "rulebook"
    id: Mapped[Id]
    content: Mapped[Document]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
