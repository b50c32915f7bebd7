"""GET /purchases: receipts of this partner, looked up by id or listed. It reads only and shows no margin."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from flask import Response
from flask_smorest import Blueprint
from psycopg.rows import dict_row
from sqlalchemy.orm import Session

from loyalty.db import db, driver
from loyalty.errors import Missing
from loyalty.rules.basket import item_from_data
from loyalty.rules.money import value_cents
from partners.api import rendering, requests
from partners.api.answers import BookedOut, PurchasesOut
from partners.api.auth import Authority
from partners.api.bodies import PurchasesQuery
from partners.api.calls import call
from partners.api.paging import page, start

blueprint = Blueprint("receipts", __name__, description="Receipts looked up.")
QUERY = PurchasesQuery()
LAST = UUID(int=2**128 - 1)

ONE = """
SELECT p.id, p.receipt, p.purchased_at, p.booked_at, p.total_cents, p.till_id, p.points, p.pending, p.available,
       p.awards, p.lines, s.words, s.body
FROM purchase p LEFT JOIN slip s ON s.till_id = p.till_id AND s.key = p.key
WHERE p.id = %s AND p.partner_id = %s"""
RETURNS = """
SELECT id, receipt, returned_at, points, lines FROM purchase_return WHERE purchase_id = %s ORDER BY id"""
# Each till's index of (till, day, receipt) is walked backwards and stops after enough days: what it costs does not
# depend on how much others sell. Business days narrow a span of time, a day more on both sides for every time zone.
MANY = """
WITH shown AS (SELECT coalesce((SELECT business_day FROM purchase WHERE id = %(cursor)s), 'infinity') AS day)
SELECT p.* FROM till t JOIN shop s ON s.id = t.shop_id CROSS JOIN shown CROSS JOIN LATERAL (
  SELECT id, receipt, purchased_at, booked_at, total_cents, points, till_id, shop_id, business_day
  FROM purchase
  WHERE till_id = t.id AND business_day <= shown.day AND (business_day < shown.day OR id < %(cursor)s)
    AND business_day BETWEEN coalesce(%(first)s::date, '-infinity') AND coalesce(%(last)s::date, 'infinity')
    AND (%(since)s::timestamptz IS NULL OR purchased_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR purchased_at < %(until)s)
    AND (%(receipt)s::text IS NULL OR receipt = %(receipt)s)
  ORDER BY business_day DESC FETCH FIRST (%(limit)s::int) ROWS WITH TIES
) p WHERE s.partner_id = %(partner)s
ORDER BY p.business_day DESC, p.id DESC LIMIT %(limit)s"""


@call(
    blueprint, "GET", "/purchases/<uuid:purchase_id>", BookedOut, winding_up=True, refuses=("purchase_unknown",)
)  # fmt: skip
def get_purchase(caller: Authority, purchase_id: UUID) -> Response:
    """Look a purchase up

    As it was answered, with its lines and what has come back of it. `points.available` is the wallet's of that moment.
    """
    with Session(db.engine) as session:
        cursor = driver(session).cursor(row_factory=dict_row)
        row = cursor.execute(ONE, [purchase_id, caller.place.partner_id]).fetchone()
        if row is None:
            raise Missing("purchase_unknown", "purchase_id")
        came_back = cursor.execute(RETURNS, [purchase_id]).fetchall()
    return rendering.json_response(_booked(caller, row, came_back))


@call(
    blueprint, "GET", "/purchases", PurchasesOut, query=PurchasesQuery, winding_up=True, refuses=("cursor_invalid",)
)  # fmt: skip
def list_purchases(caller: Authority) -> Response:
    """List purchases

    Of all tills of this partner, the last business day first, in it the last booked first.
    """
    values = requests.query(QUERY)
    given = {
        "partner": caller.place.partner_id, "cursor": start(values["cursor"]) or LAST, "receipt": values["receipt"],
        "since": values["since"], "until": values["until"], "first": _day(values["since"], -1),
        "last": _day(values["until"], 1), "limit": values["limit"] + 1,
    }  # fmt: skip
    with Session(db.engine) as session:
        rows = driver(session).cursor(row_factory=dict_row).execute(MANY, given).fetchall()
    items, cursor = page(rows, values["limit"], lambda row: row["id"])
    return rendering.json_response({"items": [_brief(row) for row in items], "next_cursor": cursor})


def _day(moment: datetime | None, days: int) -> Any:
    return (moment + timedelta(days=days)).date() if moment else None


def _brief(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"], "receipt": row["receipt"], "purchased_at": row["purchased_at"],
        "booked_at": row["booked_at"], "total_cents": row["total_cents"], "points": row["points"],
        "till": row["till_id"], "shop": row["shop_id"],
    }  # fmt: skip


def _booked(caller: Authority, row: dict[str, Any], came_back: list[dict[str, Any]]) -> dict[str, Any]:
    said = orjson.loads(row["body"]) if row["body"] else {}
    value = value_cents(row["available"], caller.terms.programme.point_value_ct)
    return {
        "id": row["id"], "receipt": row["receipt"],
        "card": said.get("card"),  # the books keep no card numbers
        "outcome": "earned" if row["points"] else "no_points",
        "points": {
            "earned": row["points"], "pending": row["pending"], "available": row["available"], "value_cents": value,
        },
        "awards": [
            {"rule": award["rule"], "name": award["name"], "points": award["points"], "why": award["why"]}
            for award in row["awards"]
        ],
        "perks": [], "gifts": [], "messages": said.get("messages", []),
        "purchased_at": row["purchased_at"], "booked_at": row["booked_at"], "total_cents": row["total_cents"],
        "till": row["till_id"], "lines": _lines(row, came_back),
        "returns": [
            {"id": one["id"], "receipt": one["receipt"], "returned_at": one["returned_at"],
             "taken_back": one["points"]} for one in came_back
        ],
    }  # fmt: skip


def _lines(row: dict[str, Any], came_back: list[dict[str, Any]]) -> list[dict[str, Any]]:
    words = row["words"] or [[None, None]] * len(row["lines"])
    returned: dict[int, int] = {}
    for one in came_back:
        for piece in one["lines"]:
            returned[piece["line"]] = returned.get(piece["line"], 0) + piece["quantity"]
    return [
        {
            "line": place, "kind": item.kind, "sku": item.sku, "category": item.category,
            "name": words[place][0], "measure": words[place][1], "quantity": item.quantity,
            "returned": returned.get(place, 0), "gross_cents": item.gross_cents,
        }
        for place, item in enumerate(map(item_from_data, row["lines"]))
    ]  # fmt: skip
