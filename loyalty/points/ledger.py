"""The one way into the books: lock wallets, note movements in a journal, `post` them all in one statement.

Nothing else inserts transfers, lots or lot uses, or touches a wallet's numbers.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from loyalty.db import Stale, db, driver
from loyalty.rules.lots import NO_TURN, Lot, Use, turn
from loyalty.rules.lots import available as available_of
from loyalty.rules.postings import check

NewId = Callable[[], UUID]

WALLET = "w.id, w.balance, w.available, w.debt, w.reserved, w.version, w.turns_at, w.progress, w.merged_into"


@dataclass(slots=True)
class Account:
    """A wallet as it was read, and its numbers as they will be written. See models.points.Wallet.

    What is `seen` is what was read: a wallet that has moved since refuses to be written, also one in which points that
    were held have become available.
    """

    id: UUID
    balance: int
    available: int
    debt: int
    reserved: int
    version: int
    turns_at: datetime
    progress: dict[str, Any]
    merged_into: UUID | None = None
    seen_version: int = field(init=False)
    seen_progress: dict[str, Any] = field(init=False)
    seen_available: int = field(init=False)
    seen_turns_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.seen_version, self.seen_progress = self.version, self.progress
        self.seen_available, self.seen_turns_at = self.available, self.turns_at

    @property
    def moved(self) -> bool:
        """Whether there is anything to write."""
        return self.version != self.seen_version or self.progress is not self.seen_progress


@dataclass(slots=True)
class Journal:
    """What one transaction is going to write: rows by table, and the accounts they move."""

    at: datetime
    new_id: NewId
    accounts: dict[UUID, Account] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def note(self, table: str, row: dict[str, Any]) -> None:
        """One row for an append-only table (or a slip)."""
        self.rows.setdefault(table, []).append(row)

    def move(
        self,
        account: Account,
        kind: str,
        source: str,
        destination: str,
        points: int,
        cause: UUID,
        partner_id: UUID | None = None,
        reason: str | None = None,
        other: Account | None = None,
        contract_id: UUID | None = None,
    ) -> UUID:
        """Note a transfer and move the wallet's numbers. Into a lot or out of lots: `grant`, `consume`. Its id.

        `contract_id`: the version of the partner's contract that prices it, where no lot of it says so.
        """
        check(kind, source, destination, partner_id)
        self.accounts[account.id] = account
        account.version += 1
        transfer_id = self.new_id()
        row: dict[str, Any] = {
            "wallet_id": account.id, "id": transfer_id, "version": account.version, "kind": kind,
            "source": source, "destination": destination, "partner_id": partner_id, "points": points,
            "at": self.at, "cause": cause, "reason": reason, "other_wallet_id": None, "other_version": None,
        }  # fmt: skip
        if contract_id is not None:
            row["contract_id"] = contract_id
        _shift(account, source, -points)
        if other is None:
            _shift(account, destination, points)
        else:
            self.accounts[other.id] = other
            other.version += 1
            row["other_wallet_id"], row["other_version"] = other.id, other.version
            _shift(other, destination, points)
        self.note("transfer", row)
        return transfer_id

    def grant(
        self,
        account: Account,
        transfer_id: UUID,
        points: int,
        issuer_id: UUID | None,
        contract_id: UUID | None,
        point_value_ct: Decimal,
        available_from: datetime,
        expires_at: datetime,
        cause: UUID,
    ) -> Lot:
        """The lot that a transfer into the wallet makes; its id is the transfer's."""
        lot = Lot(transfer_id, issuer_id, points, points, available_from, expires_at, self.at, cause)
        self.note("lot", {
            "wallet_id": account.id, "id": transfer_id, "issuer_id": issuer_id, "contract_id": contract_id,
            "point_value_ct": str(point_value_ct), "points": points, "remaining": points,
            "available_from": available_from, "expires_at": expires_at, "created_at": self.at, "cause": cause,
        })  # fmt: skip
        if available_from > self.at:
            account.turns_at = min(account.turns_at, available_from)
            return lot
        if expires_at > self.at:
            account.available += points
        account.turns_at = min(account.turns_at, expires_at)
        return lot

    def consume(self, account: Account, transfer_id: UUID, uses: Iterable[Use]) -> None:
        """Take `uses` out of lots that stand in the database (negative points give back)."""
        for use in uses:
            self._use(account, transfer_id, use)
            self.note("lot_change", {"wallet_id": account.id, "id": use.lot_id, "points": -use.points})

    def consume_new(self, account: Account, transfer_id: UUID, uses: Iterable[Use]) -> None:
        """Take `uses` out of lots this very journal grants: a row written and changed at once is written changed."""
        fresh = {row["id"]: row for row in self.rows["lot"]}
        for use in uses:
            self._use(account, transfer_id, use)
            row = fresh[use.lot_id]
            row["remaining"] -= use.points
            if row["available_from"] <= self.at < row["expires_at"]:
                account.available -= use.points

    def _use(self, account: Account, transfer_id: UUID, use: Use) -> None:
        self.note("lot_use", {
            "wallet_id": account.id, "id": self.new_id(), "transfer_id": transfer_id,
            "lot_id": use.lot_id, "points": use.points,
        })  # fmt: skip

    def free(self, account: Account, lot: Lot) -> None:
        """Let a lot that stands in the database be available from when `lot` says."""
        self.note("lot_change", {
            "wallet_id": account.id, "id": lot.id, "points": 0, "available_from": lot.available_from,
        })  # fmt: skip

    def settle(self, account: Account, lots: Sequence[Lot]) -> None:
        """Set the cached split of the balance anew from all open lots, as they will be."""
        account.available = available_of(lots, self.at)
        account.turns_at = turn(lots, self.at)


