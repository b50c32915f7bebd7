"""A period of a scenario settled: prepared by one admin, released by the other, and paid at once."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from config.scenario.outcome import Settlement
from loyalty.db import transact
from partners.settlement import legs, runs
from partners.settlement.models import SettlementRun

NewId = Callable[[], UUID]
FIGURES = ("fee_net", "fee_vat", "pool")  # all others of the operator's are told as breakage


def settle(
    period: str, admins: tuple[UUID, UUID], names: Mapping[UUID, str], at: datetime, new_id: NewId
) -> Settlement:
    """Settle the period, as if all its payments were made at once; asked again: the same settlement.

    `names`: what the file calls the partners. Raises Conflict `period_open`, `period_settled`.
    """
    first, second = admins
    run_id = transact(lambda session: runs.prepare(session, period, first, at, new_id))

    def work(session: Session) -> Settlement:
        runs.release(session, run_id, second, at, new_id)
        legs.pay_all(session, run_id, None, at, new_id)
        return _told(session, runs.get(session, run_id), names)

    return transact(work)


def _told(session: Session, run: SettlementRun, names: Mapping[UUID, str]) -> Settlement:
    positions = runs.positions(session, run.id)
    figures: dict[str, int] = run.figures
    return Settlement(
        period=run.period,
        positions_cents={name: positions.get(partner_id, 0) for partner_id, name in names.items()},
        fee_net_cents=figures["fee_net"],
        fee_vat_cents=figures["fee_vat"],
        pool_cents=figures["pool"],
        breakage_cents=sum(cents for name, cents in figures.items() if name not in FIGURES),
        matrix_cents=_matrix(session, run.id, names),
        points_out=run.points_out,
    )


def _matrix(session: Session, run_id: UUID, names: Mapping[UUID, str]) -> dict[str, dict[str, int]]:
    """Pairs that are not zero, in the order of the file."""
    cells = {(cell.issuer_id, cell.redeemer_id): cell.cents for cell in runs.pairs(session, run_id)}
    rows = {
        issuer: {
            redeemer: cents
            for redeemer_id, redeemer in names.items()
            if (cents := cells.get((issuer_id, redeemer_id), 0))
        }
        for issuer_id, issuer in names.items()
    }
    return {issuer: row for issuer, row in rows.items() if row}
