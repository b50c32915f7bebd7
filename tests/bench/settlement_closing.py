"""Closing a month out of its flows, beside what the same costs out of its transfers. First whether they agree."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from loyalty.db import db, driver
from loyalty.rules.netting import Netting, net
from partners.settlement import closing, flows
from tests.bench import settlement_seed as seed
from tests.bench.proof import Wrong
from tests.bench.settlement_stage import Month

CLOSINGS = 5  # of a round: one takes so little time

# The least that any scan must read: no VAT rates, no days, no reversals after a merge, and free to join as it likes.
LEAST = f"""
WITH sealed AS (
    SELECT t.* FROM seal s JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id
    WHERE s.sequence BETWEEN %(first)s AND %(last)s
), touched AS (
    SELECT 'issue' AS kind, l.issuer_id, l.contract_id AS lot_contract_id, l.point_value_ct, NULL::uuid AS partner_id,
           NULL::uuid AS contract_id, t.points
    FROM sealed t JOIN lot l ON l.wallet_id = t.wallet_id AND l.id = t.id WHERE t.source = 'issued'
    UNION ALL
    SELECT {flows.KIND}, l.issuer_id, l.contract_id, l.point_value_ct, t.partner_id, t.contract_id, u.points
    FROM sealed t
    JOIN lot_use u ON u.wallet_id = t.wallet_id AND u.transfer_id = t.id
    JOIN lot l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id
    WHERE t.kind IN {flows.MOVING}
)
SELECT kind, issuer_id, lot_contract_id, point_value_ct, partner_id, contract_id, NULL, NULL, sum(points)::bigint
FROM touched GROUP BY kind, issuer_id, lot_contract_id, point_value_ct, partner_id, contract_id"""
FREE = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '256MB'"


@dataclass
class Taken:
    """Seconds of each way by round, and how busy the machine was in the minute before each round."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    loads: list[float] = field(default_factory=list)

    def over_closing(self, name: str) -> list[float]:
        """How many times as long as closing, round by round."""
        return [one / short for one, short in zip(self.seconds[name], self.seconds["closing"], strict=True)]


def from_flows() -> Netting:
    """What a run does to close the month."""
    with Session(db.engine) as session:
        return closing.outcome(session, seed.PERIOD).netting


def from_transfers(month: Month) -> Netting:
    """The same out of the transfers, as `flows.raw` reads them."""
    with Session(db.engine) as session:
        return _netted(session, flows.across_rates(flows.raw(session, 1, month.transfers)))


def from_least(month: Month) -> Netting:
    """The same by the leanest scan."""
    with Session(db.engine) as session:
        connection = driver(session)
        connection.execute(FREE)
        rows = connection.execute(LEAST.encode(), {"first": 1, "last": month.transfers}).fetchall()
        return _netted(session, rows)


def _netted(session: Session, rows: list[Any]) -> Netting:
    funded = closing.coalition_prefunded(session)
    return net(flows.priced(rows, closing.prices(session), funded), closing.partners(session))


def agree(month: Month, *found: Netting) -> None:
    """All say the same, and what they leave in the pool is what the lots are worth. Raises Wrong."""
    first = found[0]
    for other in found[1:]:
        if _figures(first) != _figures(other):
            raise Wrong("flows and transfers settle differently")
    if first.points_out != month.one("SELECT sum(remaining) FROM lot"):
        raise Wrong(f"{first.points_out} points are out, but not in the lots")
    worth_ct = month.one(
        """SELECT sum(remaining * l.point_value_ct) FROM lot l LEFT JOIN contract c ON c.id = l.contract_id
        WHERE coalesce(c.funding, 'prefunded') = 'prefunded'"""
    )
    if first.pool_ct != worth_ct:
        raise Wrong(f"the pool holds {first.pool_ct} ct, the lots are worth {worth_ct}")
    if sum(one.cents for one in first.positions) + sum(first.figures.values()):
        raise Wrong("the settlement does not sum to zero")


def _figures(found: Netting) -> Any:
    cells = {(cell.issuer, cell.redeemer): (cell.points, cell.cents) for cell in found.matrix}
    return found.positions, dict(found.figures), cells, found.pool_ct, found.points_out


def measured(month: Month, rounds: int) -> Taken:
    """So many rounds of all ways, every other one the other way round. Raises Wrong when they do not agree."""
    ways: dict[str, tuple[int, Callable[[], Netting]]] = {
        "closing": (CLOSINGS, from_flows),
        "raw": (1, lambda: from_transfers(month)),
        "least": (1, lambda: from_least(month)),
    }
    taken = Taken({name: [] for name in ways})
    for number in range(rounds):
        taken.loads.append(os.getloadavg()[0])
        found = []
        for name in ways if number % 2 == 0 else reversed(ways):
            times, way = ways[name]
            seconds, netting = zip(*(_timed(way) for _ in range(times)), strict=True)
            taken.seconds[name].append(median(seconds))
            found.append(netting[-1])
        agree(month, *found)
        told = ", ".join(f"{name} {seconds[-1]:.3f} s" for name, seconds in taken.seconds.items())
        print(f"round {number + 1} (load {taken.loads[-1]:.1f}): {told}", flush=True)
    return taken


def _timed(way: Callable[[], Netting]) -> tuple[float, Netting]:
    began = time.perf_counter()
    found = way()
    return time.perf_counter() - began, found
