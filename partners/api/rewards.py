"""GET /rewards: what can be had at this partner for points."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from loyalty.db import db
from loyalty.models.purchases import Reward
from loyalty.points import ledger, rewards
from loyalty.points.holders import holders, usable
from partners.api import rendering, requests
from partners.api.answers import RewardsOut
from partners.api.auth import Authority
from partners.api.bodies import RewardsQuery
from partners.api.calls import call
from partners.api.paging import page, start

blueprint = Blueprint("rewards", __name__, description="What can be had for points.")
QUERY = RewardsQuery()


@call(
    blueprint, "GET", "/rewards", RewardsOut, query=RewardsQuery,
    refuses=("card_invalid", "card_unknown", "card_blocked", "cursor_invalid"),
)  # fmt: skip
def offered(caller: Authority) -> Response:
    """What can be had here for points

    Cheapest first. With a card also what this member can afford now, or how far it is.
    """
    values = requests.query(QUERY)
    at = datetime.now(UTC)
    after = start(values["cursor"])
    with Session(db.engine) as session:
        available = _available(session, values["card"].number, at) if values["card"] else None
        found = rewards.offered(session, caller.place.partner_id, at)
    items, cursor = page(_after(found, after), values["limit"], lambda row: row.id)
    return rendering.json_response(
        {"items": [_offer(row, available) for row in items], "next_cursor": cursor}
    )


def _available(session: Session, card: str, at: datetime) -> int:
    holder = usable(holders(session, [card], lock=False), card)
    ledger.refresh(session, at, [holder.account])
    return holder.account.available


def _after(found: Any, last: UUID | None) -> list[Reward]:
    """Those behind the last one shown. A reward withdrawn in between ends the list."""
    rows = list(found)
    if last is None:
        return rows
    places = [place for place, row in enumerate(rows) if row.id == last]
    return rows[places[0] + 1 :] if places else []


def _offer(row: Reward, available: int | None) -> dict[str, Any]:
    known = available is not None
    return {
        **rendering.reward(row), "stock": row.stock, "valid_until": row.valid_until,
        "affordable": available >= row.points if known else None,
        "points_to_go": max(row.points - available, 0) if known else None,
    }  # fmt: skip
