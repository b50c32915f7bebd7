"""The ledger: wallets, transfers, lots and their uses, the sealer's chain, and the slips that may be thrown away."""

from datetime import date

from sqlalchemy import BIGINT, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, Price, Ref


class Wallet(Base):
    """Points of a member or a household. All numbers are caches of transfers, moved under this row's lock.

    `balance` is the spendable account with what is still pending; `available` is the part of it that may be spent
    until `turns_at`, when the next lot becomes available or expires. `version` counts transfers without gaps.
    `progress` is what stateful earning rules remember.
    """

    __tablename__ = "wallet"
    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance"),
        CheckConstraint("available >= 0 AND available <= balance", name="available"),
        CheckConstraint("debt >= 0", name="debt"),
        CheckConstraint("reserved >= 0", name="reserved"),
        Index(None, "turns_at"),  # nightly: wallets in which a lot expires
        Index(
            "wallet_merged_idx", "merged_into", postgresql_where=text("merged_into IS NOT NULL")
        ),  # history
        {"postgresql_with": {"fillfactor": "70"}},  # room for HOT updates
    )
    id: Mapped[Id]
    balance: Mapped[int] = mapped_column(server_default=text("0"))
    available: Mapped[int] = mapped_column(server_default=text("0"))
    debt: Mapped[int] = mapped_column(server_default=text("0"))
    reserved: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("0"))
    turns_at: Mapped[Instant] = mapped_column(server_default=text("'9999-01-01 00:00+00'"))
    progress: Mapped[Document] = mapped_column(server_default=text("'{}'"))
    opened_at: Mapped[Instant]
    merged_into: Mapped[Ref | None] = mapped_column(ForeignKey("wallet.id"))


class Transfer(Base):
    """`points` moved from one account to another: append-only. `partner_id` NULL: the coalition's side.

    `wallet_id` is the wallet that is left (or, for points coming in, entered); `other_wallet_id` the second one of a
    merge or pass_on. `cause` is the purchase, return, redemption … that moved them. `contract_id` is the version of the
    partner's contract by which this movement is priced.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("posting_allowed(kind, source, destination)", name="allowed"),
        UniqueConstraint("wallet_id", "version"),  # no gap, no double: the backstop of the wallet's lock
        Index("transfer_other_idx", "other_wallet_id", "other_version", unique=True,
              postgresql_where=text("other_wallet_id IS NOT NULL")),  # the entering side of a merge
        Index(None, "xact"),  # the sealer: what was committed since
    )  # fmt: skip
    wallet_id: Mapped[Id]
    id: Mapped[Id]
    version: Mapped[int]
    kind: Mapped[str]
    source: Mapped[str]
    destination: Mapped[str]
    partner_id: Mapped[Ref | None]
    contract_id: Mapped[Ref | None]
    other_wallet_id: Mapped[Ref | None]
    other_version: Mapped[int | None]
    points: Mapped[int]
    at: Mapped[Instant]
    cause: Mapped[Ref]
    reason: Mapped[str | None]
    xact: Mapped[int] = mapped_column(BIGINT, server_default=text("pg_current_xact_id()::text::bigint"))


class Lot(Base):
    """Points created by one transfer (same id), with who stands for them, until when. `issuer_id` NULL: coalition."""

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("remaining >= 0 AND remaining <= points", name="remaining"),
        Index("lot_open_idx", "wallet_id", "expires_at", "created_at", "id",
              postgresql_where=text("remaining > 0")),  # FIFO
        Index("lot_held_idx", "issuer_id", "wallet_id",
              postgresql_where=text("remaining > 0 AND available_from >= '9998-01-01 00:00:00+00:00'")),  # held: few
    )  # fmt: skip
    wallet_id: Mapped[Id]
    id: Mapped[Id]
    issuer_id: Mapped[Ref | None]
    contract_id: Mapped[Ref | None]
    point_value_ct: Mapped[Price]
    points: Mapped[int]
    remaining: Mapped[int]
    available_from: Mapped[Instant]
    expires_at: Mapped[Instant]
    created_at: Mapped[Instant]
    cause: Mapped[Ref]


class LotUse(Base):
    """Which lot a transfer took points from (positive) or gave them back to (negative): append-only."""

    __tablename__ = "lot_use"
    __table_args__ = (
        CheckConstraint("points <> 0", name="points"),
        Index(None, "wallet_id", "transfer_id"),  # a redemption's lots
    )
    wallet_id: Mapped[Id]
    id: Mapped[Id]
    transfer_id: Mapped[Ref]
    lot_id: Mapped[Ref]
    points: Mapped[int]


class Seal(Base):
    """The gapless number the sealer gave a committed transfer: append-only, in order of commit horizon.

    `day` is the day it is settled by; it never falls, so a period is one stretch of numbers. `leaf` is the hash of the
    movement, `hash` that of the chain up to it. See rules.chain.
    """

    __tablename__ = "seal"
    __table_args__ = (UniqueConstraint("wallet_id", "transfer_id"),)  # sealed once
    sequence: Mapped[int] = mapped_column(BIGINT, primary_key=True, autoincrement=False)
    wallet_id: Mapped[Ref]
    transfer_id: Mapped[Ref]
    sealed_at: Mapped[Instant]
    day: Mapped[date]
    leaf: Mapped[bytes]
    hash: Mapped[bytes]


class SealingState(Base):
    """One row. `closed_until` is the last day of closed periods: no new seal bears a day up to it."""

    __tablename__ = "sealing_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    closed_until: Mapped[date | None]


class SealedDay(Base):
    """From which number to which a settlement day runs: a summary of `seal`."""

    __tablename__ = "sealed_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    first_sequence: Mapped[int] = mapped_column(BIGINT)
    last_sequence: Mapped[int] = mapped_column(BIGINT)


class PublishedHead(Base):
    """Which head of the chain went out by which channel: append-only. The proof is the copy outside, not this one."""

    __tablename__ = "published_head"
    sequence: Mapped[int] = mapped_column(BIGINT, primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[bytes]
    day: Mapped[date]
    published_at: Mapped[Instant]


class Slip(Base):
    """The paper an operation left: the answer as it was sent and the words of the receipt. No book reads it."""

    __tablename__ = "slip"
    __table_args__ = (Index(None, "written_at"),)  # nightly: what may go
    till_id: Mapped[Id]
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int]
    body: Mapped[str]
    words: Mapped[Document | None]
    written_at: Mapped[Instant]
