"""POST /redemptions and its reversal: points are spent, and given back by a new linked object."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from loyalty.errors import Forbidden
from loyalty.points import redemptions
from loyalty.points.redemptions import Redeemed, Reversed, Wish
from loyalty.rules.cardnumber import CardRead
from partners.api import codes, idempotency, rendering, requests
from partners.api.answers import RedemptionOut, ReversalOut
from partners.api.auth import Authority, refuse_left
from partners.api.bodies import RedemptionIn, ReversalIn
from partners.api.calls import call
from partners.api.idempotency import Asked, Outcome
from partners.api.marking import _
from partners.api.reading import Faults
from partners.api.selling import id_maker

blueprint = Blueprint("redemptions", __name__, description="Points are spent, and given back.")
REDEMPTION, REVERSAL = RedemptionIn(), ReversalIn()
REVERSAL_ROUTE = "/redemptions/{id}/reversal"
EITHER = _("Name either a reward or points.")


@call(
    blueprint, "POST", "/redemptions", RedemptionOut, 201, scope="redeem", body=RedemptionIn, keyed=True,
    winding_up=True,
    refuses=(
        "card_invalid", "card_unknown", "card_blocked", "spending_needs_code", "pin_wrong", "pin_locked",
        "too_many_tries", "code_already_used", "insufficient_points", "reward_unknown", "reward_sold_out",
        "vat_mismatch",
    ),
)  # fmt: skip
def redeem(caller: Authority) -> Response:
    """Spend points

    For a reward, or as money off. It takes the 22 digits of the member's phone, or the 16 of the card and the PIN.
    """
    key = idempotency.key()
    data = requests.body()
    values = REDEMPTION.read(data)
    if (values["reward_id"] is None) == (values["points"] is None):
        raise Faults([("reward_id", EITHER, {}), ("points", EITHER, {})])
    card: CardRead = values["card"]
    asked = Asked(caller, idempotency.ask("/redemptions", {}, data, key), datetime.now(UTC), card.number)
    return idempotency.told(_redeemed(asked, card, values))


def _redeemed(asked: Asked, card: CardRead, values: dict[str, Any]) -> Outcome:
    step: list[int] = []

    def prove() -> None:
        refuse_left(asked.caller)
        if card.code is not None:
            step.append(codes.fresh_step(card, asked.at))
        elif values["pin"] is not None:
            codes.pin_check(card.number, values["pin"], asked.caller.place.till_id, asked.at)()
        else:
            raise Forbidden("spending_needs_code", "card")

    def work(session: Session) -> str:
        return _spend(session, asked, card.number, step[0] if step else None, values)

    return idempotency.once(asked, work, before=prove)


def _spend(session: Session, asked: Asked, card: str, step: int | None, values: dict[str, Any]) -> str:
    terms = asked.caller.terms
    vat = values["vat"] and tuple((part["vat_bp"], part["cents"]) for part in values["vat"])
    wish = Wish(values["reward_id"], values["points"], values["receipt"], vat)
    default_vat_bp = terms.programme.vat_bp if terms.vat_bp is None else terms.vat_bp
    bodies: list[str] = []

    def render(done: Redeemed) -> str:
        bodies.append(rendering.text(rendering.redeemed(done)))
        return bodies[0]

    redemptions.redeem(
        session, asked.caller.place, asked.ask, card, step, wish, default_vat_bp, terms.programme.point_value_ct,
        terms.contract_at(asked.at).id, asked.at, id_maker(asked.at), render,
    )  # fmt: skip
    return bodies[0]


@call(
    blueprint, "POST", "/redemptions/<uuid:redemption_id>/reversal", ReversalOut, 201, scope="redeem", keyed=True,
    winding_up=True, body=ReversalIn, body_required=False, refuses=("redemption_unknown", "redemption_reversed"),
)  # fmt: skip
def reverse(caller: Authority, redemption_id: UUID) -> Response:
    """Undo a redemption

    The very lots that were spent get their points back. The redemption itself stays as it is.
    """
    key = idempotency.key()
    data = requests.body(optional=True)
    REVERSAL.read(data)
    ids = {"id": str(redemption_id)}
    asked = Asked(caller, idempotency.ask(REVERSAL_ROUTE, ids, data, key), datetime.now(UTC))
    return idempotency.told(undo(asked, redemption_id))


def undo(asked: Asked, redemption_id: UUID) -> Outcome:
    """Reverse under its key."""

    def work(session: Session) -> str:
        bodies: list[str] = []

        def render(done: Reversed) -> str:
            bodies.append(rendering.text(rendering.reversal(done)))
            return bodies[0]

        redemptions.reverse(
            session, asked.caller.place, asked.ask, redemption_id, asked.caller.terms.programme.grace_days,
            asked.at, id_maker(asked.at), render,
        )  # fmt: skip
        return bodies[0]

    return idempotency.once(asked, work)
