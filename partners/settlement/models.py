"""Tables of the settlement: companies and mandates, flows of points by day, runs, papers, cash, cases. No behaviour."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BIGINT, CheckConstraint, ForeignKey, Identity, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, Price, Ref, one_of


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


class PaperSeries(Base):
    """The last number given in a series of papers: the row is the lock that keeps numbers gapless."""

    __tablename__ = "paper_series"
    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(server_default=text("0"))


class Paper(Base):
    """A document issued: append-only. `content` is all that stands on it; a mistake is cancelled by another one."""

    __tablename__ = "paper"
    __table_args__ = (
        one_of("kind", ("statement", "fee_invoice", "fee_credit", "advice", "self_billed")),
        UniqueConstraint("series", "number"),
        Index("paper_once_key", "run_id", "partner_id", "kind", unique=True,
              postgresql_where=text("cancels_id IS NULL AND replaces_id IS NULL")),
        Index("paper_cancels_key", "cancels_id", unique=True, postgresql_where=text("cancels_id IS NOT NULL")),
        Index("paper_replaces_key", "replaces_id", unique=True, postgresql_where=text("replaces_id IS NOT NULL")),
        Index(None, "partner_id"),
    )  # fmt: skip
    id: Mapped[Id]
    series: Mapped[str]
    number: Mapped[int]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    run_id: Mapped[Ref] = mapped_column(ForeignKey("settlement_run.id"))
    partner_id: Mapped[Ref] = mapped_column(ForeignKey("partner.id"))
    issued_on: Mapped[date]
    content: Mapped[Document]
    cancels_id: Mapped[Ref | None] = mapped_column(ForeignKey("paper.id"))
    replaces_id: Mapped[Ref | None] = mapped_column(ForeignKey("paper.id"))


class PaperFile(Base):
    """A paper drawn, kept as it was first given to anybody: append-only."""

    __tablename__ = "paper_file"
    paper_id: Mapped[Id] = mapped_column(ForeignKey("paper.id"))
    format: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    drawn_at: Mapped[Instant]


class Leg(Base):
    """One payment of a run. `cents` above zero: paid out to the partner; below: collected from it."""

    __tablename__ = "leg"
    __table_args__ = (
        CheckConstraint("cents <> 0", name="cents"),
        UniqueConstraint("run_id", "partner_id"),
        UniqueConstraint("end_to_end_id"),
    )
    id: Mapped[Id]
    run_id: Mapped[Ref] = mapped_column(ForeignKey("settlement_run.id"))
    partner_id: Mapped[Ref] = mapped_column(ForeignKey("partner.id"))
    cents: Mapped[int] = mapped_column(BIGINT)
    due_on: Mapped[date]
    end_to_end_id: Mapped[str]
    mandate_id: Mapped[Ref | None] = mapped_column(ForeignKey("mandate.id"))
    file_id: Mapped[Ref | None] = mapped_column(ForeignKey("bank_file.id"))


class LegEntry(Base):
    """What happened to a leg: money that moved on the account (or came back), or a settling by hand. Append-only."""

    __tablename__ = "leg_entry"
    __table_args__ = (one_of("kind", ("settled", "returned", "by_hand")), Index(None, "leg_id"))
    id: Mapped[Id]
    leg_id: Mapped[Ref] = mapped_column(ForeignKey("leg.id"))
    kind: Mapped[str]
    cents: Mapped[int] = mapped_column(BIGINT)
    booked_on: Mapped[date]
    reference: Mapped[str] = mapped_column(unique=True)  # the bank's own: a doubled statement books nothing
    reason: Mapped[str | None]
    file_id: Mapped[Ref | None] = mapped_column(ForeignKey("bank_file.id"))
    staff_id: Mapped[Ref | None]


class BankFile(Base):
    """A file for the bank or from it, kept as it was: append-only. The same file twice is one."""

    __tablename__ = "bank_file"
    __table_args__ = (one_of("kind", ("pain.001", "pain.008", "camt.053", "camt.054")),)
    id: Mapped[Id]
    kind: Mapped[str]
    run_id: Mapped[Ref | None] = mapped_column(ForeignKey("settlement_run.id"))
    message_id: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    content: Mapped[bytes]
    at: Mapped[Instant]
    staff_id: Mapped[Ref | None]


class BankEntry(Base):
    """An entry of a bank's statement that no leg could be found for: append-only, for the list of open items."""

    __tablename__ = "bank_entry"
    reference: Mapped[str] = mapped_column(primary_key=True)
    file_id: Mapped[Ref] = mapped_column(ForeignKey("bank_file.id"))
    booked_on: Mapped[date]
    cents: Mapped[int] = mapped_column(BIGINT)
    end_to_end_id: Mapped[str | None]
    name: Mapped[str | None]


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
