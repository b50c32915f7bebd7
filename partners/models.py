"""Tables of partners: shops, tills, keys, staff, contracts, earning rules and the catalogue. No behaviour."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, Price, Ref, one_of
from loyalty.rules.netting import BREAKAGES, FUNDINGS


class Partner(Base):
    """A company in the coalition. `code` is its short name (baker). Rates NULL: the coalition's hold."""

    __tablename__ = "partner"
    __table_args__ = (CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name="code"),)
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    margin_bp: Mapped[int | None]
    vat_bp: Mapped[int | None]
    cost_to_serve_cents: Mapped[int | None]
    joined_at: Mapped[Instant]
    left_at: Mapped[Instant | None]


class Shop(Base):
    """A place with a door. Its time zone decides what a business day is."""

    __tablename__ = "shop"
    __table_args__ = (Index(None, "partner_id"),)
    id: Mapped[Id]
    partner_id: Mapped[Ref] = mapped_column(ForeignKey("partner.id"))
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(server_default=text("'Europe/Berlin'"))


class Till(Base):
    """Where purchases are posted from."""

    __tablename__ = "till"
    __table_args__ = (Index(None, "shop_id"),)
    id: Mapped[Id]
    shop_id: Mapped[Ref] = mapped_column(ForeignKey("shop.id"))
    name: Mapped[str]


class ApiKey(Base):
    """A till's key: only the SHA-256 of its secret is kept. A till has at most two live ones, for rotation."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "till_id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    till_id: Mapped[Ref] = mapped_column(ForeignKey("till.id"))
    digest: Mapped[bytes]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    issued_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]


class Staff(Base):
    """Somebody who works for a partner, or (partner NULL) for the coalition. `password` is an argon2id hash."""

    __tablename__ = "staff"
    __table_args__ = (
        one_of("role", ("owner", "staff", "accountant", "admin")),
        CheckConstraint("(role = 'admin') = (partner_id IS NULL)", name="place"),
    )
    id: Mapped[Id]
    partner_id: Mapped[Ref | None] = mapped_column(ForeignKey("partner.id"))
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password: Mapped[str]
    language: Mapped[str] = mapped_column(server_default=text("'de'"))
    left_at: Mapped[Instant | None]


class ContractVersion(Base):
    """What a partner grants and pays from a date on. Never edited: a new version starts at a date.

    `credit_limit_cents` NULL: no limit. `redeemer_supplies`: who counts as supplier of a reward; only for
    `operator` the redeemer's supply to the coalition is invoiced (self-billed).
    """

    __tablename__ = "contract"
    __table_args__ = (
        UniqueConstraint("partner_id", "valid_from"),
        CheckConstraint(
            "point_value_ct > 0 AND service_fee_ct >= 0 AND reimbursement_ct >= 0", name="prices"
        ),
        CheckConstraint("reimbursement_ct <= point_value_ct", name="reimbursement"),
        one_of("funding", FUNDINGS),
        one_of("breakage", BREAKAGES),
        one_of("redeemer_supplies", ("partner", "operator")),
        CheckConstraint("fee_vat_bp BETWEEN 0 AND 10000", name="fee_vat"),
        CheckConstraint("credit_limit_cents >= 0 AND deposit_cents >= 0", name="security"),
    )
    id: Mapped[Id]
    partner_id: Mapped[Ref] = mapped_column(ForeignKey("partner.id"))
    valid_from: Mapped[Instant]
    point_value_ct: Mapped[Price]
    service_fee_ct: Mapped[Price]
    reimbursement_ct: Mapped[Price]
    funding: Mapped[str] = mapped_column(server_default=text("'prefunded'"))
    breakage: Mapped[str] = mapped_column(server_default=text("'mutual'"))
    fee_vat_bp: Mapped[int] = mapped_column(server_default=text("1900"))
    credit_limit_cents: Mapped[int | None]
    deposit_cents: Mapped[int] = mapped_column(server_default=text("0"))
    redeemer_supplies: Mapped[str] = mapped_column(server_default=text("'partner'"))


class EarnRule(Base):
    """One version of an earning rule. Never edited: a change retires it and adds the next version."""

    __tablename__ = "earn_rule"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint(
            "valid_until IS NULL OR valid_from IS NULL OR valid_until > valid_from", name="validity"
        ),
    )
    id: Mapped[Id]
    code: Mapped[str]
    version: Mapped[int]
    partner_id: Mapped[Ref | None] = mapped_column(ForeignKey("partner.id"))
    kind: Mapped[str]
    name: Mapped[str]
    params: Mapped[Document]
    valid_from: Mapped[Instant | None]
    valid_until: Mapped[Instant | None]
    priority: Mapped[int] = mapped_column(server_default=text("0"))
    stacks: Mapped[bool] = mapped_column(server_default=text("false"))
    funder: Mapped[str] = mapped_column(server_default=text("'partner'"))
    created_at: Mapped[Instant]
    retired_at: Mapped[Instant | None]


class Category(Base):
    """A partner's kind of goods. Rates NULL: the partner's default holds."""

    __tablename__ = "category"
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partner.id"))
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    margin_bp: Mapped[int | None]
    vat_bp: Mapped[int | None]
    earns: Mapped[bool] = mapped_column(server_default=text("true"))
    perks: Mapped[bool] = mapped_column(server_default=text("true"))


class Product(Base):
    """A partner's article. Rates NULL: its category's hold."""

    __tablename__ = "product"
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partner.id"))
    sku: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    category: Mapped[str | None]
    margin_bp: Mapped[int | None]
    vat_bp: Mapped[int | None]
    earns: Mapped[bool | None]
    min_age: Mapped[int] = mapped_column(server_default=text("0"))


class AccessLog(Base):
    """Who looked for whom, without saying whom: append-only. `matches` members were shown, masked."""

    __tablename__ = "access_log"
    __table_args__ = (Index(None, "partner_id", "at"),)
    id: Mapped[Id]
    at: Mapped[Instant]
    partner_id: Mapped[Ref]
    till_id: Mapped[Ref | None]
    staff_id: Mapped[Ref | None]
    action: Mapped[str]
    matches: Mapped[int]
    member_ids: Mapped[Document]
