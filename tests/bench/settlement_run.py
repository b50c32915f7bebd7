"""A whole run among many partners, from transfers without a number to payments: how long, and in how much memory."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from config.sequence import in_order
from loyalty.db import db, transact
from loyalty.points import sealing
from loyalty.rules.netting import Netting
from partners.settlement import runs
from partners.settlement.closing import AT_ONCE
from tests.bench import settlement_closing as closings
from tests.bench import settlement_seed as seed
from tests.bench.proof import Wrong
from tests.bench.settlement_stage import Month, gathered

LABEL = seed.PERIOD.label


@dataclass
class Run:
    """Seconds by step, what was written, and the most memory that this process ever held."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    before_mb: float = 0
    peak_mb: float = 0

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def settled(month: Month) -> Run:
    """Seal, gather, prepare, release; then compare with the transfers. Raises Wrong."""
    run = Run(before_mb=_peak_mb())
    with run.timed("seal"):
        while transact(lambda session: sealing.seal(session, seed.OVER, AT_ONCE)) == AT_ONCE:
            pass
    run.seconds["gather"] = gathered(month, AT_ONCE)
    first, second = month.coalition.admins
    new_id = in_order(seed.OVER)
    with run.timed("prepare"):
        run_id = transact(lambda session: runs.prepare(session, LABEL, first, seed.OVER, new_id))
    with run.timed("release"):
        transact(lambda session: runs.release(session, run_id, second, seed.OVER, new_id))
    run.peak_mb = _peak_mb()
    for table in ("flow", "settlement_line", "settlement_pair", "leg"):
        run.rows[table] = month.one(f"SELECT count(*) FROM {table}")
    _compare(month, run_id)
    return run


def _compare(month: Month, run_id: UUID) -> None:
    """What the run wrote is what the transfers come to."""
    expected = closings.from_transfers(month)
    closings.agree(month, expected)
    with Session(db.engine) as session:
        kept = runs.get(session, run_id)
        if (kept.last_sequence, kept.state) != (month.transfers, "released"):
            raise Wrong(f"the run is {kept.state} and ends at {kept.last_sequence}")
        if (kept.figures, kept.pool_ct, kept.points_out) != (
            dict(expected.figures), expected.pool_ct, expected.points_out,
        ):  # fmt: skip
            raise Wrong("the run's figures are not those of the transfers")
        if runs.positions(session, run_id) != {one.partner: one.cents for one in expected.positions}:
            raise Wrong("the run's positions are not those of the transfers")
        pairs = {
            (row.issuer_id, row.redeemer_id): (row.points, row.cents) for row in runs.pairs(session, run_id)
        }
        if pairs != _cells(expected):
            raise Wrong("the run's matrix is not that of the transfers")


def _cells(found: Netting) -> dict[tuple[UUID | None, UUID], tuple[int, int]]:
    return {(cell.issuer, cell.redeemer): (cell.points, cell.cents) for cell in found.matrix}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
