"""Wrong passwords, codes and PINs, counted by bucket in a table, so that every process knows them."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from loyalty.models.people import WrongTry


@dataclass(frozen=True, slots=True)
class Limit:
    """`tries` wrong ones, each within `window` of the last, close it for `pause`, the next for twice that."""

    tries: int
    window: timedelta
    pause: timedelta


LOGIN = Limit(5, timedelta(hours=1), timedelta(seconds=30))
CARD_CODE = Limit(5, timedelta(hours=1), timedelta(minutes=1))
TILL_PIN = Limit(5, timedelta(minutes=10), timedelta(seconds=30))
MOST_DOUBLINGS = 6

NOTE = text("""
INSERT INTO wrong_try AS w (bucket, tries, last_at) VALUES (:bucket, 1, :at)
ON CONFLICT (bucket) DO UPDATE SET
  tries = CASE WHEN w.last_at < :forgotten THEN 1 ELSE w.tries + 1 END,
  last_at = greatest(w.last_at, excluded.last_at)
RETURNING tries
""")
CLOSE = text("UPDATE wrong_try SET blocked_until = :until WHERE bucket = :bucket")


def bucket(server_key: bytes, kind: str, value: str) -> str:
    """The name under which tries are counted: it holds no address and no card number, only an HMAC of it."""
    return f"{kind}:{hmac.digest(server_key, value.encode('utf-8', 'surrogatepass'), sha256).hex()[:32]}"


def note(session: Session, bucket: str, at: datetime, limit: Limit) -> datetime | None:
    """Count a wrong try; until when it is closed now, or None. The door commits this, though it refuses."""
    values = {"bucket": bucket, "at": at, "forgotten": at - limit.window}
    tries = session.execute(NOTE, values).scalar_one()
    if tries < limit.tries:
        return None
    until = at + limit.pause * 2 ** min(tries - limit.tries, MOST_DOUBLINGS)
    session.execute(CLOSE, {"bucket": bucket, "until": until})
    return until


def blocked(session: Session, bucket: str, at: datetime) -> datetime | None:
    """Until when the bucket is closed, or None when it is open."""
    until = session.scalar(select(WrongTry.blocked_until).where(WrongTry.bucket == bucket))
    return until if until is not None and until > at else None


def clear(session: Session, bucket: str) -> None:
    """Forget the wrong tries, after a right one."""
    session.execute(delete(WrongTry).where(WrongTry.bucket == bucket))


def sweep(session: Session, before: datetime) -> int:
    """Nightly: forget buckets whose last wrong try is older than `before`; how many."""
    return session.execute(delete(WrongTry).where(WrongTry.last_at < before)).rowcount
