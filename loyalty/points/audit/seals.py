"""The sealer's sequence: without gap, of transfers that are there, in order, with none left behind."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.points.audit.finding import Finding, found

GAPS = """
SELECT sequence, concat('follows ', previous) FROM (
    SELECT sequence, lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS previous FROM seal) numbered
WHERE sequence <> previous + 1"""

DISORDER = """
SELECT sequence, CASE WHEN xact IS NULL THEN concat('transfer ', transfer_id, ' is gone')
                      ELSE 'stands behind a transfer of a later transaction' END
FROM (SELECT s.sequence, s.transfer_id, t.xact, max(t.xact) OVER (ORDER BY s.sequence) AS latest
      FROM seal s LEFT JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id) numbered
WHERE xact IS NULL OR xact < latest"""

# A number at or above the snapshot's end was given by another server: such rows would never be sealed.
MISSED = """
WITH last AS (
    SELECT t.xact, t.wallet_id, t.version FROM (SELECT * FROM seal ORDER BY sequence DESC LIMIT 1) s
    JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id
)
SELECT t.id, CASE WHEN t.xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                  THEN concat('transaction ', t.xact, ' is not one of this server')
                  ELSE 'has no number, although later transfers have one' END
FROM transfer t LEFT JOIN seal s ON s.wallet_id = t.wallet_id AND s.transfer_id = t.id
WHERE t.xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
   OR s.sequence IS NULL AND (t.xact, t.wallet_id, t.version) < (SELECT xact, wallet_id, version FROM last)"""


def gapless(session: Session, _: datetime) -> Iterator[Finding]:
    """The numbers run from 1 without gap."""
    return found(session, "seals.gapless", "seal", GAPS)


def in_order(session: Session, _: datetime) -> Iterator[Finding]:
    """Each number's transfer is there, and numbers follow the transactions."""
    return found(session, "seals.in_order", "seal", DISORDER)


def none_missed(session: Session, _: datetime) -> Iterator[Finding]:
    """No transfer was passed over."""
    return found(session, "seals.none_missed", "transfer", MISSED)
