"""What a night does, job after job. Each is idempotent and commits in batches: killed and run again is run once."""

import os
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from loyalty.db import transact
from loyalty.models.coalition import Coalition
from loyalty.points import expiry
from loyalty.rules.ids import uuid7


def run(at: datetime) -> dict[str, int]:
    """Everything that is due by `at`; how many wallets expiry looked at. Needs an application context."""
    looked_at = 0
    while found := transact(lambda session: expiry.run(session, at, lambda: uuid7(at, os.urandom(10)))):
        looked_at += found
    return {"wallets": looked_at}


def zone() -> ZoneInfo:
    """The coalition's time zone."""
    return ZoneInfo(transact(lambda session: session.scalars(select(Coalition.time_zone)).one()))


def end_of(day: date) -> datetime:
    """The moment the coalition's local day is over."""
    return datetime.combine(day + timedelta(days=1), time(), zone())
