"""The sealer: a gapless number for every committed transfer, in an order that no late commit can slip under.

It locks nothing the tills use. Settlement ranges, summaries and event cursors count by this number.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.db import driver

ONE_SEALER = 0x5EA1  # advisory lock: a second sealer waits, then sees what the first one sealed

# A transfer's `xact` is its transaction's number. Below the horizon every transaction has ended, so whatever commits
# later bears a number at or above it and sorts behind all that was sealed before.
SEAL = """
WITH last AS (
    SELECT s.sequence, t.xact, t.wallet_id, t.version
    FROM (SELECT * FROM seal ORDER BY sequence DESC LIMIT 1) s
    JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id
), following AS (
    SELECT t.wallet_id, t.id, t.xact, t.version FROM transfer t
    WHERE t.xact >= coalesce((SELECT xact FROM last), 0)
      AND t.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      AND coalesce((t.xact, t.wallet_id, t.version) > (SELECT xact, wallet_id, version FROM last), true)
    ORDER BY t.xact, t.wallet_id, t.version LIMIT %s
), sealed AS (
    INSERT INTO seal (sequence, wallet_id, transfer_id, sealed_at)
    SELECT coalesce((SELECT sequence FROM last), 0) + row_number() OVER (ORDER BY xact, wallet_id, version),
           wallet_id, id, %s
    FROM following RETURNING 1
)
SELECT count(*) FROM sealed"""


def seal(session: Session, at: datetime, limit: int = 10_000) -> int:
    """Number up to `limit` transfers whose transactions have ended; how many. Fewer than `limit`: all that may be."""
    connection = driver(session)
    # A statement of its own: the next one must see what the sealer before us has committed.
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
    row = connection.execute(SEAL, [limit, at]).fetchone()
    assert row is not None
    return int(row[0])
