"""Erasure of a member: who they were is forgotten, their points are forfeited, and the books still balance."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.db import Stale, driver
from loyalty.errors import Conflict, Missing
from loyalty.models.people import Member
from loyalty.people import privacy
from loyalty.points.households import people
from loyalty.points.ledger import Account, Journal, NewId, lock, post
from loyalty.points.open_lots import open_lots
from loyalty.rules.lots import Use

# Answers and words of receipts, by the keys of everything that happened with this member's cards.
SLIPS = """
    DELETE FROM slip s USING (
        SELECT till_id, key FROM purchase WHERE member_id = %(member)s
        UNION ALL SELECT r.till_id, r.key FROM purchase_return r JOIN purchase p ON p.id = r.purchase_id
            WHERE p.member_id = %(member)s
        UNION ALL SELECT till_id, key FROM redemption WHERE member_id = %(member)s
        UNION ALL SELECT v.till_id, v.key FROM redemption_reversal v JOIN redemption d ON d.id = v.redemption_id
            WHERE d.member_id = %(member)s
        UNION ALL SELECT till_id, key FROM member WHERE id = %(member)s
    ) o WHERE s.till_id = o.till_id AND s.key = o.key"""


def erase(session: Session, member_id: UUID, at: datetime, new_id: NewId) -> bool:
    """Erase a member; False when that was done before.

    Points of one who lived alone are forfeited and a debt is written off by the coalition; a household keeps both.
    Raises Missing `member_unknown`, Conflict `wallet_reserved`, Stale when the member moved meanwhile.
    """
    wallet_id, erased_at = _member(session, member_id)
    if erased_at is not None:
        return False
    account = lock(session, [wallet_id])[wallet_id]
    now_in, erased_at = _member(session, member_id)
    if erased_at is not None:
        return False
    if now_in != wallet_id:
        raise Stale("the member has moved while waiting for the lock")
    if people(session, wallet_id) == 1:
        _close(session, Journal(at, new_id), account, member_id)
    driver(session).execute(SLIPS, {"member": member_id})
    privacy.forget(session, member_id, at)
    return True


def _member(session: Session, member_id: UUID) -> tuple[UUID, datetime | None]:
    row = session.execute(select(Member.wallet_id, Member.erased_at).where(Member.id == member_id)).first()
    if row is None:
        raise Missing("member_unknown", "member_id")
    return row.wallet_id, row.erased_at


def _close(session: Session, journal: Journal, account: Account, member_id: UUID) -> None:
    """Everything out of the wallet, pending and expired lots as well. `member_id` is the transfers' cause."""
    if account.reserved:
        raise Conflict("wallet_reserved")
    uses = [Use(lot.id, lot.issuer, lot.remaining) for lot in open_lots(session, [account.id])[account.id]]
    if uses:
        points = sum(use.points for use in uses)
        transfer_id = journal.move(account, "forfeit", "wallet", "expired", points, member_id)
        journal.consume(account, transfer_id, uses)
    if account.debt:
        journal.move(account, "debt_written_off", "issued", "debt", account.debt, member_id)
    account.progress = {}
    journal.accounts[account.id] = account
    journal.settle(account, [])
    post(session, journal)