def _shift(account: Account, role: str, points: int) -> None:
    if role == "wallet":
        account.balance += points
    elif role == "debt":
        account.debt -= points  # the debt account stands below zero; the column says how far
    elif role == "reserved":
        account.reserved += points


def post(session: Session, journal: Journal) -> None:
    """Write the journal in one statement (one round trip for one operation or five hundred).

    Raises what the database refuses: a doubled key or receipt (UniqueViolation), a number below zero (CheckViolation),
    a wallet that moved since it was read without a lock (SerializationFailure).
    """
    sections = {name: rows for name, rows in journal.rows.items() if rows}
    if journal.accounts:
        accounts = sorted(journal.accounts.values(), key=lambda account: account.id)
        sections["wallet"] = [_wallet_row(account) for account in accounts]
    if sections:
        names = tuple(name for name in SECTIONS if name in sections)
        documents = [orjson.dumps(sections[name]).decode() for name in names]
        driver(session).execute(_statement(names), [*documents, len(journal.accounts)], prepare=True)


def _wallet_row(account: Account) -> dict[str, Any]:
    return {
        "id": account.id, "balance": account.balance, "available": account.available, "debt": account.debt,
        "reserved": account.reserved, "version": account.version, "turns_at": account.turns_at,
        "progress": account.progress, "merged_into": account.merged_into,
        "seen_version": account.seen_version, "seen_progress": account.seen_progress,
        "seen_available": account.seen_available, "seen_turns_at": account.seen_turns_at,
    }  # fmt: skip


INSERTED = (
    "purchase", "purchase_return", "redemption", "redemption_reversal", "transfer", "lot", "lot_use", "slip",
)  # fmt: skip
SECTIONS = (*INSERTED, "lot_change", "wallet")

LOT_CHANGE = """UPDATE lot SET remaining = lot.remaining + x.points,
    expires_at = coalesce(x.expires_at, lot.expires_at),
    available_from = coalesce(x.available_from, lot.available_from)
    FROM (SELECT wallet_id, id, sum(points) AS points, max(expires_at) AS expires_at,
                 max(available_from) AS available_from
          FROM json_populate_recordset(NULL::lot, %s::json) GROUP BY 1, 2) x
    WHERE lot.wallet_id = x.wallet_id AND lot.id = x.id"""
