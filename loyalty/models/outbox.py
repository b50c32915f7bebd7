"""What must go out is a row first: mails that wait, were sent, or were given up."""

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Document, Id, Instant, one_of


class Outbox(Base):
    """A message on its way out. `due_at` is when it is tried next; `error` a code, never somebody's words."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("channel", ("mail",)),
        CheckConstraint("tries >= 0", name="tries"),
        CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name="end"),
        Index("outbox_due_idx", "due_at", postgresql_where=text("sent_at IS NULL AND failed_at IS NULL")),
        Index(None, "recipient"),  # erasure
    )
    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(server_default=text("'mail'"))
    recipient: Mapped[str]
    subject: Mapped[str]
    text_body: Mapped[str]
    html_body: Mapped[str | None]
    attachments: Mapped[Document] = mapped_column(server_default=text("'[]'"))
    created_at: Mapped[Instant]
    due_at: Mapped[Instant]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[Instant | None]
    failed_at: Mapped[Instant | None]
    error: Mapped[str | None]
