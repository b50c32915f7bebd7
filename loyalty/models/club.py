"""Where members stand in the club: read by the till's path, written by `loyalty.club` alone."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base
from loyalty.models.columns import Id, Instant


class MemberStanding(Base):
    """Tier and factor that count from the next purchase on. No row: no tier, factor 1."""

    __tablename__ = "standing"
    __table_args__ = (CheckConstraint("factor >= 1 AND factor <= 10", name="factor"),)
    member_id: Mapped[Id] = mapped_column(ForeignKey("member.id"))
    tier: Mapped[str | None]
    factor: Mapped[Decimal] = mapped_column(Numeric(5, 3), server_default=text("1"))
    club: Mapped[bool] = mapped_column(server_default=text("false"))
    since: Mapped[Instant]
