"""The movements behind a statement: every sealed transfer that touched a partner's points or account, with receipts."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.rows import namedtuple_row
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.rules.netting import Flow, effect_ct
from partners.settlement import closing
from partners.settlement.content import Movement
from partners.settlement.flows import KIND, MOVING
from partners.settlement.models import SettlementRun

# Points of a partner that left are the operator's behind the cut-off, if it carries them: as in `flows`.
GONE = "partner_exit e ON e.partner_id = l.issuer_id AND e.carrier = 'operator' AND t.day > e.cut_off_on"
HEIR = "CASE WHEN e.partner_id IS NULL THEN l.issuer_id END"

# One row for each of the transfer's lots, as in `flows`, but with the receipts that brought it about.
TOUCHED = f"""
WITH sealed AS (
    SELECT s.sequence, s.day, t.* FROM seal s JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id
    WHERE s.sequence BETWEEN %(first)s AND %(last)s
), touched AS (
    SELECT t.sequence, t.id, t.at, t.kind, 'issue' AS flow, l.issuer_id, l.contract_id AS lot_contract_id,
           l.point_value_ct AS value_ct, NULL::uuid AS partner_id, NULL::uuid AS contract_id, l.cause AS origin,
           t.cause, t.points
    FROM sealed t JOIN lot l ON l.wallet_id = t.wallet_id AND l.id = t.id
    WHERE t.source = 'issued' AND l.issuer_id = %(partner)s
    UNION ALL
    SELECT t.sequence, t.id, t.at, t.kind, {KIND}, {HEIR}, l.contract_id, l.point_value_ct, t.partner_id,
           t.contract_id, l.cause, t.cause, u.points
    FROM sealed t
    JOIN lot_use u ON u.wallet_id = t.wallet_id AND u.transfer_id = t.id
    JOIN lot l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id
    LEFT JOIN {GONE}
    WHERE t.kind IN {MOVING} AND %(partner)s IN ({HEIR}, t.partner_id)
    UNION ALL
    SELECT t.sequence, t.id, t.at, t.kind, 'redeem', {HEIR}, l.contract_id, l.point_value_ct, t.partner_id,
           t.contract_id, l.cause, t.cause, -t.points
    FROM sealed t JOIN lot l ON l.wallet_id = t.wallet_id AND l.id = t.id
    LEFT JOIN {GONE}
    WHERE t.kind = 'redemption_reversal' AND %(partner)s IN ({HEIR}, t.partner_id)
)
SELECT m.*, here.code AS at_partner, sold.receipt AS sold_receipt, sold.partner_id AS sold_by,
       coalesce(bought.receipt, back.receipt, spent.receipt, undone.receipt) AS receipt,
       coalesce(bought.partner_id, back.partner_id, spent.partner_id, undone.partner_id) AS happened_at
FROM touched m
LEFT JOIN purchase sold ON sold.id = m.origin
LEFT JOIN purchase bought ON bought.id = m.cause
LEFT JOIN purchase_return r ON r.id = m.cause
LEFT JOIN purchase back ON back.id = r.purchase_id
LEFT JOIN redemption spent ON spent.id = m.cause
LEFT JOIN redemption_reversal v ON v.id = m.cause
LEFT JOIN redemption undone ON undone.id = v.redemption_id
LEFT JOIN partner here ON here.id = coalesce(bought.partner_id, back.partner_id, spent.partner_id, undone.partner_id)
WHERE m.sequence > %(after)s
ORDER BY m.sequence, m.origin, m.issuer_id LIMIT %(limit)s"""

ALL = 1_000_000_000


def of_run(
    session: Session, run: SettlementRun, partner_id: UUID, after: int = 0, limit: int = ALL
) -> Iterator[Movement]:
    """A partner's movements of a run, in the order of the sequence, those behind `after`; `limit` lots at most.

    A receipt of another partner is not named: what others sold is theirs.
    """
    prices = closing.prices(session)
    prefunded = closing.coalition_prefunded(session)
    values = {"first": run.first_sequence, "last": run.last_sequence, "partner": partner_id, "after": after,
              "limit": limit}  # fmt: skip
    with driver(session).cursor(row_factory=namedtuple_row) as cursor:
        for row in cursor.execute(TOUCHED.encode(), values):
            yield _movement(row, partner_id, prices, prefunded)


def _movement(row: Any, partner_id: UUID, prices: Any, prefunded: bool) -> Movement:
    lot = prices.get(row.lot_contract_id)
    flow = Flow(
        row.flow, row.points, row.issuer_id, row.value_ct, lot.funding == "prefunded" if lot else prefunded, lot,
        row.partner_id, prices.get(row.contract_id),
    )  # fmt: skip
    amount = effect_ct(flow, partner_id)
    return Movement(
        row.sequence, str(row.id), row.at, row.kind, row.at_partner or "",
        row.receipt if row.happened_at == partner_id else None,
        row.sold_receipt if row.sold_by == partner_id else None,
        row.points if row.flow == "issue" else -row.points,
        Decimal(amount.numerator) / Decimal(amount.denominator),
    )  # fmt: skip
