"""A wallet as its owner reads it: the balance split by time, and the history with every award and its arithmetic.

It only reads. Names of shops and partners are looked up by whoever shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.rows import namedtuple_row
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.rules import lots

Cursor = tuple[datetime, UUID]
EntryKind = Literal["purchase", "return", "redemption", "reversal", "expiry", "other"]


@dataclass(frozen=True, slots=True)
class Balance:
    """Points at a moment. `pending_from`: when the first pending ones can be spent; `expires_on`: the last local day
    of the points that expire next."""

    available: int
    pending: int
    pending_from: datetime | None
    debt: int
    reserved: int
    expiring: int
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Given:
    """One award of a purchase, or what a return took of it (`points` below 0)."""

    rule: str
    version: int
    name: str
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that moved points (or a purchase that earned none). `points` are signed as the member sees them.

    `debt` is what a return left owing, or what a purchase paid off. `cents`: the receipt's total, or the value of
    points spent. `first` is the receipt a return or reversal belongs to, `reason` the ledger's word for the rest.
    """

    id: UUID
    kind: EntryKind
    at: datetime
    points: int
    partner_id: UUID | None
    till_id: UUID | None
    receipt: str | None
    cents: int | None
    given: tuple[Given, ...]
    debt: int
    pending: int
    reward_id: UUID | None
    first: str | None
    reason: str | None
    words: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the history, newest first. `cursor` asks for the next one; None: that was all."""

    entries: tuple[Entry, ...]
    cursor: Cursor | None


def balance(session: Session, wallet_id: UUID, at: datetime, zone: str) -> Balance:
    """What `wallet_id` holds at `at`, from its lots; days are local to time zone `zone`."""
    (row,) = _rows(session, HELD, {"wallet": wallet_id, "at": at})
    return Balance(
        available=row.available,
        pending=row.pending,
        pending_from=row.pending_from,
        debt=row.debt,
        reserved=row.reserved,
        expiring=row.expiring or 0,
        expires_on=lots.last_day(row.expires_at, zone) if row.expires_at else None,
    )


# Summed where the lots are: somebody who shops daily has more than a thousand of them, and is scanned daily.
HELD = """
SELECT w.debt, w.reserved, held.*, ending.*
FROM wallet w,
LATERAL (
  SELECT coalesce(sum(remaining) FILTER (WHERE available_from <= %(at)s AND expires_at > %(at)s), 0)::int AS available,
         coalesce(sum(remaining) FILTER (WHERE available_from > %(at)s), 0)::int AS pending,
         min(available_from) FILTER (WHERE available_from > %(at)s AND available_from < '9998-01-01Z') AS pending_from
  FROM lot WHERE wallet_id = w.id AND remaining > 0
) held
LEFT JOIN LATERAL (
  SELECT expires_at, sum(remaining)::int AS expiring FROM lot
  WHERE wallet_id = %(wallet)s AND remaining > 0 AND expires_at > %(at)s
  GROUP BY expires_at ORDER BY expires_at LIMIT 1
) ending ON true
WHERE w.id = %(wallet)s
"""

# A household's or merged member's history reads through `merged_into`. In order of what happened, not of booking: a
# till that was offline books late.
HISTORY = """
WITH RECURSIVE mine AS (
  SELECT id FROM wallet WHERE id = %(wallet)s
  UNION SELECT w.id FROM wallet w JOIN mine m ON w.merged_into = m.id
), paged AS (
  (SELECT p.id, 'purchase' AS kind, p.purchased_at AS at, p.points, p.partner_id, p.till_id, p.receipt,
          p.total_cents AS cents, p.awards, NULL::uuid AS reward_id, NULL::text AS first, NULL::text AS reason,
          p.key, 0 AS debt
   FROM purchase p WHERE p.wallet_id IN (SELECT id FROM mine) AND (p.purchased_at, p.id) < (%(moment)s, %(id)s)
   ORDER BY p.purchased_at DESC, p.id DESC LIMIT %(limit)s)
  UNION ALL
  (SELECT r.id, 'return', r.returned_at, -r.points, r.partner_id, r.till_id, r.receipt,
          NULL, r.awards, NULL, p.receipt, NULL, NULL, r.debt
   FROM purchase_return r JOIN purchase p ON p.id = r.purchase_id
   WHERE r.wallet_id IN (SELECT id FROM mine) AND (r.returned_at, r.id) < (%(moment)s, %(id)s)
   ORDER BY r.returned_at DESC, r.id DESC LIMIT %(limit)s)
  UNION ALL
  (SELECT x.id, 'redemption', x.redeemed_at, -x.points, x.partner_id, x.till_id, x.receipt,
          x.value_cents, NULL, x.reward_id, NULL, NULL, NULL, 0
   FROM redemption x
   WHERE x.wallet_id IN (SELECT id FROM mine) AND (x.redeemed_at, x.id) < (%(moment)s, %(id)s)
   ORDER BY x.redeemed_at DESC, x.id DESC LIMIT %(limit)s)
  UNION ALL
  (SELECT v.id, 'reversal', v.reversed_at, v.points, v.partner_id, v.till_id, NULL,
          x.value_cents, NULL, x.reward_id, x.receipt, NULL, NULL, 0
   FROM redemption_reversal v JOIN redemption x ON x.id = v.redemption_id
   WHERE v.wallet_id IN (SELECT id FROM mine) AND (v.reversed_at, v.id) < (%(moment)s, %(id)s)
   ORDER BY v.reversed_at DESC, v.id DESC LIMIT %(limit)s)
  UNION ALL
  (SELECT * FROM (
     SELECT max(t.id::text)::uuid AS id, CASE t.kind WHEN 'expire' THEN 'expiry' ELSE 'other' END, max(t.at) AS at,
            sum(CASE WHEN t.destination = 'wallet' OR t.kind = 'debt_written_off' THEN t.points
                     ELSE -t.points END)::int,
            NULL::uuid, NULL::uuid, NULL, NULL::int, NULL::jsonb, NULL::uuid, NULL, t.kind, NULL, 0
     FROM transfer t
     WHERE t.wallet_id IN (SELECT id FROM mine) AND t.kind = ANY(%(others)s)
       AND NOT EXISTS (SELECT FROM purchase p WHERE p.wallet_id = t.wallet_id AND p.id = t.cause)
     GROUP BY t.kind, t.cause) grouped
   WHERE (at, id) < (%(moment)s, %(id)s) ORDER BY at DESC, id DESC LIMIT %(limit)s)
)
SELECT paged.*, coalesce(slip.words, '[]') AS words FROM paged
LEFT JOIN slip ON slip.till_id = paged.till_id AND slip.key = paged.key
ORDER BY paged.at DESC, paged.id DESC LIMIT %(limit)s
"""
OTHERS = [
    "expire",
    "forfeit",
    "bonus",
    "gift",
    "goodwill",
    "welcome",
    "referral",
    "adjust",
    "debt_written_off",
]

# What a purchase also did: paid off debt, made points that cannot be spent yet.
BESIDES = """
SELECT t.cause, sum(t.points) FILTER (WHERE t.kind = 'debt_repaid') AS repaid,
       sum(l.remaining) FILTER (WHERE l.available_from > %(at)s) AS pending
