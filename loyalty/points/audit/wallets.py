"""Wallets: their numbers are caches, and this is what they should say."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.points.audit.finding import Finding, found

NUMBERS = """
WITH moved AS (
    SELECT wallet_id AS id, source AS role, -points AS points FROM transfer
    UNION ALL SELECT coalesce(other_wallet_id, wallet_id), destination, points FROM transfer
), sums AS (
    SELECT id, coalesce(sum(points) FILTER (WHERE role = 'wallet'), 0) AS balance,
           coalesce(-sum(points) FILTER (WHERE role = 'debt'), 0) AS debt,
           coalesce(sum(points) FILTER (WHERE role = 'reserved'), 0) AS reserved
    FROM moved GROUP BY id
)
SELECT id, concat('balance ', w.balance, ', debt ', w.debt, ', reserved ', w.reserved, '; its transfers sum up to ',
                  coalesce(s.balance, 0), ', ', coalesce(s.debt, 0), ', ', coalesce(s.reserved, 0))
FROM wallet w FULL JOIN sums s USING (id)
WHERE (w.balance, w.debt, w.reserved) IS DISTINCT FROM
      (coalesce(s.balance, 0), coalesce(s.debt, 0), coalesce(s.reserved, 0))"""

VERSIONS = """
WITH counted AS (
    SELECT id, count(*) AS transfers, count(DISTINCT version) AS numbers, min(version) AS first, max(version) AS last
    FROM (SELECT wallet_id AS id, version FROM transfer
          UNION ALL SELECT other_wallet_id, other_version FROM transfer WHERE other_wallet_id IS NOT NULL) moves
    GROUP BY id
)
SELECT w.id, concat('version ', w.version, ', but ', coalesce(transfers, 0), ' transfers, numbered ', first,
                    ' to ', last)
FROM wallet w LEFT JOIN counted c USING (id)
WHERE w.version <> coalesce(transfers, 0) OR numbers <> transfers OR first <> 1 OR last <> w.version"""

# True until it turns means: true in the last moment before. So nothing depends on when exactly the audit looks.
AVAILABLE = """
SELECT w.id, concat('available ', w.available, ' until ', w.turns_at, '; its lots say ',
                    coalesce(sum(l.remaining) FILTER (WHERE available_from < turns_at AND expires_at >= turns_at), 0))
FROM wallet w LEFT JOIN lot l ON l.wallet_id = w.id AND l.remaining > 0
WHERE w.turns_at > %(at)s GROUP BY w.id
HAVING w.available <>
       coalesce(sum(l.remaining) FILTER (WHERE available_from < turns_at AND expires_at >= turns_at), 0)"""

CLOSED = """
SELECT w.id, concat('merged into ', w.merged_into, ', but holds ', w.balance, ', owes ', w.debt, ', people ',
                    (SELECT count(*) FROM member m WHERE m.wallet_id = w.id AND m.erased_at IS NULL))
FROM wallet w
WHERE w.merged_into IS NOT NULL AND (
    w.balance <> 0 OR w.debt <> 0 OR w.reserved <> 0 OR w.merged_into = w.id
    OR EXISTS (SELECT FROM member m WHERE m.wallet_id = w.id AND m.erased_at IS NULL))"""


def numbers(session: Session, _: datetime) -> Iterator[Finding]:
    """Balance, debt and reserved points are what came in less what went out."""
    return found(session, "wallets.numbers", "wallet", NUMBERS)


def versions(session: Session, _: datetime) -> Iterator[Finding]:
    """A wallet's version counts its transfers, numbered without gap: one that was taken out is missed."""
    return found(session, "wallets.versions", "wallet", VERSIONS)


def available(session: Session, at: datetime) -> Iterator[Finding]:
    """The cached split of the balance is true until it turns."""
    return found(session, "wallets.available", "wallet", AVAILABLE, {"at": at})


def closed(session: Session, _: datetime) -> Iterator[Finding]:
    """A wallet that was merged into another holds nothing and nobody."""
    return found(session, "wallets.closed", "wallet", CLOSED)