WALLET_CHANGE = """UPDATE wallet SET balance = x.balance, available = x.available, debt = x.debt,
    reserved = x.reserved, version = x.version, turns_at = x.turns_at, progress = x.progress,
    merged_into = x.merged_into
    FROM json_to_recordset(%s::json) x (id uuid, balance int, available int, debt int, reserved int, version int,
        turns_at timestamptz, progress jsonb, merged_into uuid, seen_version int, seen_progress jsonb,
        seen_available int, seen_turns_at timestamptz)
    WHERE wallet.id = x.id AND wallet.version = x.seen_version AND wallet.progress = x.seen_progress
        AND wallet.available = x.seen_available AND wallet.turns_at = x.seen_turns_at
        AND wallet.merged_into IS NULL RETURNING 1"""
ALL_WALLETS = "CASE WHEN (SELECT count(*) FROM wallet_section) = %s::int THEN 1 ELSE refuse_stale() END"


@cache
def _statement(names: tuple[str, ...]) -> bytes:
    """One statement out of the sections that a journal has; each section is one JSON parameter, then how many
    wallets it must find as they were read."""
    parts = [f"{name}_section AS ({_section(name)})" for name in names]
    answer = ALL_WALLETS if "wallet" in names else "%s::int"
    return ("WITH " + ",\n".join(parts) + f"\nSELECT {answer}").encode()


def _section(name: str) -> str:
    if name == "wallet":
        return WALLET_CHANGE
    if name == "lot_change":
        return LOT_CHANGE
    table = db.metadata.tables[name]
    columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name != "xact")
    return f"INSERT INTO {name} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{name}, %s::json)"


def lock(session: Session, wallet_ids: Sequence[UUID]) -> dict[UUID, Account]:
    """Lock wallets in the order of their ids. Raises Stale when one has been merged away meanwhile."""
    rows = driver(session).execute(
        f"SELECT {WALLET} FROM wallet w WHERE w.id = ANY(%s) ORDER BY w.id FOR UPDATE OF w", [list(wallet_ids)],
        prepare=True,
    )  # fmt: skip
    return {row[0]: opened(row) for row in rows}


def opened(row: Sequence[Any]) -> Account:
    """An account from the WALLET columns of a locking read."""
    if row[8] is not None:
        raise Stale("wallet was merged while waiting for its lock")
    return Account(*row[:9])


def final_wallet(session: Session, wallet_id: UUID) -> UUID:
    """The wallet that holds the points today: follows merges."""
    found = (
        driver(session)
        .execute(
            """WITH RECURSIVE chain AS (SELECT id, merged_into FROM wallet WHERE id = %s
           UNION ALL SELECT w.id, w.merged_into FROM wallet w JOIN chain c ON w.id = c.merged_into)
           SELECT id FROM chain WHERE merged_into IS NULL""",
            [wallet_id],
        )
        .fetchone()
    )
    assert found is not None
    final: UUID = found[0]
    return final


# What `settle` computes from lots that were read anyway. History brings wallets with hundreds of lots past their date:
# to read them all for each purchase would take longer than to book it.
SPLIT = """
SELECT wallet_id,
       coalesce(sum(remaining) FILTER (WHERE available_from <= %(at)s AND expires_at > %(at)s), 0)::int,
       min(CASE WHEN available_from > %(at)s THEN available_from ELSE expires_at END)
FROM lot WHERE wallet_id = ANY(%(wallets)s) AND remaining > 0 GROUP BY wallet_id"""


def refresh(session: Session, at: datetime, accounts: Iterable[Account]) -> None:
    """Set right the cached `available` of accounts in which a lot has turned (became available, expired) since."""
    turned = [account for account in accounts if account.turns_at <= at]
    if not turned:
        return
    values = {"at": at, "wallets": [account.id for account in turned]}
    split = {row[0]: row[1:] for row in driver(session).execute(SPLIT, values, prepare=True)}
    for account in turned:
        account.available, account.turns_at = split.get(account.id, (0, NO_TURN))
