"""Rewards: what can be had for points at a partner, and the last one on the shelf given to one member only.

It moves no points; `redemptions` does, after `take`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Update, and_, or_, select
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.purchases import Reward

EDITABLE = {
    "name", "description", "points", "value_cents", "vat_bp", "min_age", "stock", "valid_from", "valid_until",
}  # fmt: skip
MOST = 10_000_000  # points or cents; beyond it somebody has mistyped


def create(
    session: Session,
    reward_id: UUID,
    partner_id: UUID,
    name: str,
    points: int,
    value_cents: int,
    vat_bp: int = 1900,
    min_age: int = 0,
    stock: int | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    description: str | None = None,
) -> Reward:
    """Add a reward worth `value_cents` (VAT inside) for `points`. `stock` None: as many as asked for.

    Raises Invalid `reward_invalid` naming the field.
    """
    reward = Reward(
        id=reward_id, partner_id=partner_id, name=name.strip(), description=description, points=points,
        value_cents=value_cents, vat_bp=vat_bp, min_age=min_age, stock=stock, valid_from=valid_from,
        valid_until=valid_until,
    )  # fmt: skip
    _check(reward)
    session.add(reward)
    session.flush()
    return reward


def update(session: Session, reward_id: UUID, partner_id: UUID, **changes: Any) -> Reward:
    """Change fields of EDITABLE. Redemptions already made keep the points and cents they were made for.

    Raises Missing `reward_unknown`, Invalid `reward_invalid` naming the field.
    """
    reward = session.scalar(
        select(Reward).where(Reward.id == reward_id, Reward.partner_id == partner_id).with_for_update()
    )
    if reward is None:
        raise Missing("reward_unknown", "reward_id")
    for name, value in changes.items():
        if name not in EDITABLE:
            raise Invalid("reward_invalid", name)
        setattr(reward, name, value)
    _check(reward)
    session.flush()
    return reward


def retire(session: Session, reward_id: UUID, partner_id: UUID, at: datetime) -> None:
    """Offer it no longer. Twice is once. Raises Missing `reward_unknown`."""
    known = select(Reward).where(Reward.id == reward_id, Reward.partner_id == partner_id).with_for_update()
    reward = session.scalar(known)
    if reward is None:
        raise Missing("reward_unknown", "reward_id")
    reward.retired_at = reward.retired_at or at
    session.flush()


def offered(session: Session, partner_id: UUID | None, at: datetime) -> Sequence[Reward]:
    """What can be had at `at`, at one partner or (None) at all: cheapest first, nothing sold out."""
    query = select(Reward).where(_on_offer(at), or_(Reward.stock.is_(None), Reward.stock > 0))
    if partner_id is not None:
        query = query.where(Reward.partner_id == partner_id)
    return session.scalars(query.order_by(Reward.points, Reward.name, Reward.id)).all()


def take(session: Session, reward_id: UUID, partner_id: UUID, at: datetime) -> Reward:
    """One piece for a member. Two members who want the last one: the second is told so.

    Raises Missing `reward_unknown` (not this partner's, not on offer at `at`), Conflict `reward_sold_out`.
    """
    asked = and_(Reward.id == reward_id, Reward.partner_id == partner_id, _on_offer(at))
    reward: Reward | None = session.scalar(select(Reward).where(asked))
    if reward is None:
        raise Missing("reward_unknown", "reward_id")
    if reward.stock is None:  # nothing to count: no row that every redemption would queue for
        return reward
    taken: Reward | None = session.scalar(_counted(sa.update(Reward).where(asked, Reward.stock > 0), -1))
    if taken is None:
        raise Conflict("reward_sold_out", "reward_id")
    return taken


def put_back(session: Session, reward_id: UUID) -> None:
    """The piece of a redemption that was undone is on the shelf again, also of a reward retired meanwhile."""
    session.execute(_counted(sa.update(Reward).where(Reward.id == reward_id, Reward.stock.is_not(None)), 1))


def _counted(statement: Update, pieces: int) -> Any:
    counted = statement.values(stock=Reward.stock + pieces).returning(Reward)
    return counted.execution_options(synchronize_session=False, populate_existing=True)


def _on_offer(at: datetime) -> ColumnElement[bool]:
    return and_(
        Reward.retired_at.is_(None),
        or_(Reward.valid_from.is_(None), Reward.valid_from <= at),
        or_(Reward.valid_until.is_(None), Reward.valid_until > at),
    )


def _check(reward: Reward) -> None:
    wrong = {
        "name": not reward.name or len(reward.name) > 200,
        "points": not 0 < reward.points <= MOST,
        "value_cents": not 0 <= reward.value_cents <= MOST,
        "vat_bp": not 0 <= reward.vat_bp <= 10_000,
        "min_age": not 0 <= reward.min_age <= 99,
        "stock": reward.stock is not None and not 0 <= reward.stock <= MOST,
        "valid_until": bool(
            reward.valid_from and reward.valid_until and reward.valid_until <= reward.valid_from
        ),
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise Invalid("reward_invalid", field)
