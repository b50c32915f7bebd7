"""A day's figures of tills: customers, turnover, margin, points given and taken. It only reads."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened at some tills on one business day, in cents and points.

    Turnover is what went over the counter; returns and reversals are taken off margin and points.
    """

    customers: int = 0
    purchases: int = 0
    turnover_cents: int = 0
    margin_cents: int = 0
    given: int = 0
    taken: int = 0
    taken_cents: int = 0


# A return and a redemption count on the day they happened, in the coalition's zone.
DAY = text("""
WITH bought AS (
  SELECT count(DISTINCT wallet_id) AS customers, count(*) AS purchases, sum(total_cents) AS cents,
         sum(margin_cents) AS margin, sum(points) AS points
  FROM purchase WHERE till_id = ANY(:tills) AND business_day = :day
), back AS (
  SELECT sum(points) AS points, sum(margin_cents) AS margin FROM purchase_return
  WHERE till_id = ANY(:tills) AND returned_at >= :begins AND returned_at < :ends
), spent AS (
  SELECT sum(points) AS points, sum(value_cents) AS cents FROM redemption
  WHERE till_id = ANY(:tills) AND redeemed_at >= :begins AND redeemed_at < :ends
), undone AS (
  SELECT sum(v.points) AS points, sum(x.value_cents) AS cents
  FROM redemption_reversal v JOIN redemption x ON x.wallet_id = v.wallet_id AND x.id = v.redemption_id
  WHERE v.till_id = ANY(:tills) AND v.reversed_at >= :begins AND v.reversed_at < :ends
)
SELECT bought.customers, bought.purchases, coalesce(bought.cents, 0), coalesce(bought.margin, 0)
       + coalesce(back.margin, 0), coalesce(bought.points, 0) - coalesce(back.points, 0),
       coalesce(spent.points, 0) - coalesce(undone.points, 0), coalesce(spent.cents, 0) - coalesce(undone.cents, 0)
FROM bought, back, spent, undone
""")
TURNOVER = text("""
SELECT business_day, sum(total_cents)::bigint AS cents FROM purchase
WHERE till_id = ANY(:tills) AND business_day BETWEEN :first AND :last GROUP BY business_day
""")


def on(session: Session, tills: Collection[UUID], day: date, zone: str) -> Figures:
    """The figures of `tills` on the local `day`; `zone` says when it begins."""
    values: dict[str, Any] = {"tills": list(tills), "day": day, **_bounds(day, zone)}
    return Figures(*(int(number) for number in session.execute(DAY, values).one()))


def turnover(session: Session, tills: Collection[UUID], last: date, days: int) -> list[tuple[date, int]]:
    """Cents of turnover on each of the `days` up to `last`, oldest first; a day without sales is 0."""
    first = last - timedelta(days=days - 1)
    found = session.execute(TURNOVER, {"tills": list(tills), "first": first, "last": last})
    cents = {row.business_day: row.cents for row in found}
    return [(day, cents.get(day, 0)) for day in (first + timedelta(days=n) for n in range(days))]


def _bounds(day: date, zone: str) -> dict[str, Any]:
    begins = datetime.combine(day, time(), ZoneInfo(zone))
    return {"begins": begins, "ends": datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))}
