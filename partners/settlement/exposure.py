"""Exposure: what each partner would owe if it were settled now, against its limit. It moves no points and no money.

Tills learn of `held` through their terms, so this must be true within a minute and cheap enough to be asked that often.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points import sealing
from loyalty.rules.netting import Position
from loyalty.rules.periods import Period
from partners.contracts import in_force
from partners.models import ContractVersion
from partners.settlement import closing, legs
from partners.settlement.models import Exposure, SettlementLine, SettlementRun

WARNED_PERCENT = 80
EVER = Period("", date.min, date.max)

# Points of an issuer that nobody has spent yet, by whether the issuer pays for them only then. Not those that have
# become the operator's since the issuer left.
OUTSTANDING = """
SELECT f.issuer_id, c.funding, sum(CASE f.kind WHEN 'issue' THEN f.points ELSE -f.points END)::bigint
FROM flow f JOIN contract c ON c.id = f.lot_contract_id
LEFT JOIN partner_exit e ON e.partner_id = f.issuer_id AND e.carrier = 'operator' AND e.cut_off_on < %(today)s
WHERE f.issuer_id = ANY(%(issuers)s) AND f.kind <> 'supply' AND e.partner_id IS NULL
GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class State:
    """One partner's: `limit_cents` None: it has none (any more)."""

    owed_cents: int
    limit_cents: int | None

    @property
    def warned(self) -> bool:
        return self._reaches(WARNED_PERCENT)

    @property
    def held(self) -> bool:
        return self._reaches(100)

    def _reaches(self, percent: int) -> bool:
        """Who owes nothing is within any limit, also one of nothing."""
        return bool(self.limit_cents is not None and self.owed_cents > 0
                    and self.owed_cents * 100 >= self.limit_cents * percent)  # fmt: skip


def refresh(session: Session, at: datetime) -> list[UUID]:
    """Count anew what partners with a limit owe; those of them that are newly warned or held, or no longer.

    Owed is what is open of released runs, what an unreleased one says, and what everything since would come to; of
    points paid at redemption also those still out, at the highest reimbursement in force: they may have to be paid even
    if the partner failed today. Never below 0. The limit is credit and deposit of the contract in force: from 80 % of
    it the partner is warned, from 100 % its new points are held.

    It knows what the flows know, so bring them up to date first. Run every 30 s, with a second or two until tills have
    the news, a partner goes beyond its limit by its sales of one minute at most.
    """
    # As who prepares a run: what is counted here moves from flows to a run, and must not be missed in between.
    driver(session).execute("SELECT pg_advisory_xact_lock(%s)", [sealing.ONE_SEALER])
    before = _kept(session)
    now = _states(session, at, before)
    changed = []
    for partner_id in sorted(now):
        warned, was_held = before.get(partner_id, (False, None))
        state = now[partner_id]
        _keep(session, partner_id, was_held, state, at)
        if (warned, bool(was_held)) != (state.warned, state.held):
            changed.append(partner_id)
    return changed


def held(session: Session) -> set[UUID]:
    """Whose new points are held, as last counted."""
    return set(session.scalars(select(Exposure.partner_id).where(Exposure.held)))


def unsettled(session: Session) -> dict[UUID, Position]:
    """Each partner's account of all that no run has taken in yet."""
    return {position.partner: position for position in closing.outcome(session, EVER).netting.positions}


def outstanding(session: Session, issuers: Collection[UUID], today: date) -> dict[tuple[UUID, str], int]:
    """Points that are still out, by issuer and funding of their contract."""
    if not issuers:
        return {}  # it would read all flows there ever were
    values = {"issuers": list(issuers), "today": today}
    return {(row[0], row[1]): row[2] for row in driver(session).execute(OUTSTANDING.encode(), values)}


def _states(session: Session, at: datetime, before: Iterable[UUID]) -> dict[UUID, State]:
    """Of partners with a limit, and of those that had one."""
    contracts = in_force(session, at)
    limits = {partner_id: _limit(contract) for partner_id, contract in contracts.items()}
    watched = {partner_id for partner_id, limit in limits.items() if limit is not None} | set(before)
    if not watched:
        return {}
    balances = _balances(session)
    highest_ct = max((contract.reimbursement_ct for contract in contracts.values()), default=Decimal())
    out = outstanding(session, watched & _paying_late(session), closing.today(session, at))
    return {
        partner_id: State(
            max(0, _due(out.get((partner_id, "at_redemption"), 0), highest_ct) - balances.get(partner_id, 0)),
            limits.get(partner_id),
        )
        for partner_id in watched
    }


def _paying_late(session: Session) -> set[UUID]:
    """Partners with points that are paid for when they are redeemed."""
    late = select(ContractVersion.partner_id).where(ContractVersion.funding == "at_redemption")
    return set(session.scalars(late.distinct()))


def _due(points: int, price_ct: Decimal) -> int:
    return math.ceil(points * Fraction(price_ct))


def _balances(session: Session) -> dict[UUID, int]:
    """What each partner would get (above zero) or owe, in cents."""
    balances = _unreleased(session)  # first, since it keeps runs as they are
    since = {one.partner: one.cents for one in unsettled(session).values()}
    for part in (legs.open_cents(session), since):
        for partner_id, cents in part.items():
            balances[partner_id] = balances.get(partner_id, 0) + cents
    return balances


def _unreleased(session: Session) -> dict[UUID, int]:
    """Accounts in prepared runs. Under their locks: released meanwhile, one would be counted nowhere or twice."""
    prepared = select(SettlementRun.id).where(SettlementRun.state == "prepared").with_for_update(read=True)
    run_ids = list(session.scalars(prepared))
    amount = func.sum(SettlementLine.cents + func.coalesce(SettlementLine.vat_cents, 0))
    rows = session.execute(
        select(SettlementLine.partner_id, amount)
        .where(SettlementLine.run_id.in_(run_ids))
        .group_by(SettlementLine.partner_id)
    )
    return {partner_id: int(cents) for partner_id, cents in rows}


def _limit(contract: ContractVersion) -> int | None:
    if contract.credit_limit_cents is None:
        return None
    return contract.credit_limit_cents + contract.deposit_cents


def _kept(session: Session) -> dict[UUID, tuple[bool, bool]]:
    """Warned and held as last counted."""
    rows = session.execute(select(Exposure.partner_id, Exposure.warned, Exposure.held))
    return {row.partner_id: (row.warned, row.held) for row in rows}


def _keep(session: Session, partner_id: UUID, was_held: bool | None, state: State, at: datetime) -> None:
    """Write one partner's state; `was_held` None: the first one.

    Triggers make all tills look up their terms anew after every INSERT, also one that meets a row, and after every
    UPDATE that names `held`: each is sent only when it has something to say.
    """
    values: dict[str, Any] = {
        "owed_cents": state.owed_cents, "limit_cents": state.limit_cents, "warned": state.warned, "at": at,
    }  # fmt: skip
    if was_held is None:
        session.execute(insert(Exposure).values(partner_id=partner_id, held=state.held, **values))
        return
    if was_held != state.held:
        values["held"] = state.held
    session.execute(update(Exposure).where(Exposure.partner_id == partner_id).values(**values))
