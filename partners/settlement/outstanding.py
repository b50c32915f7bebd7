"""Points that are out, straight from the lots: by who stands for them, by age, by when they expire; and what became
of lots whose time is over. It only reads, and knows no books of account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.rules import liability

HISTORY_MONTHS = 12
BANDS = len(liability.BOUNDS_MONTHS) + 1

# Points of a partner that left are the operator's from the day after its cut-off, where it was agreed so.
ISSUER = "CASE WHEN e.partner_id IS NULL THEN l.issuer_id END"
LEFT = """LEFT JOIN partner_exit e
    ON e.partner_id = l.issuer_id AND e.carrier = 'operator' AND e.cut_off_on < %(today)s"""

# One look at the open lots. Points that the coalition ordered have no contract and follow its own funding.
OPEN = f"""
SELECT {ISSUER}, coalesce(c.funding, own.funding), width_bucket(l.created_at, %(born)s::timestamptz[]),
       width_bucket(l.expires_at, %(ending)s::timestamptz[]), sum(l.remaining)::bigint,
       sum(l.remaining * l.point_value_ct)
FROM lot l CROSS JOIN coalition own LEFT JOIN contract c ON c.id = l.contract_id {LEFT}
WHERE l.remaining > 0 GROUP BY 1, 2, 3, 4"""

# A lot that moved with its member was used up where it was and lives on as another: only redeeming and expiring count.
# A reversal gives points back to their lot or, when that one has moved, as a new lot.
ENDED = f"""
SELECT {ISSUER}, sum(redeemed)::bigint, sum(expired)::bigint FROM (
    SELECT l.issuer_id, CASE WHEN t.kind IN ('redeem', 'redemption_reversal') THEN u.points ELSE 0 END AS redeemed,
           CASE WHEN t.kind IN ('expire', 'forfeit') THEN u.points ELSE 0 END AS expired
    FROM lot l
    JOIN lot_use u ON u.wallet_id = l.wallet_id AND u.lot_id = l.id
    JOIN transfer t ON t.wallet_id = u.wallet_id AND t.id = u.transfer_id
    WHERE l.expires_at > %(since)s AND l.expires_at <= %(at)s
    UNION ALL
    SELECT l.issuer_id, -l.points, 0 FROM lot l JOIN transfer t ON t.wallet_id = l.wallet_id AND t.id = l.id
    WHERE l.expires_at > %(since)s AND l.expires_at <= %(at)s AND t.kind = 'redemption_reversal'
) l {LEFT} GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class Stock:
    """Points and what they are worth in ct, as issued."""

    points: int = 0
    value_ct: Decimal = Decimal()

    def __add__(self, other: "Stock") -> "Stock":
        return Stock(self.points + other.points, self.value_ct + other.value_ct)


@dataclass
class Out:
    """Points out of one issuer. `prefunded`: the pool holds their value; `late`: paid for when they are redeemed.

    `by_age`: youngest first; `by_term`: what expires next first. Both in the bands of `rules.liability`.
    """

    prefunded: Stock = Stock()
    late: Stock = Stock()
    by_age: list[Stock] = field(default_factory=lambda: [Stock()] * BANDS)
    by_term: list[Stock] = field(default_factory=lambda: [Stock()] * BANDS)

    @property
    def stock(self) -> Stock:
        """Both together."""
        return self.prefunded + self.late


def by_issuer(session: Session, today: date, zone: str) -> dict[UUID | None, Out]:
    """What is out now of each issuer that has anything out; None: the coalition."""
    values = {
        "today": today, "born": _midnights(liability.born(today), zone),
        "ending": _midnights(liability.ending(today), zone),
    }  # fmt: skip
    found: dict[UUID | None, Out] = {}
    for issuer, funding, born, term, points, value_ct in driver(session).execute(OPEN.encode(), values):
        out, stock = found.setdefault(issuer, Out()), Stock(points, value_ct)
        out.by_age[BANDS - 1 - born] += stock
        out.by_term[term] += stock
        if funding == "prefunded":
            out.prefunded += stock
        else:
            out.late += stock
    return found


def ended(session: Session, at: datetime, today: date, zone: str) -> dict[UUID | None, tuple[int, int]]:
    """Of lots whose date came within the last HISTORY_MONTHS: points redeemed, and expired unspent, by issuer."""
    since = _midnights([liability.months_from(today, -HISTORY_MONTHS)], zone)[0]
    rows = driver(session).execute(ENDED.encode(), {"at": at, "since": since, "today": today})
    return {issuer: (redeemed, expired) for issuer, redeemed, expired in rows}


def _midnights(days: Sequence[date], zone: str) -> list[datetime]:
    return [datetime.combine(day, time(), ZoneInfo(zone)) for day in days]
