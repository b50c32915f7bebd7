"""Cash of a run: its payments, what happened to them, files for the bank and from it."""

from datetime import date

from sqlalchemy import BIGINT, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Id, Instant, Ref, one_of


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