FROM transfer t LEFT JOIN lot l ON l.wallet_id = t.wallet_id AND l.id = t.id
WHERE t.wallet_id = %(wallet)s AND t.id >= %(oldest)s AND t.cause = ANY(%(causes)s) GROUP BY t.cause
"""
LAST = datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1)


def history(session: Session, wallet_id: UUID, cursor: Cursor | None, limit: int, at: datetime) -> Page:
    """At most `limit` entries before the one at `cursor` (None: all), newest first.

    `at` decides which points of a purchase are still pending.
    """
    moment, last_id = cursor or LAST
    values = {"wallet": wallet_id, "moment": moment, "id": last_id, "limit": limit + 1, "others": OTHERS}
    rows = _rows(session, HISTORY, values)
    page = rows[:limit]
    besides = _besides(session, wallet_id, [row.id for row in page if row.kind == "purchase"], at)
    entries = tuple(_entry(row, *besides.get(row.id, (0, 0))) for row in page)
    return Page(entries, (entries[-1].at, entries[-1].id) if len(rows) > limit else None)


def _rows(session: Session, statement: str, values: dict[str, Any]) -> list[Any]:
    """Rows with names, past SQLAlchemy: a page is made of several of these."""
    cursor = driver(session).cursor(row_factory=namedtuple_row)
    return cursor.execute(statement, values, prepare=True).fetchall()


def _besides(
    session: Session, wallet_id: UUID, causes: list[UUID], at: datetime
) -> dict[UUID, tuple[int, int]]:
    if not causes:
        return {}
    # Of one millisecond the transfers may have the smaller ids: only the time in the first 48 bits counts.
    begins = UUID(int=min(causes).int >> 80 << 80)
    values = {"wallet": wallet_id, "causes": causes, "oldest": begins, "at": at}
    return {row.cause: (row.repaid or 0, row.pending or 0) for row in _rows(session, BESIDES, values)}


def _entry(row: Any, repaid: int, pending: int) -> Entry:
    sign = -1 if row.kind == "return" else 1
    return Entry(
        id=row.id, kind=row.kind, at=row.at, points=row.points, partner_id=row.partner_id, till_id=row.till_id,
        receipt=row.receipt, cents=row.cents, given=tuple(_given(award, sign) for award in row.awards or ()),
        debt=row.debt or repaid, pending=pending, reward_id=row.reward_id, first=row.first, reason=row.reason,
        words=row.words,
    )  # fmt: skip


def _given(award: dict[str, Any], sign: int) -> Given:
    return Given(
        rule=award["rule"],
        version=award["version"],
        name=award["name"],
        points=sign * award["points"],
        why=award.get("why", ""),
    )
