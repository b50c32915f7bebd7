"""GET /cards/{card}: who stands here, what they have, and whether they may spend with what was shown."""

from datetime import UTC, datetime
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from loyalty.db import at_once
from loyalty.points.holders import Holder, holders, usable
from loyalty.points.statements import Balance, balance
from loyalty.rules import cardnumber
from loyalty.rules.money import value_cents
from partners.api import codes, rendering
from partners.api.answers_people import ScanOut
from partners.api.auth import Authority
from partners.api.calls import call

blueprint = Blueprint("cards", __name__, description="Who stands here.")
CARD = {
    "in": "path", "name": "card", "required": True,
    "schema": {"type": "string", "pattern": r"^27[0-9]{14}([0-9]{6})?$", "example": "2700417003829152"},
    "description": "16 digits as printed, or 22 with the rotating code.",
}  # fmt: skip


@call(
    blueprint, "GET", "/cards/<card>", ScanOut, refuses=("card_invalid", "card_unknown", "card_blocked"),
    path_parameters=[CARD],
)  # fmt: skip
def scan(caller: Authority, card: str) -> Response:
    """Who stands here"""
    read = cardnumber.parse(card)
    at = datetime.now(UTC)

    def look(session: Session) -> tuple[Holder, Balance, str]:
        holder = usable(holders(session, [read.number], lock=False), read.number)
        held = balance(session, holder.account.id, at, caller.terms.programme.time_zone)
        return holder, held, rendering.display_name(session, holder.member_id)

    holder, held, name = at_once(look)
    spendable = read.code is not None and codes.spendable(read, at)
    return rendering.json_response(_scanned(caller, holder, held, name, spendable))


def _scanned(caller: Authority, holder: Holder, held: Balance, name: str, spendable: bool) -> dict[str, Any]:
    return {
        "card": holder.card,
        "spendable": spendable,
        "member": {
            "id": holder.member_id,
            "display_name": name,
            "tier": holder.standing.tier,
            "club": holder.standing.club,
            # A till hears of a birthday only where the member agreed to that.
            "birthday_today": False,
        },
        "points": {
            "available": held.available,
            "pending": held.pending,
            "debt": held.debt,
            "value_cents": value_cents(held.available, caller.terms.programme.point_value_ct),
            "expiring": {"points": held.expiring, "on": held.expires_on} if held.expires_on else None,
        },
        "perks": [],
        "gifts": [],
        "vouchers": [],
        "hints": [],
    }
