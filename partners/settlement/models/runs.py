"""What is settled: flows of points by day, runs with their lines and pairs, corrections and objections."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BIGINT, CheckConstraint, ForeignKey, Identity, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, Price, Ref, one_of


class FlowState(Base):
    """Up to which sealed number flows are summed up (one row)."""

    __tablename__ = "flow_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    through: Mapped[int] = mapped_column(BIGINT, server_default=text("0"))


class FlowRow(Base):
    """Points that flowed on a settlement day, by kind, pair of partners, contract versions and VAT rate.

    A cache of the sealed transfers (`flows.raw` computes it anew). `vat_bp`: for `redeem` the rate of the sale that
    earned the points, for `supply` that of the reward; elsewhere NULL.
    """

    __tablename__ = "flow"
    __table_args__ = (
        one_of("kind", ("issue", "redeem", "take_back", "expire", "adjust", "supply")),
        UniqueConstraint(
            "day", "kind", "issuer_id", "lot_contract_id", "value_ct", "partner_id", "contract_id", "vat_bp",
            "estimated", postgresql_nulls_not_distinct=True, name="flow_key",
        ),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    day: Mapped[date]
    kind: Mapped[str]
    issuer_id: Mapped[Ref | None]
    lot_contract_id: Mapped[Ref | None]
    value_ct: Mapped[Price | None]
    partner_id: Mapped[Ref | None]
    contract_id: Mapped[Ref | None]
    vat_bp: Mapped[int | None]
    estimated: Mapped[bool] = mapped_column(server_default=text("false"))
    points: Mapped[int] = mapped_column(BIGINT)


class SettlementRun(Base):
    """A range of the sealed sequence, settled. Only its state moves on, once: prepared to released or withdrawn."""

    __tablename__ = "settlement_run"
    __table_args__ = (
        one_of("state", ("prepared", "released", "withdrawn")),
        CheckConstraint("begins < ends", name="period"),
        CheckConstraint("state <> 'released' OR released_by <> prepared_by", name="four_eyes"),
        Index("settlement_run_live_key", "begins", unique=True, postgresql_where=text("state <> 'withdrawn'")),
        Index("settlement_run_period_key", "period", unique=True, postgresql_where=text("state <> 'withdrawn'")),
    )  # fmt: skip
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    period: Mapped[str]
    begins: Mapped[date]
    ends: Mapped[date]
    first_sequence: Mapped[int] = mapped_column(BIGINT)
    last_sequence: Mapped[int] = mapped_column(BIGINT)
    head: Mapped[str]
    pool_ct: Mapped[Decimal] = mapped_column(Numeric(24, 3))
    points_out: Mapped[int] = mapped_column(BIGINT)
    figures: Mapped[Document]
    names: Mapped[Document]
    objection_days: Mapped[int]
    due_days: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'prepared'"))
    prepared_by: Mapped[Ref]
    prepared_at: Mapped[Instant]
    released_by: Mapped[Ref | None]
    released_at: Mapped[Instant | None]


class SettlementLine(Base):
    """One line of a partner's account in a run: append-only. For fees `vat_bp` and `vat_cents` are set."""

    __tablename__ = "settlement_line"
    run_id: Mapped[Id] = mapped_column(ForeignKey("settlement_run.id"))
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partner.id"))
    place: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    points: Mapped[int] = mapped_column(BIGINT)
    exact_ct: Mapped[Decimal] = mapped_column(Numeric(24, 3))
    cents: Mapped[int] = mapped_column(BIGINT)
    vat_bp: Mapped[int | None]
    vat_cents: Mapped[int | None] = mapped_column(BIGINT)


class SettlementPair(Base):
    """One cell of a run's matrix: append-only. `issuer_id` NULL: points the coalition ordered."""

    __tablename__ = "settlement_pair"
    __table_args__ = (
        UniqueConstraint("run_id", "issuer_id", "redeemer_id", postgresql_nulls_not_distinct=True),
    )
    id: Mapped[int] = mapped_column(BIGINT, Identity(), primary_key=True)
    run_id: Mapped[Ref] = mapped_column(ForeignKey("settlement_run.id"))
    issuer_id: Mapped[Ref | None]
    redeemer_id: Mapped[Ref]
    points: Mapped[int] = mapped_column(BIGINT)
    cents: Mapped[int] = mapped_column(BIGINT)


class SettlementStep(Base):
    """That a step of a run was done, by whom (NULL: by a job): append-only, each step once."""

    __tablename__ = "settlement_step"
    __table_args__ = (
        one_of("step", ("prepared", "released", "withdrawn", "documents", "files", "cash", "booked")),
    )
    run_id: Mapped[Id] = mapped_column(ForeignKey("settlement_run.id"))
    step: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[Ref | None]
    at: Mapped[Instant]


class Correction(Base):
    """Cents in a partner's favour (below zero: against it) that the next run takes in. Two people for each."""

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint("cents <> 0", name="cents"),
        CheckConstraint("approved_by <> made_by", name="four_eyes"),
        Index(None, "partner_id"),
    )
    id: Mapped[Id]
    partner_id: Mapped[Ref] = mapped_column(ForeignKey("partner.id"))
    cents: Mapped[int]
    reason: Mapped[str]
    objection_id: Mapped[Ref | None]
    made_by: Mapped[Ref]
    made_at: Mapped[Instant]
    approved_by: Mapped[Ref | None]
    approved_at: Mapped[Instant | None]
    run_id: Mapped[Ref | None] = mapped_column(ForeignKey("settlement_run.id"))


class Objection(Base):
    """A partner says that a statement is wrong: a case with an answer."""

    __tablename__ = "objection"
    __table_args__ = (
        one_of("state", ("open", "upheld", "rejected")),
        Index("objection_open_key", "run_id", "partner_id", unique=True, postgresql_where=text("state = 'open'")),
    )  # fmt: skip
    id: Mapped[Id]
    run_id: Mapped[Ref] = mapped_column(ForeignKey("settlement_run.id"))
    partner_id: Mapped[Ref] = mapped_column(ForeignKey("partner.id"))
    words: Mapped[str]
    raised_by: Mapped[Ref]
    raised_at: Mapped[Instant]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    answer: Mapped[str | None]
    answered_by: Mapped[Ref | None]
    answered_at: Mapped[Instant | None]
