"""Households: a member moves into another wallet. One who lived alone brings all points along, debt as well."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.db import Stale
from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.people import Member
from loyalty.models.points import Lot as LotRow
from loyalty.points.ledger import Account, Journal, NewId, final_wallet, lock, open_lots, post
from loyalty.rules.lots import Lot


def join(session: Session, member_id: UUID, into_wallet_id: UUID, at: datetime, new_id: NewId) -> None:
    """Let a member share `into_wallet_id`. A wallet left without people is closed by `merge` transfers.

    Who leaves others behind takes nothing along. Raises Missing `member_unknown` or `wallet_unknown`, Invalid
    `wallet_same`, Conflict `wallet_reserved` while points lie reserved; Stale when the member moved meanwhile.
    """
    old_id = _wallet_of(session, member_id)
    if old_id == into_wallet_id:
        raise Invalid("wallet_same", "wallet_id")
    accounts = lock(session, [old_id, into_wallet_id])
    if into_wallet_id not in accounts or not people(session, into_wallet_id):
        raise Missing("wallet_unknown", "wallet_id")
    if _wallet_of(session, member_id) != old_id:
        raise Stale("the member has moved while waiting for the lock")
    old, into = accounts[old_id], accounts[into_wallet_id]
    if people(session, old_id) == 1:
        _merge(session, Journal(at, new_id), old, into, member_id)
    session.get_one(Member, member_id, with_for_update=True).wallet_id = into.id
    session.flush()


def leave(session: Session, member_id: UUID, at: datetime, new_id: NewId) -> UUID:
    """Give a member who shares a wallet an empty one again; its id. Raises Conflict `wallet_not_shared`."""
    old_id = _wallet_of(session, member_id)
    lock(session, [old_id])
    if _wallet_of(session, member_id) != old_id:
        raise Stale("the member has moved while waiting for the lock")
    if people(session, old_id) == 1:
        raise Conflict("wallet_not_shared")
    fresh = Wallet(id=new_id(), opened_at=at)
    session.add(fresh)
    session.flush()
    session.get_one(Member, member_id, with_for_update=True).wallet_id = fresh.id
    session.flush()
    return fresh.id


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
    """All lots of `old` as new ones of `into` that remember who stands for them, since when and until when."""
    if old.reserved:
        raise Conflict("wallet_reserved")
    held = open_lots(session, [old.id, into.id])
    moved = [_move_lot(session, journal, old, into, lot, member_id) for lot in held[old.id]]
    if old.debt:  # the account that stands below zero is filled up from the other one
        journal.move(into, "merge", "debt", "debt", old.debt, member_id, other=old)
    into.progress = {**old.progress, **into.progress}
    old.merged_into = into.id
    journal.accounts |= {old.id: old, into.id: into}
    journal.settle(old, [])
    journal.settle(into, [*held[into.id], *moved])
    post(session, journal)
