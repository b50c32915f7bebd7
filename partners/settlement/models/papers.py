"""Papers of a run: their numbers, what stands on them, the files they were drawn as."""

from datetime import date

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, Ref, one_of


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
