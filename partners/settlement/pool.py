"""The pool against the lots: what settlement says it holds is what prefunded points are worth, to the thousandth.

Movements that are not summed up yet are counted by themselves, so that the two can be compared at any moment.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver
from partners.settlement import closing
from partners.settlement.exposure import EVER

# Sealed in the order of these three: all that comes behind the last one summed up is not in the flows yet.
LAST = """
SELECT t.xact, t.wallet_id, t.version FROM flow_state f JOIN seal s ON s.sequence = f.through
JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id"""
NONE_YET = (-1, UUID(int=0), 0)
WAITING = """
WITH fresh AS (
    SELECT * FROM transfer t
    WHERE t.xact >= %(xact)s AND (t.xact, t.wallet_id, t.version) > (%(xact)s, %(wallet)s, %(version)s)
), touched AS (
    SELECT l.contract_id, l.points * l.point_value_ct AS value_ct
    FROM fresh t JOIN lot l ON l.wallet_id = coalesce(t.other_wallet_id, t.wallet_id) AND l.id = t.id
    UNION ALL
    SELECT l.contract_id, -u.points * l.point_value_ct
    FROM fresh t
    JOIN lot_use u ON u.wallet_id = t.wallet_id AND u.transfer_id = t.id
    JOIN lot l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id
)
SELECT coalesce(sum(value_ct), 0)
FROM touched CROSS JOIN coalition own LEFT JOIN contract c ON c.id = contract_id
WHERE coalesce(c.funding, own.funding) = 'prefunded'"""


@dataclass(frozen=True, slots=True)
class Equality:
    """All in ct. `pool`: last run and flows since; `waiting`: movements behind them; `lots`: remaining × value."""

    pool: Fraction
    waiting: Decimal
    lots: Decimal

    @property
    def difference(self) -> Fraction:
        """What the pool has too much (above zero) or too little: always 0, or the books are wrong."""
        return self.pool + Fraction(self.waiting) - Fraction(self.lots)


def compared(session: Session, lots_ct: Decimal) -> Equality:
    """The pool against the value of prefunded lots, as read in the same snapshot of the database."""
    return Equality(closing.outcome(session, EVER).netting.pool_ct, _waiting(session), lots_ct)


def _waiting(session: Session) -> Decimal:
    """What movements that are not in the flows yet have added to the value of prefunded lots."""
    xact, wallet, version = driver(session).execute(LAST).fetchone() or NONE_YET
    row: Any = (
        driver(session).execute(WAITING, {"xact": xact, "wallet": wallet, "version": version}).fetchone()
    )
    return Decimal(row[0])
