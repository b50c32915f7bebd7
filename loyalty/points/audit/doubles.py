"""What may stand in the books only once, looked for without trusting the indexes that should see to it."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points.audit.finding import Finding, found

KEYS = """
WITH asked AS (
    SELECT 'purchase' AS kind, id, till_id, key FROM purchase
    UNION ALL SELECT 'purchase_return', id, till_id, key FROM purchase_return
    UNION ALL SELECT 'redemption', id, till_id, key FROM redemption
    UNION ALL SELECT 'redemption_reversal', id, till_id, key FROM redemption_reversal
    UNION ALL SELECT 'member', id, till_id, key FROM member WHERE key IS NOT NULL
), doubled AS (SELECT till_id, key FROM asked GROUP BY till_id, key HAVING count(*) > 1)
SELECT kind, id, concat('its key at till ', till_id, ' was used more than once')
FROM asked JOIN doubled USING (till_id, key)"""

RECEIPTS = """
WITH doubled AS (
    SELECT till_id, business_day, receipt FROM purchase GROUP BY till_id, business_day, receipt HAVING count(*) > 1
)
SELECT p.id, concat('receipt ', receipt, ' of ', business_day, ' at till ', till_id, ' was booked more than once')
FROM purchase p JOIN doubled USING (till_id, business_day, receipt)"""


def keys(session: Session, _: datetime) -> Iterator[Finding]:
    """A till's key stands for one operation."""
    for kind, number, message in driver(session).execute(KEYS):
        yield Finding("doubles.keys", kind, str(number), message)


def receipts(session: Session, _: datetime) -> Iterator[Finding]:
    """A receipt of a till and day was booked once."""
    return found(session, "doubles.receipts", "purchase", RECEIPTS)
