"""Results of use-cases as JSON for tills: the names an answer's members have, and words in the reader's language."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.models.people import Profile
from loyalty.models.purchases import Reward
from loyalty.points.purchases import Purchased
from loyalty.points.redemptions import Redeemed, Reversed
from loyalty.points.returns import Returned
from loyalty.rules.cardnumber import mask_name
from loyalty.rules.earning import Award
from loyalty.rules.money import value_cents
from loyalty.rules.terms import RewardOffer
from partners.api.marking import _
from partners.api.words import say

TO_GO = _("Only %(points)s points to go until: %(reward)s.")


def json_response(content: Any, status: int = 200) -> Response:
    """An answer that is not kept."""
    return Response(orjson.dumps(content), status, content_type="application/json")


def purchase(purchased: Purchased, point_value_ct: Decimal) -> dict[str, Any]:
    """PurchaseOut."""
    return {
        "id": purchased.id,
        "receipt": purchased.receipt,
        "card": purchased.card,
        "outcome": purchased.outcome,
        "points": {
            "earned": purchased.points,
            "pending": purchased.pending,
            "available": purchased.available,
            "value_cents": value_cents(purchased.available, point_value_ct),
        },
        "awards": awards(purchased.awards),
        "perks": [],
        "gifts": [],
        "messages": messages(purchased.next_reward, purchased.available),
    }


def awards(given: Iterable[Award]) -> list[dict[str, Any]]:
    """AwardOut of each."""
    return [
        {"rule": award.rule, "name": award.name, "points": award.points, "why": award.why} for award in given
    ]


def messages(offer: RewardOffer | None, available: int) -> list[str]:
    """What the cashier or the receipt may say."""
    if offer is None:
        return []
    return [say(TO_GO, points=offer.points - available, reward=offer.name)]


def returned(done: Returned) -> dict[str, Any]:
    """ReturnOut."""
    points = {"taken_back": done.taken_back, "debt": done.debt, "available": done.available}
    return {"id": done.id, "purchase_id": done.purchase_id, "points": points}


def redeemed(done: Redeemed) -> dict[str, Any]:
    """RedemptionOut."""
    return {
        "id": done.id, "points": done.points, "value_cents": done.value_cents, "available": done.available,
        "reward": reward(done.reward) if done.reward else None,
    }  # fmt: skip


def reversal(done: Reversed) -> dict[str, Any]:
    """ReversalOut."""
    return {
        "id": done.id, "redemption_id": done.redemption_id, "points": done.points, "available": done.available,
    }  # fmt: skip


def reward(row: Reward) -> dict[str, Any]:
    """RewardOut."""
    return {
        "id": row.id, "name": row.name, "description": row.description, "points": row.points,
        "value_cents": row.value_cents, "vat_rate": row.vat_bp / 100, "min_age": row.min_age,
    }  # fmt: skip


def signed_up(member_id: UUID, card: str | None, claim_code: str | None, name: str) -> dict[str, Any]:
    """SignedUpOut."""
    return {"id": member_id, "card": card, "claim_code": claim_code, "display_name": name}


def display_name(session: Session, member_id: UUID) -> str:
    """First name and initial of the last; empty when nothing is kept."""
    row = session.execute(
        select(Profile.first_name, Profile.last_name).where(Profile.member_id == member_id)
    ).first()
    return mask_name(f"{row.first_name} {row.last_name}") if row else ""


def ready(body: str) -> orjson.Fragment:
    """A stored answer, to be put into another as it is."""
    return orjson.Fragment(body)


def text(content: dict[str, Any]) -> str:
    """JSON as it is sent and kept."""
    return orjson.dumps(content).decode()
