"""The audit: every promise of the books recomputed from the transfers, each by one small function of CHECKS.

It only reads. A finding names the row that is wrong, not who did it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import psycopg
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points.audit import doubles, guards, heads, lots, operations, recomputed, seals, uses, wallets
from loyalty.points.audit.finding import Finding

Check = Callable[[Session, datetime], Iterator[Finding]]
MOST = 1_000  # findings of one check: whoever has broken more will audit again

CHECKS: tuple[Check, ...] = (
    wallets.numbers,
    wallets.versions,
    wallets.available,
    wallets.closed,
    lots.origins,
    lots.rests,
    lots.sums,
    lots.merged,
    uses.complete,
    uses.of_known_lots,
    uses.in_time,
    uses.in_order,
    uses.given_back,
    operations.purchases,
    operations.awards,
    operations.paid,
    operations.returns,
    operations.redemptions,
    operations.reversals,
    operations.adjustments,
    operations.causes,
    recomputed.purchases,
    recomputed.returns,
    doubles.keys,
    doubles.receipts,
    guards.allowed,
    guards.append_only,
    guards.stock,
    seals.gapless,
    seals.in_order,
    seals.none_missed,
    seals.unchanged,
    seals.days,
    seals.published,
)


def run(session: Session, at: datetime, checks: Sequence[Check] = CHECKS) -> Iterator[Finding]:
    """All findings, check by check, in one snapshot as of now. `at` is the moment for what depends on time.

    `checks`: those of the books, unless more are given. Call it in a fresh transaction: it makes it a read-only one.
    """
    connection = driver(session)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.execute("SET LOCAL work_mem = '256MB'")
    # Joins on (wallet, id) look to the planner as if hardly a row came out of them: no loops over millions, then.
    connection.execute("SET LOCAL enable_nestloop = off")
    for check in checks:
        yield from look(session, check, at)


def look(session: Session, check: Check, at: datetime) -> Iterator[Finding]:
    """The findings of one check, at most MOST."""
    try:
        with driver(session).transaction():
            yield from islice(check(session, at), MOST)
    except psycopg.DataError as error:  # somebody wrote what cannot even be read
        yield Finding(name(check), "database", "-", str(error).strip())


def name(check: Check) -> str:
    """What a check is called in findings: its file and function."""
    return f"{check.__module__.rpartition('.')[2]}.{check.__name__}"


__all__ = ["CHECKS", "Check", "Finding", "heads", "look", "name", "run"]
