"""Results of operations read back from the books, for answers whose slips were thrown away."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.models.purchases import Reward
from loyalty.points.purchases import Purchased, next_reward
from loyalty.points.redemptions import Redeemed, Reversed
from loyalty.points.returns import Returned
from loyalty.rules.earning import Award
from loyalty.rules.terms import Terms


def purchased(session: Session, purchase_id: UUID, card: str, terms: Terms) -> Purchased:
    """A purchase as it was answered. `card` comes from the request: the books keep no card numbers."""
    row = _row(session, "purchase", purchase_id)
    awards = tuple(Award(**award) for award in row["awards"])
    return Purchased(
        purchase_id, row["receipt"], card, row["points"], row["pending"], row["available"], awards,
        next_reward(terms, row["available"]),
    )  # fmt: skip


def returned(session: Session, return_id: UUID) -> Returned:
    """A return as it was answered."""
    row = _row(session, "purchase_return", return_id)
    return Returned(return_id, row["purchase_id"], row["points"], row["debt"], row["available"])


def redeemed(session: Session, redemption_id: UUID) -> Redeemed:
    """A redemption as it was answered; a reward edited since shows as it is now."""
    row = _row(session, "redemption", redemption_id)
    reward = session.get(Reward, row["reward_id"]) if row["reward_id"] else None
    return Redeemed(redemption_id, row["points"], row["value_cents"], row["available"], reward)


def reversed_(session: Session, reversal_id: UUID) -> Reversed:
    """A reversal as it was answered."""
    row = _row(session, "redemption_reversal", reversal_id)
    return Reversed(reversal_id, row["redemption_id"], row["points"], row["available"])


def _row(session: Session, table: str, number: UUID) -> Mapping[str, Any]:
    cursor = driver(session).cursor(row_factory=dict_row)
    row = cursor.execute(f"SELECT * FROM {table} WHERE id = %s", [number]).fetchone()
    assert row is not None
    return row
