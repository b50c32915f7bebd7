"""Flows: sealed transfers summed up by settlement day, pair of partners, contract versions and VAT rate.

`gather` keeps the sums up to date; `raw` computes the same from the transfers, to prove them.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.rules.netting import Flow, Prices

COLUMNS = "day, kind, issuer_id, lot_contract_id, value_ct, partner_id, contract_id, vat_bp, estimated"
KIND = """CASE WHEN t.kind IN ('redeem', 'redemption_reversal') THEN 'redeem'
     WHEN t.kind IN ('return', 'debt_repaid') THEN 'take_back' WHEN t.kind = 'adjust' THEN 'adjust' ELSE 'expire' END"""
MOVING = "('redeem', 'redemption_reversal', 'return', 'debt_repaid', 'expire', 'forfeit', 'adjust')"

# What a range of the sequence moved, one row for each lot touched. A lot's sale has VAT rates: what of it is redeemed
# is split by them, because that is the rate at which the issuer may correct its tax. Sales are looked up lot by lot:
# the planner takes every part before for one row, and would compare a list of sales with each of the lots.
RANGE = f"""
WITH sealed AS MATERIALIZED (
    SELECT s.day, t.* FROM seal s JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id
    WHERE s.sequence BETWEEN %(first)s AND %(last)s
), touched AS (
    SELECT t.day, 'issue' AS kind, l.issuer_id, l.contract_id AS lot_contract_id, l.point_value_ct AS value_ct,
           NULL::uuid AS partner_id, NULL::uuid AS contract_id, l.cause, t.points
    FROM sealed t JOIN lot l ON l.wallet_id = t.wallet_id AND l.id = t.id WHERE t.source = 'issued'
    UNION ALL
    SELECT t.day, {KIND}, l.issuer_id, l.contract_id, l.point_value_ct, t.partner_id, t.contract_id, l.cause, u.points
    FROM sealed t
    JOIN lot_use u ON u.wallet_id = t.wallet_id AND u.transfer_id = t.id
    JOIN lot l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id
    WHERE t.kind IN {MOVING}
    UNION ALL  -- a reversal after a merge grants the like of the lots anew
    SELECT t.day, 'redeem', l.issuer_id, l.contract_id, l.point_value_ct, t.partner_id, t.contract_id, l.cause,
           -t.points
    FROM sealed t JOIN lot l ON l.wallet_id = t.wallet_id AND l.id = t.id WHERE t.kind = 'redemption_reversal'
), parted AS (
    SELECT day, kind, issuer_id, lot_contract_id, value_ct, partner_id, contract_id, NULL::int AS vat_bp,
           false AS estimated, points
    FROM touched WHERE kind <> 'redeem'
    UNION ALL
    SELECT day, kind, issuer_id, lot_contract_id, value_ct, partner_id, contract_id, share.key::int, false, share.part
    FROM touched LEFT JOIN (SELECT id, lines FROM purchase) sale ON sale.id = touched.cause
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(vat_bp, cents) AS rates FROM (
            SELECT line ->> 'vat_bp' AS vat_bp, sum((line ->> 'gross_cents')::bigint) AS cents
            FROM jsonb_array_elements(lines) line WHERE coalesce((line ->> 'earns')::boolean, true) GROUP BY 1) sums
    ) weights
    CROSS JOIN LATERAL apportion(touched.points, weights.rates) share
    WHERE kind = 'redeem'
    UNION ALL  -- the same points by the rate of what they bought
    SELECT t.day, 'supply', NULL, NULL, NULL, t.partner_id, t.contract_id, share.key::int, r.vat_estimated, share.part
    FROM sealed t
    LEFT JOIN redemption_reversal v ON v.id = t.cause
    JOIN redemption r ON r.id = coalesce(v.redemption_id, t.cause)
    CROSS JOIN LATERAL (SELECT jsonb_object_agg(part ->> 'vat_bp', (part ->> 'cents')::bigint) AS rates
                        FROM jsonb_array_elements(r.vat) part) weights
    CROSS JOIN LATERAL apportion(CASE t.kind WHEN 'redeem' THEN t.points ELSE -t.points END, weights.rates) share
    WHERE t.kind IN ('redeem', 'redemption_reversal')
), summed AS (
    SELECT {COLUMNS}, sum(points)::bigint AS points FROM parted GROUP BY {COLUMNS}
)"""
# Points of a partner that left, from the day on which they are the operator's.
LEFT_BEHIND = """(SELECT partner_id AS leaver, cut_off_on FROM partner_exit WHERE carrier = 'operator') gone
    ON leaver = issuer_id AND day > cut_off_on"""
INHERITED = COLUMNS.replace("issuer_id", "CASE WHEN leaver IS NULL THEN issuer_id END AS issuer_id")
RAW = f"{RANGE} SELECT {INHERITED}, points FROM summed LEFT JOIN {LEFT_BEHIND} WHERE points <> 0"
GATHER = f"""{RANGE}
INSERT INTO flow ({COLUMNS}, points) SELECT {COLUMNS}, points FROM summed
ON CONFLICT ON CONSTRAINT flow_key DO UPDATE SET points = flow.points + excluded.points"""

LAST = "SELECT coalesce(max(sequence), 0) FROM seal"
THROUGH = (
    "SELECT through FROM flow_state FOR UPDATE"  # two at once: the second goes on where the first one ends
)

# Neither planner nor reader gains from days here: a settlement sums them up.
OF_DAYS = f"""
SELECT {COLUMNS.removeprefix("day, ")}, sum(points)::bigint FROM (
    SELECT {INHERITED}, points FROM flow LEFT JOIN {LEFT_BEHIND}
    WHERE day >= coalesce(%(begins)s, '-infinity'::date) AND day < %(ends)s
) flows
GROUP BY {COLUMNS.removeprefix("day, ")} HAVING sum(points) <> 0"""

Row = tuple[Any, ...]  # kind, issuer, lot's contract, value, partner, contract, vat, estimated, points


def gather(session: Session, limit: int = 50_000) -> int:
    """Add up to `limit` more sealed transfers to the flows; how many. Fewer than `limit`: all that are sealed."""
    connection = driver(session)
    through = _one(connection.execute(THROUGH))
    last = min(_one(connection.execute(LAST)), through + limit)
    if last > through:
        connection.execute(GATHER.encode(), {"first": through + 1, "last": last})
        connection.execute("UPDATE flow_state SET through = %s", [last])
    return last - through


def of_days(session: Session, begins: date | None, ends: date) -> list[Row]:
    """The flows of the settlement days from `begins` (None: all) up to, not including, `ends`."""
    return driver(session).execute(OF_DAYS.encode(), {"begins": begins, "ends": ends}).fetchall()


def raw(session: Session, first: int, last: int) -> list[Row]:
    """The flows of a range of the sequence straight from its transfers, in the columns of `of_days`."""
    sums: dict[tuple[Any, ...], int] = {}
    for _, *key, points in driver(session).execute(RAW.encode(), {"first": first, "last": last}):
        sums[tuple(key)] = sums.get(tuple(key), 0) + points
    return [(*key, points) for key, points in sums.items() if points]


def across_rates(rows: list[Row]) -> list[Row]:
    """Rows that differ in VAT rates alone as one, with none: money does not follow them."""
    sums: dict[tuple[Any, ...], int] = {}
    for *key, _, _, points in rows:
        sums[tuple(key)] = sums.get(tuple(key), 0) + points
    return [(*key, None, False, points) for key, points in sums.items()]


def priced(rows: list[Row], prices: Mapping[UUID, Prices], coalition_prefunded: bool) -> Iterator[Flow]:
    """Rows as flows with the prices behind them. The coalition's own points follow its own funding."""
    for kind, issuer, lot_contract, value_ct, partner, contract, _, _, points in rows:
        if kind == "supply":
            continue
        lot = prices[lot_contract] if lot_contract else None
        funded = lot.funding == "prefunded" if lot else coalition_prefunded
        yield Flow(
            kind, points, issuer, value_ct, funded, lot, partner, prices[contract] if contract else None
        )


def _one(cursor: Any) -> int:
    return int(cursor.fetchone()[0])
