"""Column types that many tables share, and how a refusal list of allowed words becomes a CHECK."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Numeric, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

Id = Annotated[UUID, mapped_column(Uuid, primary_key=True)]
Ref = Annotated[UUID, mapped_column(Uuid)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Price = Annotated[Decimal, mapped_column(Numeric(9, 3))]  # ct per point
Document = Annotated[Any, mapped_column(JSONB)]


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """A CHECK that `column` holds one of `words`."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
