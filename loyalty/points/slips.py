"""Slips, the answers kept for tills: after 90 days they are thrown away, and a replay is rebuilt from the books."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loyalty.db import driver

KEPT = timedelta(days=90)

SWEEP = """DELETE FROM slip USING (
    SELECT till_id, key FROM slip WHERE written_at < %s ORDER BY written_at LIMIT %s
) old WHERE slip.till_id = old.till_id AND slip.key = old.key"""


def sweep(session: Session, at: datetime, limit: int = 5_000) -> int:
    """Throw away up to `limit` slips older than KEPT, the oldest first; how many. The door calls again until 0."""
    return driver(session).execute(SWEEP, [at - KEPT, limit]).rowcount
