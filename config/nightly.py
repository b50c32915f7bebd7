"""What a night does, step after step. Each is idempotent and commits in batches: killed and run again is run once."""

import os
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import outbox
from loyalty.db import transact
from loyalty.models.coalition import Coalition
from loyalty.people import throttle
from loyalty.points import expiry, slips
from loyalty.rules.ids import uuid7
from partners.settlement import exits, notices

TRIES_KEPT = timedelta(days=1)  # longer than any wrong try counts

Step = Callable[[Session, datetime], int]  # one batch of what is due: how much it did, 0 when nothing is left


def _expire(session: Session, at: datetime) -> int:
    return expiry.run(session, at, lambda: uuid7(at, os.urandom(10)))


def _forget_tries(session: Session, at: datetime) -> int:
    return throttle.sweep(session, at - TRIES_KEPT)


def _publish_head(session: Session, at: datetime) -> int:
    return notices.publish_head(session, at, lambda: uuid7(at, os.urandom(10)))


STEPS: tuple[tuple[str, Step], ...] = (
    ("wallets", _expire),
    ("slips", slips.sweep),
    ("tries", _forget_tries),
    ("exits", exits.take_effect),
    ("heads", _publish_head),
    ("outbox", outbox.sweep),
)


def run(at: datetime) -> dict[str, int]:
    """Everything that is due by `at`; how much each step did. Needs an application context."""
    return {name: _to_the_end(step, at) for name, step in STEPS}


def _to_the_end(step: Step, at: datetime) -> int:
    done = 0
    while batch := transact(lambda session: step(session, at)):
        done += batch
    return done


def zone() -> ZoneInfo:
    """The coalition's time zone."""
    return ZoneInfo(transact(lambda session: session.scalars(select(Coalition.time_zone)).one()))


def end_of(day: date) -> datetime:
    """The moment the coalition's local day is over."""
    return datetime.combine(day + timedelta(days=1), time(), zone())
