"""Files of the bank that say what became of payments: each entry on its leg, once; the rest set aside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Invalid
from loyalty.models.coalition import Coalition
from loyalty.people import deeds
from partners.settlement import camt, companies, legs
from partners.settlement.camt_entries import Entry
from partners.settlement.cash import keep
from partners.settlement.models import BankEntry, BankFile, Leg, LegEntry

NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a file of the bank brought: entries booked on legs, known already, not yet final, and for nobody."""

    file_id: UUID
    booked: int
    known: int
    waiting: int
    unknown: int


def take_in(session: Session, content: bytes, staff_id: UUID | None, at: datetime, new_id: NewId) -> TakenIn:
    """Book what a camt file says on the legs it is about. The same file or entry again books nothing.

    Raises Invalid what `camt.read` finds wrong, `bank_file_account` for somebody else's account.
    """
    zone = session.scalars(select(Coalition.time_zone)).one()
    read = camt.read(content, zone)
    operator = companies.entered(session, None)
    if operator is None or operator.iban != read.account_iban:
        raise Invalid("bank_file_account", "file", iban=read.account_iban)
    file_id = keep(session, read.kind, read.message_id, content, None, staff_id, at, new_id)
    counts = {"booked": 0, "known": 0, "waiting": 0, "unknown": 0}
    for entry in read.entries:
        counts[_book(session, entry, file_id, new_id)] += 1
    deeds.note(session, "bank_file_taken_in", staff_id, at, new_id, file_id, facts=counts)
    return TakenIn(file_id, **counts)


def unknown_entries(session: Session) -> list[BankEntry]:
    """Entries of the bank that belong to no leg, newest first."""
    return list(session.scalars(select(BankEntry).order_by(BankEntry.booked_on.desc(), BankEntry.reference)))


def _book(session: Session, entry: Entry, file_id: UUID, new_id: NewId) -> str:
    """One entry of the bank: booked on its leg, known already, waiting for the bank itself, or for nobody."""
    if entry.status != "BOOK":
        return "waiting"
    found = _legs_of(session, entry)
    if not found or not _fits(session, found):
        return "unknown" if _set_aside(session, entry, entry.reference, entry.cents, file_id) else "known"
    kind = "returned" if entry.reversal else "settled"
    fresh = False
    for leg_id, cents, reference in found:
        fresh |= legs.enter(
            session, leg_id, kind, cents, entry.booked_on, reference, new_id(), entry.return_reason, file_id
        )
    if fresh and entry.charges_cents:
        _set_aside(session, entry, f"{entry.reference}/fee", -entry.charges_cents, file_id)
    return "booked" if fresh else "known"


def _fits(session: Session, found: list[tuple[UUID, int, str]]) -> bool:
    """Whether no leg would be paid beyond what it is, or back beyond what was paid.

    A sum booked for a whole file and, later, its single payments have different references: the second may not count.
    """
    for leg_id, cents, reference in found:
        if session.scalar(select(LegEntry.id).where(LegEntry.reference == reference)):
            continue
        leg = session.scalars(select(Leg).where(Leg.id == leg_id).with_for_update()).one()
        paid = session.scalar(select(func.sum(LegEntry.cents)).where(LegEntry.leg_id == leg_id)) or 0
        if not 0 <= (paid + cents) * (1 if leg.cents > 0 else -1) <= abs(leg.cents):
            return False
    return True


def _set_aside(session: Session, entry: Entry, reference: str, cents: int, file_id: UUID) -> bool:
    """Keep an entry, or a part of it, for somebody to look at; False when it is kept already."""
    row = upsert(BankEntry).values(
        reference=reference, file_id=file_id, booked_on=entry.booked_on, cents=cents,
        end_to_end_id=entry.end_to_end_id, name=entry.name,
    )  # fmt: skip
    return session.scalar(row.on_conflict_do_nothing().returning(BankEntry.reference)) is not None


def _legs_of(session: Session, entry: Entry) -> list[tuple[UUID, int, str]]:
    """The legs an entry is about, with the cents it moves on each. On our account a payout is a debit, so signs turn.

    One sum for a whole file names the file's block; it counts when it is the sum of the block's legs.
    """
    if entry.end_to_end_id:
        leg_id = session.scalar(select(Leg.id).where(Leg.end_to_end_id == entry.end_to_end_id))
        return [(leg_id, -entry.principal_cents, entry.reference)] if leg_id else []
    if not entry.payment_id:
        return []
    block = session.execute(
        select(Leg.id, Leg.cents)
        .join(BankFile, BankFile.id == Leg.file_id)
        .where(or_(BankFile.message_id == entry.payment_id, BankFile.message_id + "-1" == entry.payment_id))
        .order_by(Leg.id)
    ).all()
    if not block or sum(row.cents for row in block) != -entry.cents:
        return []
    return [(row.id, row.cents, f"{entry.reference}/{number}") for number, row in enumerate(block, 1)]
