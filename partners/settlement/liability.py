"""What outstanding points are in the books: by issuer, as HGB and as IFRS 15 see them, with the estimates behind it.

One snapshot of the database; it writes nothing. Estimates are history carried forward, and are named as such.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.models.coalition import Coalition
from loyalty.rules import liability
from loyalty.rules.money import half_up
from partners import contracts
from partners.models import Partner
from partners.settlement import closing, outstanding, pool, volume
from partners.settlement.outstanding import Out, Stock
from partners.settlement.pool import Equality
from partners.settlement.volume import Meter

# Points of contract versions under which some are still out, since their first day; as far as flows are summed up.
OPEN_CONTRACTS = """
SELECT issuer, points - redeemed - expired AS out, points, redeemed, value_ct FROM (
    SELECT CASE WHEN e.partner_id IS NULL THEN f.issuer_id END AS issuer, f.lot_contract_id, f.value_ct,
           sum(CASE f.kind WHEN 'issue' THEN points WHEN 'take_back' THEN -points WHEN 'adjust' THEN -points
               ELSE 0 END)::bigint AS points,
           coalesce(sum(points) FILTER (WHERE f.kind = 'redeem'), 0)::bigint AS redeemed,
           coalesce(sum(points) FILTER (WHERE f.kind = 'expire'), 0)::bigint AS expired
    FROM flow f LEFT JOIN partner_exit e
        ON e.partner_id = f.issuer_id AND e.carrier = 'operator' AND e.cut_off_on < %(today)s
    WHERE f.kind <> 'supply' GROUP BY 1, 2, 3
) versions WHERE points - redeemed - expired > 0"""


@dataclass(frozen=True, slots=True)
class Deferred:
    """IFRS 15's view, over contract versions with points still out. Cents; `expected` and `redeemed` are points."""

    issued: int = 0
    redeemed: int = 0
    expected: int = 0
    allocated_cents: int = 0
    recognised_cents: int = 0

    @property
    def liability_cents(self) -> int:
        """The contract liability: what is not earned yet."""
        return self.allocated_cents - self.recognised_cents

    def __add__(self, other: "Deferred") -> "Deferred":
        return Deferred(
            self.issued + other.issued, self.redeemed + other.redeemed, self.expected + other.expected,
            self.allocated_cents + other.allocated_cents, self.recognised_cents + other.recognised_cents,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issuer:
    """What is out of one issuer (`id` None: the coalition) and what it means for its books.

    `breakage`: estimated share that will expire, None without history. `provision_cents`: what it would have to pay if
    all points it pays for at redemption were redeemed, at the highest reimbursement in force; `probable_cents`: of the
    expected ones.
    """

    id: UUID | None
    code: str
    name: str
    out: Out
    breakage: Fraction | None
    provision_cents: int
    probable_cents: int
    deferred: Deferred

    @property
    def pooled_cents(self) -> int:
        """Held by the pool for its points: paid already, owed by the operator as the keeper."""
        return half_up(Fraction(self.out.prefunded.value_ct))

    @property
    def worth_cents(self) -> int:
        return half_up(Fraction(self.out.stock.value_ct))


@dataclass(frozen=True, slots=True)
class Report:
    """The whole page. Issuers by name, the coalition last; `by_age` and `by_term` over all of them."""

    at: datetime
    issuers: tuple[Issuer, ...]
    by_age: tuple[Stock, ...]
    by_term: tuple[Stock, ...]
    breakage: Fraction | None
    equality: Equality
    meter: Meter

    @property
    def stock(self) -> Stock:
        """All points that are out."""
        return sum(self.by_age, Stock())

    @property
    def deferred(self) -> Deferred:
        return sum((issuer.deferred for issuer in self.issuers), Deferred())


def report(session: Session, at: datetime) -> Report:
    """Everything as of now. Call it in a fresh transaction: it makes it a read-only snapshot."""
    driver(session).execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    zone, today = session.scalars(select(Coalition.time_zone)).one(), closing.today(session, at)
    out = outstanding.by_issuer(session, today, zone)
    history = outstanding.ended(session, at, today, zone)
    return Report(
        at,
        tuple(_issuers(session, at, today, out, history)),
        _over_all([one.by_age for one in out.values()]),
        _over_all([one.by_term for one in out.values()]),
        liability.breakage(*(sum(part) for part in zip((0, 0), *history.values(), strict=True))),
        pool.compared(session, sum((one.prefunded.value_ct for one in out.values()), Decimal())),
        volume.meter(session, today),
    )


def _issuers(
    session: Session,
    at: datetime,
    today: date,
    out: dict[UUID | None, Out],
    history: dict[UUID | None, tuple[int, int]],
) -> list[Issuer]:
    highest_ct = max(
        (one.reimbursement_ct for one in contracts.in_force(session, at).values()), default=Decimal()
    )
    shares = {issuer: liability.breakage(*history.get(issuer, (0, 0))) for issuer in out.keys() | {None}}
    deferred = _deferred(session, today, shares)
    found = []
    for issuer, code, name in _names(session):
        if issuer in out or issuer in deferred:
            mine, share = out.get(issuer, Out()), shares.get(issuer)
            full, probable = (_due(points, highest_ct) for points in (
                mine.late.points, liability.expected(0, mine.late.points, share)))  # fmt: skip
            late = deferred.get(issuer, Deferred())
            found.append(Issuer(issuer, code, name, mine, share, full, probable, late))
    return found


def _deferred(
    session: Session, today: date, shares: dict[UUID | None, Fraction | None]
) -> dict[UUID | None, Deferred]:
    """Version by version, because each has its price; then by issuer."""
    found: dict[UUID | None, Deferred] = {}
    rows = driver(session).execute(OPEN_CONTRACTS.encode(), {"today": today})
    for issuer, out, points, redeemed, value_ct in rows:
        expected = liability.expected(redeemed, out, shares.get(issuer))
        allocated = half_up(points * Fraction(value_ct))
        earned = liability.recognised(allocated, redeemed, expected)
        found[issuer] = found.get(issuer, Deferred()) + Deferred(
            points, redeemed, expected, allocated, earned
        )
    return found


def _names(session: Session) -> list[tuple[UUID | None, str, str]]:
    rows = session.execute(select(Partner.id, Partner.code, Partner.name).order_by(Partner.name))
    coalition = session.scalars(select(Coalition.name)).one()
    return [*(tuple(row) for row in rows), (None, "", coalition)]


def _over_all(bands: list[list[Stock]]) -> tuple[Stock, ...]:
    return tuple(sum((one[band] for one in bands), Stock()) for band in range(outstanding.BANDS))


def _due(points: int, price_ct: Decimal) -> int:
    """Never less than will have to be paid."""
    return math.ceil(points * Fraction(price_ct))
