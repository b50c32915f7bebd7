"""Closing a period: which range of the sealed sequence it is, and what its flows come to. It writes no run."""

import time
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.errors import Conflict
from loyalty.models.coalition import Coalition
from loyalty.models.points import Seal, SealedDay
from loyalty.points import sealing
from loyalty.rules import chain, netting
from loyalty.rules.netting import Netting, Prices
from loyalty.rules.periods import Period
from partners.models import ContractVersion, Partner
from partners.settlement import flows
from partners.settlement.models import Correction, SettlementRun

AT_ONCE = 20_000
WAITS, WAIT_S = 200, 0.025  # five seconds: less than anybody waits for a lock


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a period comes to: local days from `begins` up to `ends`, the range of the sequence, and the netting."""

    begins: date
    ends: date
    first_sequence: int
    last_sequence: int
    netting: Netting
    correction_ids: tuple[UUID, ...]


def catch_up(session: Session, at: datetime) -> bool:
    """Seal what may be sealed and bring the flows up to it; whether that was everything that is committed.

    A transaction at work elsewhere holds the horizon back; it is waited for a little. Call it first in a transaction.
    """
    tries = iter(range(WAITS))
    while not (ripe := sealing.ripe(session)) and next(tries, None) is not None:
        time.sleep(WAIT_S)
    while sealing.seal(session, at, AT_ONCE) == AT_ONCE:
        pass
    while flows.gather(session, AT_ONCE) == AT_ONCE:
        pass
    return ripe


def head_at(session: Session, sequence: int) -> str:
    """The chain's hash up to and with a sealed number, as hexadecimal; zeros before the first."""
    found = session.scalar(select(Seal.hash).where(Seal.sequence == sequence))
    return (found or chain.START).hex()


def outcome(session: Session, period: Period) -> Outcome:
    """The period's settlement as the flows stand now: everything since the last run, up to the period's end.

    Raises Conflict `period_settled` when a run covers it already.
    """
    last = last_run(session)
    if last is not None and period.ends <= last.ends:
        raise Conflict("period_settled", "period", last=last.period)
    begins = last.ends if last else min(period.begins, _first_day(session) or period.begins)
    rows = flows.across_rates(flows.of_days(session, begins, period.ends))
    corrections = _corrections(session)
    found = netting.net(
        flows.priced(rows, prices(session), coalition_prefunded(session)),
        partners(session),
        [(one.partner_id, one.cents) for one in corrections],
        Fraction(last.pool_ct) if last else Fraction(),
        last.points_out if last else 0,
    )
    first = last.last_sequence + 1 if last else 1
    ids = tuple(one.id for one in corrections)
    return Outcome(
        begins, period.ends, first, max(first - 1, _last_sequence(session, period.ends)), found, ids
    )


def last_run(session: Session) -> SettlementRun | None:
    """The newest run that was not withdrawn."""
    return session.scalar(
        select(SettlementRun)
        .where(SettlementRun.state != "withdrawn")
        .order_by(SettlementRun.ends.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def partners(session: Session) -> list[UUID]:
    """All partners there ever were, by code: the order in which odd cents go."""
    return list(session.scalars(select(Partner.id).order_by(Partner.code)))


def prices(session: Session) -> dict[UUID, Prices]:
    """What each contract version says of money."""
    rows = session.execute(
        select(
            ContractVersion.id,
            ContractVersion.point_value_ct,
            ContractVersion.service_fee_ct,
            ContractVersion.reimbursement_ct,
            ContractVersion.funding,
            ContractVersion.breakage,
            ContractVersion.fee_vat_bp,
        )
    )
    return {row[0]: Prices(*row[1:]) for row in rows}


def coalition_prefunded(session: Session) -> bool:
    """Whether points that the coalition itself ordered are paid for when they are issued."""
    return session.scalars(select(Coalition.funding)).one() == "prefunded"


def today(session: Session, at: datetime) -> date:
    """The coalition's local day at `at`."""
    return at.astimezone(ZoneInfo(session.scalars(select(Coalition.time_zone)).one())).date()


def exact(amount_ct: Fraction) -> Decimal:
    """Ct as the books keep them: prices have thousandths, so nothing is lost."""
    return Decimal(amount_ct.numerator) / Decimal(amount_ct.denominator)


def _corrections(session: Session) -> list[Correction]:
    waiting = select(Correction).where(Correction.approved_at.is_not(None), Correction.run_id.is_(None))
    return list(session.scalars(waiting.order_by(Correction.id).execution_options(populate_existing=True)))


def _first_day(session: Session) -> date | None:
    return session.scalar(select(func.min(SealedDay.day)))


def _last_sequence(session: Session, ends: date) -> int:
    return session.scalar(select(func.max(SealedDay.last_sequence)).where(SealedDay.day < ends)) or 0
