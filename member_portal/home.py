"""The first room: the card with its code, what it holds, and what comes next."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import render_template
from flask_login import current_user
from sqlalchemy import select

from loyalty.models.club import MemberStanding
from loyalty.models.coalition import Coalition
from loyalty.models.purchases import Reward
from loyalty.points import statements
from loyalty.rules.money import value_cents
from member_portal import portal
from member_portal.card import code_picture
from member_portal.door import card_of_caller, members_only, now, session
from member_portal.history import entries_for_page
from partners.models import Partner

SOON_DAYS = 60  # from here on the end of points is a warning, not a remark
LATEST = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """A reward and how far it is."""

    name: str
    partner: str
    points: int
    missing: int


def wishes(available: int, at: datetime) -> list[Wish]:
    """Rewards that can be had at `at`: those not yet reached, nearest first, then those within reach, dearest first."""
    found = session().execute(
        select(Reward.name, Partner.name, Reward.points)
        .join(Partner, Partner.id == Reward.partner_id)
        .where(
            Reward.retired_at.is_(None),
            Partner.left_at.is_(None),
            Reward.stock.is_(None) | (Reward.stock > 0),
            Reward.valid_from.is_(None) | (Reward.valid_from <= at),
            Reward.valid_until.is_(None) | (Reward.valid_until > at),
        )
    )
    wished = [Wish(name, partner, points, max(0, points - available)) for name, partner, points in found]
    return sorted(wished, key=lambda wish: (wish.missing == 0, wish.missing, -wish.points))


def _tier(member_id: UUID) -> str | None:
    return session().scalar(select(MemberStanding.tier).where(MemberStanding.member_id == member_id))


@portal.get("/")
@members_only
def home() -> str:
    """The member's start page."""
    at = now()
    coalition = session().execute(select(Coalition.time_zone, Coalition.point_value_ct)).one()
    held = statements.balance(session(), current_user.wallet_id, at, coalition.time_zone)
    number = card_of_caller()
    code, left_ms = code_picture(number) if number else ("", 0)
    all_wishes = wishes(held.available, at)
    latest, _more = entries_for_page(None, LATEST, at)
    days_left = (held.expires_on - at.date()).days if held.expires_on else None
    return render_template(
        "portal/home.html",
        held=held,
        value_cents=value_cents(held.available, coalition.point_value_ct),
        number=number,
        code=code,
        left_ms=left_ms,
        next_wish=next((wish for wish in all_wishes if wish.missing), None),
        reachable=[wish for wish in all_wishes if not wish.missing][:3],
        latest=latest,
        tier=_tier(current_user.id),
        expires_soon=days_left is not None and days_left <= SOON_DAYS,
    )
