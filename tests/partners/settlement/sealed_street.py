"""A street whose movements are sealed and exported: what the tests of exports and of `verify.py` tamper with."""

import json
import time
from datetime import timedelta

from sqlalchemy import text

from loyalty.points import sealing
from partners.settlement import exports
from tests.street import NOON, Street, open_street

LATER = NOON + timedelta(hours=1)
BONS = {"B1": 5000, "B2": 3000, "B3": 2000, "B4": 1000}


def live(act, session) -> Street:
    """Four receipts at the baker, one at the drinks shop; points of both spent at both."""
    street = open_street(session)
    sales = (*zip(("anna", "ben", "clara", "anna"), BONS, strict=True), ("anna", "D1"))
    for minute, (who, receipt) in enumerate(sales):
        at, shop = NOON + timedelta(minutes=minute), "baker" if receipt in BONS else "drinks"
        sale = (who, shop, BONS.get(receipt, 700), at, receipt)
        act(lambda s, sale=sale: street.buy(s, *sale))
    for who, shop, points in (("anna", "drinks", 55), ("ben", "baker", 10), ("anna", "drinks", 12)):
        act(lambda s, who=who, shop=shop, points=points: street.redeem(s, who, shop, points=points, at=LATER))
    seal_all(act)
    return street


def seal_all(act) -> None:
    left = text("SELECT (SELECT count(*) FROM transfer) - (SELECT count(*) FROM seal)")
    deadline = time.monotonic() + 30
    while act(lambda s: sealing.seal(s, NOON)) or act(lambda s: s.scalar(left)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def exported(act, street, code="baker", first=1, last=8) -> list[dict]:
    """The export's header and entries."""
    partner_id = street.places[code].partner_id
    return act(lambda s: [json.loads(line) for line in exports.export(s, partner_id, first, last)])


def write(path, lines) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)
