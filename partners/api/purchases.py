"""POST /purchases and its preview. Looking purchases up: `purchases_read`."""

from datetime import UTC, datetime

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from loyalty.db import db
from loyalty.points.previews import Preview, preview
from loyalty.points.purchases import Sale, next_reward
from loyalty.rules.money import value_cents
from partners.api import idempotency, rendering, requests, selling
from partners.api.answers import PreviewOut, PurchaseOut
from partners.api.auth import Authority
from partners.api.bodies import PreviewIn, PurchaseIn
from partners.api.calls import call

blueprint = Blueprint("purchases", __name__, description="Receipts and what they earn.")
PURCHASE, PREVIEW = PurchaseIn(), PreviewIn()
OF_A_BASKET = (
    "card_invalid", "card_unknown", "card_blocked", "total_mismatch", "use_return", "redemption_unknown",
)  # fmt: skip
OF_A_PURCHASE = (
    *OF_A_BASKET, "purchased_at_future", "purchased_at_too_old", "receipt_duplicate", "voucher_unknown",
)  # fmt: skip


@call(
    blueprint, "POST", "/purchases", PurchaseOut, 201, scope="post", body=PurchaseIn, keyed=True, winding_up=True,
    refuses=OF_A_PURCHASE,
)  # fmt: skip
def post_purchase(caller: Authority) -> Response:
    """Post a receipt"""
    key = idempotency.key()
    data = requests.body()
    card, basket = PURCHASE.read(data)
    selling.check(basket)
    sale = Sale(idempotency.ask("/purchases", {}, data, key), card.number, basket)
    [outcome] = selling.sell(caller, [sale], datetime.now(UTC))
    return idempotency.told(outcome)


@call(
    blueprint, "POST", "/purchases/preview", PreviewOut, scope="post", body=PreviewIn, refuses=OF_A_BASKET
)  # fmt: skip
def preview_purchase(caller: Authority) -> Response:
    """What a basket would earn

    Writes nothing. Without a card: what somebody without any history would earn.
    """
    card, basket = PREVIEW.read(requests.body())
    selling.check(basket)
    with Session(db.engine) as session:
        seen = preview(
            session, caller.place, card.number if card else None, basket, caller.terms, datetime.now(UTC)
        )
    return rendering.json_response({
        "receipt": basket.receipt, "card": card.number if card else None,
        "outcome": "earned" if seen.points else "no_points",
        **_worth(caller, seen), "awards": rendering.awards(seen.awards), "perks": [], "gifts": [],
    })  # fmt: skip


def _worth(caller: Authority, seen: Preview) -> dict[str, object]:
    """Points and messages as they would be after the purchase; without a card there is no wallet to speak of."""
    terms = caller.terms
    pending = seen.points if terms.programme.pending_days else 0
    if seen.available is None:
        return {
            "points": {"earned": seen.points, "pending": pending, "available": None, "value_cents": None},
            "messages": [],
        }
    available = seen.available + seen.points - pending
    value = value_cents(available, terms.programme.point_value_ct)
    return {
        "points": {"earned": seen.points, "pending": pending, "available": available, "value_cents": value},
        "messages": rendering.messages(next_reward(terms, available), available),
    }
