"""The audit of the settlement: what runs, papers and payments promise, recomputed from what stands behind them.

It only reads, in the snapshot that `loyalty.points.audit.run` opens; CHECKS go there beside the books' own.
"""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points.audit import Check, Finding
from loyalty.points.audit.finding import found
from loyalty.rules import netting
from loyalty.rules.netting import Netting
from partners.settlement import closing, flows, pool, runs
from partners.settlement.models import Correction, SettlementRun

SUMS = """
SELECT r.id, concat('run ', r.number, ': positions ', coalesce(l.cents, 0), ' and figures ', f.cents, ' are not 0')
FROM settlement_run r
LEFT JOIN (SELECT run_id, sum(cents + coalesce(vat_cents, 0)) AS cents FROM settlement_line GROUP BY 1) l
     ON l.run_id = r.id
CROSS JOIN LATERAL (SELECT sum(value::bigint) AS cents FROM jsonb_each_text(r.figures)) f
WHERE coalesce(l.cents, 0) + f.cents <> 0"""

RANGES = """
SELECT id, concat('run ', number, ' begins at ', first_sequence, ' (', begins, '), but the one before ends at ', last,
                  ' (', until, ')')
FROM (SELECT *, lag(last_sequence) OVER w AS last, lag(ends) OVER w AS until FROM settlement_run
      WHERE state <> 'withdrawn' WINDOW w AS (ORDER BY ends)) r
WHERE first_sequence <> coalesce(last, 0) + 1 OR begins <> coalesce(until, begins)
   OR last_sequence < first_sequence - 1"""

LOTS = """
SELECT coalesce(sum(l.remaining * l.point_value_ct), 0) FROM lot l CROSS JOIN coalition own
LEFT JOIN contract c ON c.id = l.contract_id
WHERE l.remaining > 0 AND coalesce(c.funding, own.funding) = 'prefunded'"""

PAPERS = """
SELECT s.series, concat('numbers ', min(p.number), ' to ', max(p.number), ' on ', count(p.number), ' papers, last ',
                        s.last)
FROM paper_series s LEFT JOIN paper p ON p.series = s.series GROUP BY s.series, s.last
HAVING count(p.number) <> s.last OR coalesce(max(p.number), 0) <> s.last"""

LEGS = """
WITH owed AS (
    SELECT l.run_id, l.partner_id, sum(l.cents + coalesce(l.vat_cents, 0)) AS cents
    FROM settlement_line l JOIN settlement_run r ON r.id = l.run_id WHERE r.state = 'released' GROUP BY 1, 2
)
SELECT coalesce(g.id, run_id), concat('payment of ', g.cents, ' for a position of ', o.cents)
FROM owed o FULL JOIN leg g USING (run_id, partner_id) WHERE coalesce(o.cents, 0) <> coalesce(g.cents, 0)"""

PAID = """
SELECT g.id, concat('payment of ', g.cents, ', entries of ', e.cents)
FROM leg g JOIN (SELECT leg_id, sum(cents) AS cents FROM leg_entry GROUP BY 1) e ON e.leg_id = g.id
WHERE e.cents * sign(g.cents) NOT BETWEEN 0 AND abs(g.cents)"""


def add_up(session: Session, _: datetime) -> Iterator[Finding]:
    """In every run positions and the operator's figures sum to zero cents."""
    return found(session, "audit.add_up", "settlement_run", SUMS)


def follow(session: Session, _: datetime) -> Iterator[Finding]:
    """Each run begins where the one before ends: no movement is settled twice or never."""
    return found(session, "audit.follow", "settlement_run", RANGES)


def summed(session: Session, _: datetime) -> Iterator[Finding]:
    """The flows are what a scan of the sealed transfers gives."""
    connection = driver(session)
    connection.execute("SET LOCAL enable_nestloop = on")  # sales are looked up one by one
    through = connection.execute("SELECT through FROM flow_state").fetchone()
    kept = {row[:-1]: row[-1] for row in flows.of_days(session, None, pool.EVER.ends)}
    scanned = {row[:-1]: row[-1] for row in flows.raw(session, 1, through[0] if through else 0)}
    for key in sorted(kept.keys() | scanned.keys(), key=str):
        if kept.get(key, 0) != scanned.get(key, 0):
            said = f"{kept.get(key, 0)} points of {key[0]}; the transfers say {scanned.get(key, 0)}"
            yield Finding("audit.summed", "flow", ", ".join(map(str, key)), said)


def settled(session: Session, _: datetime) -> Iterator[Finding]:
    """Each run says what its flows, contracts and corrections come to."""
    prices, prefunded = closing.prices(session), closing.coalition_prefunded(session)
    pool_ct, points = Fraction(), 0
    live = select(SettlementRun).where(SettlementRun.state != "withdrawn").order_by(SettlementRun.ends)
    for run in session.scalars(live).all():
        rows = flows.across_rates(flows.of_days(session, run.begins, run.ends))
        taken = session.execute(
            select(Correction.partner_id, Correction.cents).where(Correction.run_id == run.id)
        )
        parties = [UUID(key) for key, _ in sorted(run.names.items(), key=lambda item: item[1][0])]
        again = netting.net(
            flows.priced(rows, prices, prefunded),
            parties,
            [(row[0], row[1]) for row in taken],
            pool_ct,
            points,
        )
        yield from _differences(session, run, again)
        pool_ct, points = Fraction(run.pool_ct), run.points_out


def _differences(session: Session, run: SettlementRun, again: Netting) -> Iterator[Finding]:
    positions = runs.positions(session, run.id)
    said = {**positions, **run.figures, "pool_ct": Fraction(run.pool_ct), "points_out": run.points_out}
    should = {one.partner: one.cents for one in again.positions}
    should |= {**again.figures, "pool_ct": again.pool_ct, "points_out": again.points_out}
    for key in sorted(said.keys() | should.keys(), key=str):
        if said.get(key, 0) != should.get(key, 0):
            message = (
                f"run {run.number}, {key}: {said.get(key, 0)}, but its flows come to {should.get(key, 0)}"
            )
            yield Finding("audit.settled", "settlement_run", str(run.id), message)


def pooled(session: Session, _: datetime) -> Iterator[Finding]:
    """The pool holds what prefunded points are worth, to the thousandth of a cent."""
    row = driver(session).execute(LOTS).fetchone()
    held = pool.compared(session, row[0] if row else 0)
    if held.difference:
        said = f"{held.pool} ct and {held.waiting} ct on their way; the lots are worth {held.lots} ct"
        yield Finding("audit.pooled", "pool", "-", said)


def numbered(session: Session, _: datetime) -> Iterator[Finding]:
    """Papers of a series are numbered without a gap."""
    return found(session, "audit.numbered", "paper_series", PAPERS)


def owed(session: Session, _: datetime) -> Iterator[Finding]:
    """Every position of a released run has its one payment, and no payment is without a position."""
    return found(session, "audit.owed", "leg", LEGS)


def paid(session: Session, _: datetime) -> Iterator[Finding]:
    """Nothing is paid beyond what was owed, nor back beyond what was paid."""
    return found(session, "audit.paid", "leg", PAID)


CHECKS: tuple[Check, ...] = (add_up, follow, summed, settled, pooled, numbered, owed, paid)
