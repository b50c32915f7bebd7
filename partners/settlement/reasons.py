"""Why a line of a partner's account is what it is: points times the price of a contract version, added up exactly.

It asks `loyalty.rules.netting` itself, flow by flow, so that it cannot say anything else than the run does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.rules.netting import Flow, net
from partners.models import ContractVersion
from partners.settlement import closing, flows
from partners.settlement.models import Correction, SettlementRun

# What concerns one partner of the flows of a run's days.
OWN = f"SELECT * FROM ({flows.OF_DAYS}) own WHERE %(partner)s IN (issuer_id, partner_id) AND kind <> 'supply'"
BY_LOT = (
    "issue",
    "expire",
    "adjust",
)  # flows priced by the lot's version; others by that of where they happened

Key = tuple[str, int | None]  # a line's kind; of a fee its rate of VAT too


@dataclass(frozen=True, slots=True)
class Effect:
    """What one flow does to one line: `points` at `price_ct` each. A fee is taken off, so it stands below zero."""

    line: Key
    points: int
    price_ct: Decimal
    exact_ct: Decimal


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a line. `since`: the beginning of the version whose price it is; `whose`: the partner it is of.

    A correction has no points and no price, only `words`: the code of its reason.
    """

    exact_ct: Decimal
    points: int = 0
    price_ct: Decimal = Decimal(0)
    since: datetime | None = None
    whose: UUID | None = None
    words: str | None = None


def of_lines(session: Session, run: SettlementRun, partner_id: UUID) -> dict[Key, list[Reason]]:
    """The reasons of each of a partner's lines in a run, older versions first. They add up to its `exact_ct`."""
    sums: dict[tuple[Key, UUID, Decimal], tuple[int, Decimal]] = {}
    for contract_id, flow in _flows(session, run, partner_id):
        for effect in effects(flow, partner_id):
            key = effect.line, contract_id, effect.price_ct
            points, amount = sums.get(key, (0, Decimal(0)))
            sums[key] = points + effect.points, amount + effect.exact_ct
    versions = _versions(session, {contract_id for _, contract_id, _ in sums})
    found: dict[Key, list[Reason]] = {}
    for (line, contract_id, price_ct), (points, amount) in sums.items():
        if points:
            reason = Reason(amount, points, price_ct, *versions[contract_id])
            found.setdefault(line, []).append(reason)
    for reasons in found.values():
        reasons.sort(key=lambda one: (one.since, one.price_ct, one.points))
    if corrected := _corrections(session, run, partner_id):
        found["correction", None] = corrected
    return found


def effects(flow: Flow, partner_id: UUID) -> list[Effect]:
    """What a flow does to each line of a partner, the fee included."""
    parties = [party for party in dict.fromkeys((partner_id, flow.issuer, flow.partner)) if party]
    own = net([flow], parties).positions[0]
    return [
        *(_effect((line.kind, None), line.points, closing.exact(line.exact_ct)) for line in own.lines),
        *(_effect(("fee", fee.vat_bp), fee.points, closing.exact(-fee.exact_ct)) for fee in own.fees),
    ]


def _effect(line: Key, points: int, exact_ct: Decimal) -> Effect:
    return Effect(line, points, abs(exact_ct / points), exact_ct)


def _flows(session: Session, run: SettlementRun, partner_id: UUID) -> Iterator[tuple[UUID, Flow]]:
    """A partner's flows of a run, each with the contract version that prices it."""
    values = {"begins": run.begins, "ends": run.ends, "partner": partner_id}
    rows = driver(session).execute(OWN.encode(), values).fetchall()
    priced = flows.priced(rows, closing.prices(session), closing.coalition_prefunded(session))
    for (kind, _, lot_contract_id, _, _, contract_id, *_), flow in zip(rows, priced, strict=True):
        yield lot_contract_id if kind in BY_LOT else contract_id, flow


def _versions(session: Session, ids: set[UUID]) -> dict[UUID, tuple[datetime, UUID]]:
    asked = select(ContractVersion.id, ContractVersion.valid_from, ContractVersion.partner_id)
    rows = session.execute(asked.where(ContractVersion.id.in_(ids)))
    return {contract_id: (since, whose) for contract_id, since, whose in rows}


def _corrections(session: Session, run: SettlementRun, partner_id: UUID) -> list[Reason]:
    rows = select(Correction).where(Correction.run_id == run.id, Correction.partner_id == partner_id)
    return [
        Reason(Decimal(one.cents), words=one.reason) for one in session.scalars(rows.order_by(Correction.id))
    ]
