"""Movements as they are sealed: a transfer with its receipt, the lot it made and the lots it used, all as text.

What may lawfully change later (what remains of a lot, until when) is no part of it. It only reads.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

import psycopg

from loyalty.rules.chain import FIELDS, Part

STAMP = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

# The columns of FIELDS in their order. A session's settings (time zone, style of dates) have no say in them.
TRANSFER = f"""t.id::text, t.wallet_id::text, t.version::text, t.kind, t.source, t.destination, t.partner_id::text,
    t.contract_id::text, t.other_wallet_id::text, t.other_version::text, t.points::text, {STAMP.format("t.at")},
    t.cause::text, t.reason"""
RECEIPT = f"""CASE WHEN p.id IS NOT NULL THEN 'purchase' WHEN r.id IS NOT NULL THEN 'purchase_return'
         WHEN d.id IS NOT NULL THEN 'redemption' WHEN v.id IS NOT NULL THEN 'redemption_reversal' END,
    coalesce(p.id, r.id, d.id, v.id)::text,
    coalesce(p.partner_id, r.partner_id, d.partner_id, v.partner_id)::text,
    coalesce(p.till_id, r.till_id, d.till_id, v.till_id)::text,
    coalesce(p.receipt, r.receipt, d.receipt),
    coalesce(to_char(p.business_day, 'YYYY-MM-DD'),
             {STAMP.format("coalesce(r.returned_at, d.redeemed_at, v.reversed_at)")}),
    coalesce(p.total_cents, d.value_cents)::text, coalesce(p.points, r.points, d.points, v.points)::text,
    coalesce(r.purchase_id, v.redemption_id)::text"""
LOT = f"""l.id::text, l.issuer_id::text, l.contract_id::text, l.point_value_ct::text, l.points::text,
    {STAMP.format("l.created_at")}, l.cause::text"""
COLUMNS = f"{TRANSFER}, {RECEIPT}, {LOT}, u.uses"

# All by the wallet's own keys: one look into an index for each, however large the tables are.
JOINS = """
LEFT JOIN purchase p ON p.wallet_id = t.wallet_id AND p.id = t.cause
LEFT JOIN purchase_return r ON r.wallet_id = t.wallet_id AND r.id = t.cause
LEFT JOIN redemption d ON d.wallet_id = t.wallet_id AND d.id = t.cause
LEFT JOIN redemption_reversal v ON v.wallet_id = t.wallet_id AND v.id = t.cause
LEFT JOIN lot l ON l.wallet_id = coalesce(t.other_wallet_id, t.wallet_id) AND l.id = t.id
LEFT JOIN LATERAL (
    SELECT array_agg(ARRAY[u.id::text, u.lot_id::text, u.points::text, o.issuer_id::text, o.contract_id::text,
                           o.point_value_ct::text, o.cause::text] ORDER BY u.id) AS uses
    FROM lot_use u LEFT JOIN lot o ON o.wallet_id = u.wallet_id AND o.id = u.lot_id
    WHERE u.wallet_id = t.wallet_id AND u.transfer_id = t.id
) u ON true"""

SEALED = f"""
SELECT s.sequence, s.leaf, s.hash, s.transfer_id::text, {COLUMNS}
FROM (SELECT * FROM seal WHERE sequence > %s AND sequence <= %s ORDER BY sequence LIMIT %s) s
LEFT JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id {JOINS}
ORDER BY s.sequence"""

TRANSFER_FIELDS, RECEIPT_FIELDS, LOT_FIELDS = (len(FIELDS[name]) for name in ("transfer", "receipt", "lot"))


class Entry(NamedTuple):
    """A seal and its movement as it stands in the books now; no parts: the transfer is gone."""

    sequence: int
    leaf: bytes
    hash: bytes
    transfer_id: str
    parts: list[Part]


def parts(columns: Sequence[Any]) -> list[Part]:
    """The parts of a movement out of COLUMNS; none when the transfer is not there."""
    if columns[0] is None:
        return []
    row = iter(columns)
    found = [Part("transfer", tuple(islice(row, TRANSFER_FIELDS)))]
    for name, width in (("receipt", RECEIPT_FIELDS), ("lot", LOT_FIELDS)):
        fields = tuple(islice(row, width))
        if fields[0] is not None:
            found.append(Part(name, fields))
    found += [Part("use", fields) for fields in next(row) or ()]
    return found


def sealed(connection: psycopg.Connection[Any], after: int, last: int, limit: int) -> list[Entry]:
    """Up to `limit` entries behind number `after`, up to `last`, in order."""
    rows = connection.execute(SEALED.encode(), [after, last, limit]).fetchall()
    return [Entry(row[0], row[1], row[2], row[3], parts(row[4:])) for row in rows]
