"""Points whose day has passed leave the books. A batch is one transaction: killed and run again is run once."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points.ledger import Account, Journal, NewId, lock, post
from loyalty.points.open_lots import after, open_lots
from loyalty.rules import lots as rules
from loyalty.rules.lots import Lot


def run(session: Session, at: datetime, new_id: NewId, limit: int = 500) -> int:
    """Book out what has expired by `at` in up to `limit` wallets; how many wallets were looked at, 0: all is done.

    The door commits and calls again. Raises Stale when a wallet was merged away meanwhile.
    """
    accounts = _due(session, at, limit)
    lots = open_lots(session, [account.id for account in accounts])
    journal = Journal(at, new_id)
    for account in accounts:
        _expire(journal, account, lots[account.id])
    post(session, journal)
    return len(accounts)


def _due(session: Session, at: datetime, limit: int) -> list[Account]:
    """Wallets, locked, in which something turned by `at`: chosen by the index on the turn, locked in id order."""
    rows = driver(session).execute(
        "SELECT id FROM wallet WHERE turns_at <= %s AND merged_into IS NULL ORDER BY turns_at, id LIMIT %s",
        [at, limit],
    )
    return list(lock(session, [row[0] for row in rows]).values())


def _expire(journal: Journal, account: Account, lots: list[Lot]) -> None:
    """Out of the wallet with every lot that ended, under the first one's id as cause; and the next turn noted."""
    uses = rules.expired(lots, journal.at)
    if uses:
        points = sum(use.points for use in uses)
        transfer_id = journal.move(account, "expire", "wallet", "expired", points, uses[0].lot_id)
        journal.consume(account, transfer_id, uses)
    journal.accounts[account.id] = account
    journal.settle(account, after(lots, uses))
