"""POST /purchases/{id}/returns: goods come back, all or by line and quantity."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from loyalty.points import returns
from loyalty.points.returns import Returned
from partners.api import idempotency, rendering, requests
from partners.api.answers import ReturnOut
from partners.api.auth import Authority
from partners.api.bodies import ReturnIn
from partners.api.calls import call
from partners.api.idempotency import Asked, Outcome
from partners.api.marking import _
from partners.api.reading import Faults
from partners.api.selling import id_maker

blueprint = Blueprint("returns", __name__, description="Goods come back.")
RETURN = ReturnIn()
ROUTE = "/purchases/{id}/returns"
EITHER = _("Name either lines or all.")
FUTURE = _("Lies in the future.")
AHEAD = timedelta(minutes=5)


@call(
    blueprint, "POST", "/purchases/<uuid:purchase_id>/returns", ReturnOut, 201, scope="post", body=ReturnIn,
    keyed=True, winding_up=True, refuses=("purchase_unknown", "return_exceeds_purchase"),
)  # fmt: skip
def post_return(caller: Authority, purchase_id: UUID) -> Response:
    """Take goods back

    What they earned is taken back; what of it was spent already becomes a debt that the next points repay.
    """
    key = idempotency.key()
    data = requests.body()
    values = RETURN.read(data)
    ids = {"id": str(purchase_id)}
    asked = Asked(caller, idempotency.ask(ROUTE, ids, data, key), datetime.now(UTC))
    return idempotency.told(take_back(asked, purchase_id, values))


def take_back(asked: Asked, purchase_id: UUID, values: dict[str, Any]) -> Outcome:
    """Return under its key. Raises Faults."""
    pieces = _pieces(values)
    returned_at = values["returned_at"] or asked.at
    if returned_at > asked.at + AHEAD:
        raise Faults([("returned_at", FUTURE, {})])

    def work(session: Session) -> str:
        bodies: list[str] = []

        def render(done: Returned) -> str:
            bodies.append(rendering.text(rendering.returned(done)))
            return bodies[0]

        returns.record(
            session, asked.caller.place, asked.ask, purchase_id, pieces, values["receipt"], returned_at,
            asked.caller.terms, asked.at, id_maker(asked.at), render,
        )  # fmt: skip
        return bodies[0]

    return idempotency.once(asked, work)


def _pieces(values: dict[str, Any]) -> Mapping[int, int] | None:
    """Quantity by line; None for all. A line named twice counts twice."""
    if bool(values["lines"]) == bool(values["all"]):
        raise Faults([("lines", EITHER, {})])
    if values["all"]:
        return None
    pieces: dict[int, int] = {}
    for line in values["lines"]:
        pieces[line["line"]] = pieces.get(line["line"], 0) + line["quantity"]
    return pieces
