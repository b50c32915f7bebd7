"""Points held until their issuer has paid, and how they come free. Whether it has paid is decided elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points import ledger
from loyalty.points.ledger import Journal
from loyalty.points.open_lots import open_lots
from loyalty.rules.lots import HELD, Lot

WAITING = f"remaining > 0 AND available_from >= '{HELD}'"  # as the index on held lots has it
A_MOMENT = timedelta(microseconds=1)


def issuers(session: Session) -> list[UUID]:
    """Whose points are held now."""
    rows = driver(session).execute(f"SELECT DISTINCT issuer_id FROM lot WHERE {WAITING} ORDER BY 1".encode())
    return [row[0] for row in rows]


def release(session: Session, issuer_id: UUID, pending_days: int, at: datetime, limit: int = 500) -> int:
    """Let held lots of `issuer_id` be available, `pending_days` after they were made and not before `at`, in up to
    `limit` wallets; how many wallets were looked at, 0: nothing is held any more.

    The door commits and calls again. Raises Stale when a wallet was merged away meanwhile.
    """
    accounts = ledger.lock(session, _holding(session, issuer_id, limit))
    lots = open_lots(session, list(accounts))
    spent = _last_spent(session, list(accounts))
    journal = Journal(at, _no_id)
    for account in accounts.values():
        earliest = max(at, spent.get(account.id, at))
        freed = [_freed(lot, issuer_id, pending_days, earliest) for lot in lots[account.id]]
        for before, after in zip(lots[account.id], freed, strict=True):
            if after is not before:
                journal.free(account, after)
        journal.accounts[account.id] = account
        journal.settle(account, freed)
    ledger.post(session, journal)
    return len(accounts)


def _freed(lot: Lot, issuer_id: UUID, pending_days: int, earliest: datetime) -> Lot:
    """The lot as it will be; the very same one when it is not to be freed."""
    if lot.issuer != issuer_id or lot.available_from < HELD:
        return lot
    return replace(lot, available_from=max(earliest, lot.created_at + timedelta(days=pending_days)))


def _holding(session: Session, issuer_id: UUID, limit: int) -> list[UUID]:
    """Wallets with held lots of the issuer."""
    rows = driver(session).execute(
        f"SELECT DISTINCT wallet_id FROM lot WHERE issuer_id = %s AND {WAITING} ORDER BY wallet_id LIMIT %s".encode(),
        [issuer_id, limit],
    )
    return [row[0] for row in rows]


def _last_spent(session: Session, wallet_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """The moment after the last redemption, by wallet.

    Clocks differ and locks make wait: a redemption booked before this release may bear a later time than it. It could
    not have the held points, so it must not look as if it had passed them over.
    """
    rows = driver(session).execute(
        "SELECT wallet_id, max(at) FROM transfer WHERE wallet_id = ANY(%s) AND kind IN ('redeem', 'adjust') GROUP BY 1",
        [list(wallet_ids)],
    )
    return {wallet_id: last + A_MOMENT for wallet_id, last in rows}


def _no_id() -> UUID:
    raise AssertionError("points that come free are not transferred")
