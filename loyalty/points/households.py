"""Households: a member moves into another wallet. One who lived alone brings all points along, debt as well."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.db import Stale, driver
from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.people import Member
from loyalty.points.debts import open_debts
from loyalty.points.ledger import Account, Journal, NewId, lock, post
from loyalty.points.open_lots import open_lots
from loyalty.rules.lots import Lot, Use


def join(session: Session, member_id: UUID, into_wallet_id: UUID, at: datetime, new_id: NewId) -> None:
    """Let a member share `into_wallet_id`. A wallet left without people is closed by `merge` transfers.

    Who leaves others behind takes nothing along. Raises Missing `member_unknown` or `wallet_unknown`, Invalid
    `wallet_same`, Conflict `wallet_reserved` while points lie reserved; Stale when the member moved meanwhile.
    """
    old_id = _wallet_of(session, member_id)
    if old_id == into_wallet_id:
        raise Invalid("wallet_same", "wallet_id")
    if not people(session, into_wallet_id):
        raise Missing("wallet_unknown", "wallet_id")
    accounts = lock(session, [old_id, into_wallet_id])
    if _wallet_of(session, member_id) != old_id:
        raise Stale("the member has moved while waiting for the lock")
    old, into = accounts[old_id], accounts[into_wallet_id]
    if people(session, old_id) == 1:
        _merge(session, Journal(at, new_id), old, into, member_id)
    session.get_one(Member, member_id, with_for_update=True).wallet_id = into.id
    session.flush()


def people(session: Session, wallet_id: UUID) -> int:
    """How many members, erased ones not counted, share a wallet."""
    living = select(func.count()).where(Member.wallet_id == wallet_id, Member.erased_at.is_(None))
    return session.scalar(living) or 0


def _wallet_of(session: Session, member_id: UUID) -> UUID:
    known = select(Member.wallet_id).where(Member.id == member_id, Member.erased_at.is_(None))
    wallet_id: UUID | None = session.scalar(known)
    if wallet_id is None:
        raise Missing("member_unknown", "member_id")
    return wallet_id


def _merge(session: Session, journal: Journal, old: Account, into: Account, member_id: UUID) -> None:
    """Everything of `old` into `into`, and `old` closed. `member_id` is the transfers' cause."""
    if old.reserved:
        raise Conflict("wallet_reserved")
    held = open_lots(session, [old.id, into.id])
    prices = _prices(session, old.id)
    moved = [_move_lot(journal, old, into, lot, prices[lot.id], member_id) for lot in held[old.id]]
    for debt in open_debts(session, [old.id]).get(old.id, []):
        # The account that stands below zero is filled up out of the other one.
        journal.move(
            into, "merge", "debt", "debt", debt.points, member_id, debt.issuer_id, None, old, debt.contract_id
        )
    into.progress = {**old.progress, **into.progress}
    old.merged_into = into.id
    journal.accounts |= {old.id: old, into.id: into}
    journal.settle(old, [])
    journal.settle(into, [*held[into.id], *moved])
    post(session, journal)


def _prices(session: Session, wallet_id: UUID) -> dict[UUID, tuple[UUID | None, Decimal]]:
    """Contract and point value of a wallet's open lots."""
    rows = driver(session).execute(
        "SELECT id, contract_id, point_value_ct FROM lot WHERE wallet_id = %s AND remaining > 0", [wallet_id]
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _move_lot(
    journal: Journal, old: Account, into: Account, lot: Lot, price: tuple[UUID | None, Decimal], cause: UUID
) -> Lot:
    """What is left of a lot as a new lot that remembers who stands for it, its receipt, and its dates."""
    transfer_id = journal.move(old, "merge", "wallet", "wallet", lot.remaining, cause, other=into)
    journal.consume(old, transfer_id, [Use(lot.id, lot.issuer, lot.remaining)])
    journal.grant(
        into, transfer_id, lot.remaining, lot.issuer, *price, lot.available_from, lot.expires_at, lot.cause
    )
    journal.rows["lot"][-1]["created_at"] = lot.created_at  # its place in the order of spending
    return replace(lot, id=transfer_id, points=lot.remaining)
