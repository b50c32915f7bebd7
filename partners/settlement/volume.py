"""The limited-network meter: what was paid with points within a year, against the sum from which BaFin must be told.

§ 2 Abs. 2 ZAG: who issues a means of payment for a limited network tells BaFin when the payments of the preceding 12
months exceed one million euros. It only reads flows.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.rules.liability import months_from
from loyalty.rules.money import half_up
from partners.models import ContractVersion
from partners.settlement.models import FlowRow

WARNED_CENTS = 90_000_000
NOTICE_CENTS = 100_000_000
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Meter:
    """Cents that redeemers were reimbursed in the year up to and with `until`, and by calendar month, oldest first."""

    since: date
    until: date
    cents: int
    months: tuple[tuple[date, int], ...]

    @property
    def state(self) -> str:
        """`low`, `near` from 900,000 €, `due` beyond a million: then BaFin must be told."""
        if self.cents > NOTICE_CENTS:
            return "due"
        return "near" if self.cents >= WARNED_CENTS else "low"


def meter(session: Session, today: date) -> Meter:
    """The volume of the 12 months up to `today`, reversals taken off; also of points spent where they were earned."""
    since = months_from(today, -MONTHS)
    month = func.date_trunc("month", FlowRow.day)
    rows = session.execute(
        select(month, func.sum(FlowRow.points * ContractVersion.reimbursement_ct))
        .join(ContractVersion, ContractVersion.id == FlowRow.contract_id)
        .where(FlowRow.kind == "redeem", FlowRow.day > since, FlowRow.day <= today)
        .group_by(month)
    )
    exact = {begins.date(): Fraction(amount_ct) for begins, amount_ct in rows}
    firsts = [months_from(today.replace(day=1), -back) for back in range(MONTHS, -1, -1)]
    months = tuple((first, half_up(exact.get(first, Fraction()))) for first in firsts)
    return Meter(since, today, half_up(sum(exact.values(), Fraction())), months)
