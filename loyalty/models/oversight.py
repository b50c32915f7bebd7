"""Who did what, and what needs a second person before it happens. Ids, codes and amounts; no names, no words."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, Ref, one_of


class AuditLog(Base):
    """One deed of somebody signed in, or of a command (`staff_id` NULL): append-only."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "at"), Index(None, "partner_id", "at"))
    id: Mapped[Id]
    at: Mapped[Instant]
    staff_id: Mapped[Ref | None]
    partner_id: Mapped[Ref | None]
    action: Mapped[str]
    object_id: Mapped[Ref | None]
    facts: Mapped[Document]


class Adjustment(Base):
    """Points given or taken by hand. Up to the coalition's threshold at once, above it when a second person agrees."""

    __tablename__ = "adjustment"
    __table_args__ = (
        one_of("state", ("waiting", "done", "refused")),
        one_of("reason", ("goodwill", "missing_points", "mistake", "fraud", "technical")),
        CheckConstraint("points <> 0", name="points"),
        CheckConstraint("decided_by <> asked_by OR NOT four_eyes", name="four_eyes"),
        Index("adjustment_waiting_idx", "asked_at", postgresql_where=text("state = 'waiting'")),
    )
    id: Mapped[Id]
    wallet_id: Mapped[Ref] = mapped_column(ForeignKey("wallet.id"))
    points: Mapped[int]
    reason: Mapped[str]
    four_eyes: Mapped[bool]
    state: Mapped[str]
    asked_by: Mapped[Ref]
    asked_at: Mapped[Instant]
    decided_by: Mapped[Ref | None]
    decided_at: Mapped[Instant | None]
