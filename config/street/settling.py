"""The months of the demo street, settled as they end: prepared by one admin, released by the other, paid at once.

The last month that is over is left to whoever visits the street.
"""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from config.sequence import in_order
from config.settling import admin
from config.street.shops import ADMINS
from loyalty.db import transact
from loyalty.rules.periods import month_of
from partners.settlement import cash, legs, papers, runs

MORNING = timedelta(hours=9, seconds=1)


def last_second(moment: datetime, zone: ZoneInfo) -> datetime:
    """The end of the local month in which the next second lies."""
    ends = month_of((moment + timedelta(seconds=1)).astimezone(zone).date()).ends
    return datetime(ends.year, ends.month, ends.day, tzinfo=zone).astimezone(moment.tzinfo) - timedelta(
        seconds=1
    )


def settle(end: datetime, today: datetime, zone: ZoneInfo) -> None:
    """Settle the month that ended at `end`, unless it is the newest one. Other moments than month ends: nothing."""
    period = month_of(end.astimezone(zone).date())
    if last_second(end - timedelta(seconds=1), zone) != end or period.ends >= month_of(today.date()).begins:
        return
    at = end + MORNING
    first, second = (transact(lambda session: admin(session, email)) for email, _ in ADMINS)  # noqa: B023
    run_id = transact(lambda session: runs.prepare(session, period.label, first, at, in_order(at)))
    transact(lambda session: _release(session, run_id, second, at + timedelta(hours=1)))


def _release(session: Session, run_id: UUID, staff_id: UUID, at: datetime) -> None:
    new_id = in_order(at)
    runs.release(session, run_id, staff_id, at, new_id)
    papers.issue(session, run_id, staff_id, at, new_id)
    cash.make_files(session, run_id, staff_id, at, new_id)
    legs.pay_all(session, run_id, staff_id, at + timedelta(days=14), new_id)
    cash.booked(session, run_id, staff_id, at + timedelta(days=14), new_id)
