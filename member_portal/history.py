"""The second room: everything that moved points, by day, each award with its reason."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, abort, render_template, request
from flask_login import current_user
from sqlalchemy import select

from loyalty.models.purchases import Reward
from loyalty.points import statements
from loyalty.points.statements import Cursor, Entry
from member_portal import portal
from member_portal.door import members_only, now, session
from partners.models import Partner, Shop, Till

PAGE = 20
KEPT_S = 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_kept: dict[str, Any] = {"names": {}, "until": 0.0}


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with the names a person reads: where it was, and the reward if there was one."""

    entry: Entry
    where: str | None
    reward: str | None


def entries_for_page(cursor: Cursor | None, limit: int, at: datetime) -> tuple[list[Shown], Cursor | None]:
    """The caller's own history from `cursor` on, and the cursor of the next page."""
    page = statements.history(session(), current_user.wallet_id, cursor, limit, at)
    where = _places({entry.till_id for entry in page.entries if entry.till_id})
    rewards = _rewards({entry.reward_id for entry in page.entries if entry.reward_id})
    shown = [
        Shown(entry, where.get(entry.till_id) if entry.till_id else None, rewards.get(entry.reward_id))
        for entry in page.entries
    ]
    return shown, page.cursor


def _places(till_ids: set[UUID]) -> dict[UUID, str]:
    """The shop's name by till, with its partner's where it does not say it. Kept in the process for a while."""
    if time.monotonic() > _kept["until"]:
        _kept.update(names={}, until=time.monotonic() + KEPT_S)
    names: dict[UUID, str] = _kept["names"]
    if missing := till_ids - names.keys():
        names |= _look_up(missing)
    return names


def _look_up(till_ids: set[UUID]) -> dict[UUID, str]:
    found = session().execute(
        select(Till.id, Shop.name, Partner.name)
        .join(Shop, Shop.id == Till.shop_id)
        .join(Partner, Partner.id == Shop.partner_id)
        .where(Till.id.in_(till_ids))
    )
    return {
        till: shop if partner in shop else f"{partner}, {shop}" if shop not in partner else partner
        for till, shop, partner in found
    }


def _rewards(reward_ids: set[UUID]) -> dict[UUID | None, str]:
    if not reward_ids:
        return {}
    found = session().execute(select(Reward.id, Reward.name).where(Reward.id.in_(reward_ids)))
    return {row.id: row.name for row in found}


def _cursor() -> Cursor | None:
    """Where the last page ended; nothing that another address could open: it is looked for in the own wallet only."""
    given = request.args.get("before")
    if not given:
        return None
    moment, _dot, entry = given.partition("_")
    try:
        return EPOCH + timedelta(microseconds=int(moment)), UUID(entry)
    except (ValueError, OverflowError):
        abort(404)


def _written(cursor: Cursor | None) -> str | None:
    return f"{(cursor[0] - EPOCH) // timedelta(microseconds=1)}_{cursor[1]}" if cursor else None


@portal.get("/history")
@members_only
def history() -> Response | str:
    """A page of the history; asked for by htmx, only the next part of the list."""
    entries, cursor = entries_for_page(_cursor(), PAGE, now())
    part = request.headers.get("HX-Request") == "true"
    return render_template(
        "portal/entries.html" if part else "portal/history.html", entries=entries, cursor=_written(cursor)
    )
