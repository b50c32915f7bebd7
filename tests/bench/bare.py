"""A bare prototype: the ceiling and the very statements of a purchase, rows out of a mould: no rules, no care.

What a purchase costs at least, once it is written down. The endpoint's distance from it is what rules, fingerprint,
margins and the ledger's care cost; its own distance from the ceiling is the price of two round trips on this machine.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response
from flask_smorest import Blueprint
from psycopg.errors import SerializationFailure, UniqueViolation
from sqlalchemy.orm import Session

from loyalty.db import at_once, driver
from loyalty.points import ledger
from loyalty.points.holders import CARDHOLDERS
from partners.api import idempotency, requests, selling
from partners.api.answers import PurchaseOut
from partners.api.auth import Authority
from partners.api.bodies import PurchaseIn
from partners.api.calls import call
from partners.api.purchases import PURCHASE
from tests.bench.ceiling import AVAILABLE, AWARD
from tests.bench.ceiling import answered as answer_of

blueprint = Blueprint("bench_bare", __name__)
SECTIONS = ("purchase", "transfer", "lot", "slip", "wallet")
STATEMENT = ledger._statement(tuple(name for name in ledger.SECTIONS if name in SECTIONS))
LINE = {"gross_cents": 332, "vat_bp": 700, "cost_cents": 150, "sku": "4001", "category": "bread"}
FINGERPRINT = "\\x" + "00" * 32


@call(blueprint, "POST", "/bare", PurchaseOut, 201, scope="post", body=PurchaseIn, keyed=True)
def bare(caller: Authority) -> Response:
    """Read as ever, one look at the card, one write, answered as ever."""
    key = idempotency.key()
    card, basket = PURCHASE.read(requests.body())
    selling.check(basket)
    at = datetime.now(UTC)
    answer = answer_of(caller, card, basket, at)

    def work(session: Session) -> None:
        wire = driver(session)
        (row,) = wire.execute(CARDHOLDERS, [[card.number]], prepare=True)
        rows = _rows(caller, row, basket, key, answer.body, at)
        sections = [orjson.dumps(rows[name]).decode() for name in ledger.SECTIONS if name in SECTIONS]
        wire.execute(STATEMENT, [*sections, 1], prepare=True)

    with suppress(SerializationFailure, UniqueViolation):  # two at one wallet: a prototype leaves it at that
        at_once(work)
    return idempotency.told(answer)


def _rows(caller: Authority, row: Any, basket: Any, key: str, body: str, at: datetime) -> dict[str, Any]:
    new_id, place, terms = selling.id_maker(at), caller.place, caller.terms
    wallet, balance, available, debt, reserved, version, turns_at, progress = row[:8]
    transfer, purchase = new_id(), new_id()
    contract, points = terms.contracts[0].id, AWARD.points
    return {
        "purchase": [{
            "wallet_id": wallet, "id": purchase, "member_id": row[12], "partner_id": place.partner_id,
            "shop_id": place.shop_id, "till_id": place.till_id, "key": key, "fingerprint": FINGERPRINT,
            "receipt": basket.receipt, "business_day": at.date(), "purchased_at": basket.purchased_at, "booked_at": at,
            "channel": "counter", "staff": None, "total_cents": basket.total_cents, "paid_cents": 0, "redemptions": [],
            "lines": [LINE] * 5, "rulebook_id": terms.rulebook_id, "contract_id": contract,
            "state": {"local": at, "factor": "1", "birthday": False}, "awards": [AWARD], "points": points,
            "pending": 0, "available": AVAILABLE, "margin_cents": 0,
            "margin": {"net_cents": 0, "cost_cents": 0, "points_ct": "0", "serve_cents": 150, "ct": "0"},
        }],
        "transfer": [{
            "wallet_id": wallet, "id": transfer, "version": version + 1, "kind": "earn", "source": "issued",
            "destination": "wallet", "partner_id": place.partner_id, "points": points, "at": at, "cause": purchase,
        }],
        "lot": [{
            "wallet_id": wallet, "id": transfer, "issuer_id": place.partner_id, "contract_id": contract,
            "point_value_ct": "1.000", "points": points, "remaining": points, "available_from": at,
            "expires_at": turns_at, "created_at": at, "cause": purchase,
        }],
        "slip": [{
            "till_id": place.till_id, "key": key, "fingerprint": FINGERPRINT, "status": 201, "body": body,
            "words": [[line.name, line.measure] for line in basket.lines], "written_at": at,
        }],
        "wallet": [{
            "id": wallet, "balance": balance + points, "available": available + points, "debt": debt,
            "reserved": reserved, "version": version + 1, "turns_at": turns_at, "progress": progress,
            "merged_into": None, "seen_version": version, "seen_progress": progress, "seen_available": available,
            "seen_turns_at": turns_at,
        }],
    }  # fmt: skip
