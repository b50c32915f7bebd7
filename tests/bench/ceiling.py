"""What the framework allows at most: a purchase read, authorised and answered as ever, and nothing done about it."""

from datetime import UTC, datetime

from flask import Response
from flask_smorest import Blueprint

from loyalty.points.purchases import Purchased, next_reward
from loyalty.rules.basket import Basket
from loyalty.rules.cardnumber import CardRead
from loyalty.rules.earning import Award
from partners.api import idempotency, rendering, requests, selling
from partners.api.answers import PurchaseOut
from partners.api.auth import Authority
from partners.api.bodies import PurchaseIn
from partners.api.calls import call
from partners.api.idempotency import Answer
from partners.api.purchases import PURCHASE

blueprint = Blueprint("bench_ceiling", __name__)
AVAILABLE = 1016
AWARD = Award("base", 1, "1 Punkt je Euro", 16, "earn", "partner", "⌊16.59⌋ × 1 = 16")


@call(blueprint, "POST", "/ceiling", PurchaseOut, 201, scope="post", body=PurchaseIn, keyed=True)
def ceiling(caller: Authority) -> Response:
    """The same decorators, reading and rendering as a purchase; no database, no rules."""
    idempotency.key()
    card, basket = PURCHASE.read(requests.body())
    selling.check(basket)
    return idempotency.told(answered(caller, card, basket, datetime.now(UTC)))


def answered(caller: Authority, card: CardRead, basket: Basket, at: datetime) -> Answer:
    """An answer as a purchase gives it, without a purchase."""
    purchased = Purchased(
        selling.id_maker(at)(), basket.receipt, card.number, AWARD.points, 0, AVAILABLE, (AWARD,),
        next_reward(caller.terms, AVAILABLE),
    )  # fmt: skip
    return Answer(201, rendering.text(rendering.purchase(purchased, caller.terms.programme.point_value_ct)))


@blueprint.post("/empty")
def empty() -> Response:
    """Flask's dispatch alone."""
    return Response("")
