"""An answer whose slip has been thrown away, made again from the facts in the books."""

from typing import Any

from sqlalchemy.orm import Session

from loyalty.people import cards
from loyalty.points import rebuilding, replays
from loyalty.rules.terms import Terms
from partners.api import rendering


def rebuilt(session: Session, replay: replays.Replay, card: str | None, terms: Terms) -> dict[str, Any]:
    """The body as it was sent first. `card` is the one this request names."""
    number = replay.operation_id
    assert number is not None
    if replay.kind == "purchase":
        done = rebuilding.purchased(session, number, card or "", terms)
        return rendering.purchase(done, terms.programme.point_value_ct)
    if replay.kind == "purchase_return":
        return rendering.returned(rebuilding.returned(session, number))
    if replay.kind == "redemption":
        return rendering.redeemed(rebuilding.redeemed(session, number))
    if replay.kind == "redemption_reversal":
        return rendering.reversal(rebuilding.reversed_(session, number))
    # The claim code was told once: only its hash is kept.
    return rendering.signed_up(
        number, cards.current(session, number), None, rendering.display_name(session, number)
    )
