"""GET /members (a forgotten card) and POST /members (joining at the counter)."""

import os
from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from loyalty.db import transact
from loyalty.people import members
from loyalty.people.members import Origin
from loyalty.people.newcomers import Newcomer
from loyalty.points import replays
from loyalty.rules.cardnumber import mask_name
from partners import searches
from partners.api import idempotency, rendering, requests
from partners.api.answers_people import MembersOut, SignedUpOut
from partners.api.auth import Authority
from partners.api.bodies import MemberIn, MembersQuery
from partners.api.calls import call
from partners.api.idempotency import Asked
from partners.api.selling import id_maker

blueprint = Blueprint("members", __name__, description="Members at the counter.")
MEMBER, QUERY = MemberIn(), MembersQuery()


@call(
    blueprint, "GET", "/members", MembersOut, scope="search", query=MembersQuery, refuses=("query_invalid",)
)  # fmt: skip
def search(caller: Authority) -> Response:
    """Find a forgotten card

    By the beginning of a name or phone number: at most ten members, masked. Every search is logged.
    """
    q = requests.query(QUERY)["q"]
    at = datetime.now(UTC)
    place = caller.place
    found = transact(
        lambda session: searches.search(session, q, place.partner_id, at, id_maker(at), till_id=place.till_id)
    )
    items = [
        {
            "id": member.member_id, "display_name": member.display_name, "phone": member.phone,
            "email": member.email, "card": member.card,
        }
        for member in found
    ]  # fmt: skip
    return rendering.json_response({"items": items, "next_cursor": None})


@call(
    blueprint, "POST", "/members", SignedUpOut, 201, scope="signup", body=MemberIn, keyed=True,
    refuses=(
        "name_invalid", "email_invalid", "phone_invalid", "born_on_invalid", "too_young", "email_taken",
        "terms_version_invalid",
    ),
)  # fmt: skip
def sign_up(caller: Authority) -> Response:
    """Sign somebody up at the counter

    The card is for the member's purse. Print the claim code separately: with it they open their account in the portal.
    """
    key = idempotency.key()
    data = requests.body()
    values = MEMBER.read(data)
    asked = Asked(caller, idempotency.ask("/members", {}, data, key), datetime.now(UTC))
    return idempotency.told(idempotency.once(asked, lambda session: _join(session, asked, values)))


def _join(session: Session, asked: Asked, values: dict[str, Any]) -> str:
    person = Newcomer(**{name: value for name, value in values.items() if name != "terms_version"})
    ask, till_id = asked.ask, asked.caller.place.till_id
    joined = members.sign_up(
        session, person, values["terms_version"], asked.at, id_maker(asked.at), os.urandom,
        current_app.config["CARD_KEY"], Origin(till_id, ask.key, ask.fingerprint),
    )  # fmt: skip
    name = mask_name(f"{person.first_name} {person.last_name}")
    body = rendering.text(rendering.signed_up(joined.member_id, joined.card, joined.claim_code, name))
    replays.keep(session, till_id, ask, 201, body, asked.at)
    return body
