"""What happened at tills: purchases, returns, redemptions and their reversals (all append-only), and rewards."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, Ref


class Purchase(Base):
    """One receipt. `lines` are items with all rates found, `state` is what earning looked at, `awards` what it gave.

    `margin_cents` is the contribution margin, `margin` its arithmetic; neither is ever shown to members or tills.
    `available` is what the answer said: the wallet's spendable points after it (likewise below).
    """

    __tablename__ = "purchase"
    __table_args__ = (
        UniqueConstraint("id"),  # look-up by the till
        UniqueConstraint("till_id", "key"),
        UniqueConstraint("till_id", "business_day", "receipt"),  # also a shop's day
    )
    wallet_id: Mapped[Id]
    id: Mapped[Id]
    member_id: Mapped[Ref]
    partner_id: Mapped[Ref]
    shop_id: Mapped[Ref]
    till_id: Mapped[Ref]
    key: Mapped[str]
    fingerprint: Mapped[bytes]
    receipt: Mapped[str]
    business_day: Mapped[date]
    purchased_at: Mapped[Instant]
    booked_at: Mapped[Instant]
    channel: Mapped[str]
    staff: Mapped[str | None]
    total_cents: Mapped[int]
    paid_cents: Mapped[int]
    redemptions: Mapped[Document]
    lines: Mapped[Document]
    rulebook_id: Mapped[Ref]
    contract_id: Mapped[Ref]
    state: Mapped[Document]
    awards: Mapped[Document]
    points: Mapped[int]
    pending: Mapped[int]
    available: Mapped[int]
    margin_cents: Mapped[int]
    margin: Mapped[Document]


class PurchaseReturn(Base):
    """Goods that came back: which lines and pieces, what was taken of which award, what became debt."""

    __tablename__ = "purchase_return"
    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("till_id", "key"),
        Index(None, "purchase_id"),  # what of a purchase has come back already
    )
    wallet_id: Mapped[Id]
    id: Mapped[Id]
    purchase_id: Mapped[Ref]
    partner_id: Mapped[Ref]
    till_id: Mapped[Ref]
    key: Mapped[str]
    fingerprint: Mapped[bytes]
    receipt: Mapped[str | None]
    returned_at: Mapped[Instant]
    booked_at: Mapped[Instant]
    lines: Mapped[Document]
    awards: Mapped[Document]
    points: Mapped[int]
    debt: Mapped[int]
    available: Mapped[int]
    margin_cents: Mapped[int]


class Redemption(Base):
    """Points spent at a partner, for a reward or as money off. `vat` lists cents of value by rate."""

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        UniqueConstraint("id"),
        UniqueConstraint("till_id", "key"),
        Index(None, "partner_id", "redeemed_at"),  # a partner's day
    )
    wallet_id: Mapped[Id]
    id: Mapped[Id]
    member_id: Mapped[Ref]
    partner_id: Mapped[Ref]
    till_id: Mapped[Ref]
    key: Mapped[str]
    fingerprint: Mapped[bytes]
    receipt: Mapped[str | None]
    reward_id: Mapped[Ref | None]
    points: Mapped[int]
    value_cents: Mapped[int]
    vat: Mapped[Document]
    vat_estimated: Mapped[bool]
    available: Mapped[int]
    redeemed_at: Mapped[Instant]


class RedemptionReversal(Base):
    """A redemption undone, whole. One redemption is undone at most once."""

    __tablename__ = "redemption_reversal"
    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("redemption_id"),  # of two at once, one wins
        UniqueConstraint("till_id", "key"),
    )
    wallet_id: Mapped[Id]
    id: Mapped[Id]
    redemption_id: Mapped[Ref]
    partner_id: Mapped[Ref]
    till_id: Mapped[Ref]
    key: Mapped[str]
    fingerprint: Mapped[bytes]
    points: Mapped[int]
    available: Mapped[int]
    reversed_at: Mapped[Instant]


class Reward(Base):
    """A thing to be had for points at one partner. `stock` NULL: as many as asked for."""

    __tablename__ = "reward"
    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("stock >= 0", name="stock"),
        Index(None, "partner_id"),
    )
    id: Mapped[Id]
    partner_id: Mapped[Ref] = mapped_column(ForeignKey("partner.id"))
    name: Mapped[str]
    description: Mapped[str | None]
    points: Mapped[int]
    value_cents: Mapped[int]
    vat_bp: Mapped[int] = mapped_column(server_default=text("1900"))
    min_age: Mapped[int] = mapped_column(server_default=text("0"))
    stock: Mapped[int | None]
    valid_from: Mapped[Instant | None]
    valid_until: Mapped[Instant | None]
    retired_at: Mapped[Instant | None]
