"""Points given or taken by hand, at the coalition's cost: a few by one person, more only when a second one agrees."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Forbidden, Invalid, Missing
from loyalty.models.oversight import Adjustment
from loyalty.models.points import Wallet
from loyalty.people import deeds
from loyalty.points import ledger
from loyalty.points.households import people
from loyalty.points.ledger import Account, Journal, NewId
from loyalty.points.open_lots import after, open_lots
from loyalty.rules import lots as lot_rules
from loyalty.rules.terms import Programme

REASONS = ("goodwill", "missing_points", "mistake", "fraud", "technical")
HIGHEST = 1_000_000
WINDOW = timedelta(hours=24)


class Asked(NamedTuple):
    """An adjustment, and whether it is booked already; if not, it waits for a second person."""

    id: UUID
    done: bool


def ask(
    session: Session,
    wallet_id: UUID,
    points: int,
    reason: str,
    staff_id: UUID,
    threshold: int,
    programme: Programme,
    at: datetime,
    new_id: NewId,
) -> Asked:
    """Give points to a wallet or (below zero) take them. Booked at once while all that this person asked for this
    wallet within 24 hours, given and taken alike, stays within `threshold` points; else it waits.

    Raises Invalid `points_invalid`, `reason_unknown`; Missing `wallet_unknown`, also where nobody lives any more;
    Conflict `insufficient_points`; Stale when the wallet was merged away meanwhile.
    """
    if not 0 < abs(points) <= HIGHEST:
        raise Invalid("points_invalid", "points")
    if reason not in REASONS:
        raise Invalid("reason_unknown", "reason")
    account = _lived_in(session, wallet_id)
    # Under the wallet's lock: of many small ones at once, each sees those before it.
    alone = _asked_lately(session, account.id, staff_id, at) + abs(points) <= threshold
    adjustment_id = new_id()
    if alone:
        _book(session, account, adjustment_id, points, reason, programme, at, new_id)
    session.execute(
        insert(Adjustment).values(
            id=adjustment_id,
            wallet_id=account.id,
            points=points,
            reason=reason,
            four_eyes=not alone,
            state="done" if alone else "waiting",
            asked_by=staff_id,
            asked_at=at,
            decided_by=staff_id if alone else None,
            decided_at=at if alone else None,
        )
    )
    action = "adjustment_made" if alone else "adjustment_asked"
    facts = {"points": points, "reason": reason}
    deeds.note(session, action, staff_id, at, new_id, adjustment_id, facts=facts)
    return Asked(adjustment_id, alone)


def decide(
    session: Session,
    adjustment_id: UUID,
    agree: bool,
    staff_id: UUID,
    programme: Programme,
    at: datetime,
    new_id: NewId,
) -> None:
    """Book a waiting adjustment, or refuse it for good.

    Raises Missing `adjustment_unknown`; Conflict `adjustment_decided` (fact `state`); Forbidden `decided_by_asker`; and
    what `ask` raises for the wallet: then it still waits.
    """
    asked = get(session, adjustment_id, lock=True)
    if asked.state != "waiting":
        raise Conflict("adjustment_decided", "adjustment", state=asked.state)
    if asked.asked_by == staff_id:
        raise Forbidden("decided_by_asker", "staff")
    values = {"state": "done" if agree else "refused", "decided_by": staff_id, "decided_at": at}
    if agree:
        account = _lived_in(session, asked.wallet_id)
        values["wallet_id"] = account.id  # where it is booked: the one asked for may be merged by now
        _book(session, account, asked.id, asked.points, asked.reason, programme, at, new_id)
    session.execute(update(Adjustment).where(Adjustment.id == asked.id).values(values))
    action = "adjustment_agreed" if agree else "adjustment_refused"
    deeds.note(session, action, staff_id, at, new_id, asked.id, facts={"points": asked.points})


def get(session: Session, adjustment_id: UUID, lock: bool = False) -> Adjustment:
    """The adjustment. Raises Missing `adjustment_unknown`."""
    wanted = (
        select(Adjustment).where(Adjustment.id == adjustment_id).execution_options(populate_existing=True)
    )
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise Missing("adjustment_unknown", "adjustment")
    return found


def waiting(session: Session) -> list[Adjustment]:
    """What waits for a second person, oldest first."""
    rows = (
        select(Adjustment).where(Adjustment.state == "waiting").order_by(Adjustment.asked_at, Adjustment.id)
    )
    return list(session.scalars(rows.execution_options(populate_existing=True)))


def _lived_in(session: Session, wallet_id: UUID) -> Account:
    """The account, locked, that holds the wallet's points today."""
    if session.scalar(select(Wallet.id).where(Wallet.id == wallet_id)) is None:
        raise Missing("wallet_unknown", "wallet_id")
    final_id = ledger.final_wallet(session, wallet_id)
    account = ledger.lock(session, [final_id])[final_id]
    if not people(session, final_id):
        raise Missing("wallet_unknown", "wallet_id")
    return account


def _asked_lately(session: Session, wallet_id: UUID, staff_id: UUID, at: datetime) -> int:
    """Points, given and taken, that this person asked for this wallet; what was refused does not count."""
    total = select(func.sum(func.abs(Adjustment.points))).where(
        Adjustment.wallet_id == wallet_id,
        Adjustment.asked_by == staff_id,
        Adjustment.asked_at > at - WINDOW,
        Adjustment.state != "refused",
    )
    return int(session.scalar(total) or 0)


def _book(
    session: Session,
    account: Account,
    adjustment_id: UUID,
    points: int,
    reason: str,
    programme: Programme,
    at: datetime,
    new_id: NewId,
) -> None:
    journal = Journal(at, new_id)
    if points > 0:
        ledger.refresh(session, at, [account])
        _give(journal, account, adjustment_id, points, reason, programme)
    else:
        _take(session, journal, account, adjustment_id, -points, reason)
    ledger.post(session, journal)


def _give(
    journal: Journal, account: Account, adjustment_id: UUID, points: int, reason: str, programme: Programme
) -> None:
    """A lot of the coalition, to be spent at once: no goods stand behind it that might come back."""
    transfer_id = journal.move(account, "adjust", "issued", "wallet", points, adjustment_id, reason=reason)
    ends = lot_rules.expires_at(
        journal.at, programme.expiry_rule, programme.expiry_months, programme.time_zone
    )
    journal.grant(
        account, transfer_id, points, None, None, programme.point_value_ct, journal.at, ends, adjustment_id
    )


def _take(
    session: Session, journal: Journal, account: Account, adjustment_id: UUID, points: int, reason: str
) -> None:
    """Out of the lots that can be spent, as a redemption would take them."""
    lots = open_lots(session, [account.id])[account.id]
    uses = lot_rules.spend(lots, points, journal.at)
    transfer_id = journal.move(account, "adjust", "wallet", "issued", points, adjustment_id, reason=reason)
    journal.consume(account, transfer_id, uses)
    journal.settle(account, after(lots, uses))
