"""Files for the bank, made from a run's legs: payouts and collections. What the bank answers comes by `incoming`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid
from loyalty.people import deeds
from partners.settlement import closing, companies, legs, mandates, runs, sepa
from partners.settlement.legs import OpenItem
from partners.settlement.models import BankFile, Leg, Mandate, SettlementRun
from partners.settlement.sepa import Account, Collection, Payout

NewId = Callable[[], UUID]
NOTICE = timedelta(days=2)  # banks want collections before the day they are due


@dataclass(frozen=True, slots=True)
class Block:
    """What goes into one file: `kind` pain.001 or pain.008, `name` tells it from the others of the run."""

    kind: str
    name: str
    items: tuple[OpenItem, ...]
    mandates: tuple[Mandate, ...] = ()


def make_files(
    session: Session, run_id: UUID, staff_id: UUID | None, at: datetime, new_id: NewId
) -> list[BankFile]:
    """Files for all open payments of a run that can go through the bank: payouts, and collections by scheme and
    sequence. Asked again: files only for what came back since or can be paid only now.

    Who has no account or mandate stays in the list of open items. Raises Missing `run_unknown`, Conflict
    `run_not_released`, Invalid `operator_account_missing` and what `sepa` finds wrong.
    """
    run = runs.released(session, run_id)
    operator = companies.entered(session, None)
    if operator is None or not operator.iban:
        raise Invalid("operator_account_missing", "iban")
    account = Account(operator.legal_name, operator.iban, operator.bic, operator.creditor_id)
    for block in _blocks(session, run):
        _write(session, run, account, block, staff_id, at, new_id)
    runs.step(session, run_id, "cash", staff_id, at)
    return of_run(session, run_id)


def of_run(session: Session, run_id: UUID) -> list[BankFile]:
    """The files made for a run, oldest first."""
    return list(
        session.scalars(
            select(BankFile).where(BankFile.run_id == run_id).order_by(BankFile.at, BankFile.message_id)
        )
    )


def _blocks(session: Session, run: SettlementRun) -> Iterator[Block]:
    """Open legs that were never sent or came back, by the way they are paid."""
    payouts: list[OpenItem] = []
    groups: dict[str, list[tuple[OpenItem, Mandate]]] = {}
    for item in legs.items(session, run.id, only_open=True):
        company = companies.entered(session, item.leg.partner_id)
        if company is None or not company.iban or (item.leg.file_id and not item.returned):
            continue
        if item.open_cents > 0:
            payouts.append(item)
        elif mandate := mandates.live(session, item.leg.partner_id):
            groups.setdefault(f"{mandate.scheme}-{'RCUR' if mandate.used_at else 'FRST'}", []).append(
                (item, mandate)
            )
    if payouts:
        yield Block("pain.001", "OUT", tuple(payouts))
    for name in sorted(groups):
        items, signed = zip(*groups[name], strict=True)
        yield Block("pain.008", name, items, signed)


def _write(
    session: Session, run: SettlementRun, account: Account, block: Block, staff_id: UUID | None, at: datetime,
    new_id: NewId,
) -> None:  # fmt: skip
    sent = session.scalar(select(func.count()).select_from(BankFile).where(BankFile.run_id == run.id)) or 0
    message_id = f"EMMA-{run.number}-{sent + 1}-{block.name}"
    day = max(*(item.leg.due_on for item in block.items), closing.today(session, at) + NOTICE)
    content = _content(session, run, account, block, day, message_id, at)
    file_id = keep(session, block.kind, message_id, content, run.id, staff_id, at, new_id)
    session.execute(
        update(Leg).where(Leg.id.in_([item.leg.id for item in block.items])).values(file_id=file_id)
    )
    for item, mandate in zip(block.items, block.mandates, strict=False):
        session.execute(update(Leg).where(Leg.id == item.leg.id).values(mandate_id=mandate.id))
        first = update(Mandate).where(Mandate.id == mandate.id, Mandate.used_at.is_(None))
        session.execute(first.values(used_at=at))
    deeds.note(session, "bank_file_made", staff_id, at, new_id, file_id, facts={"payments": len(block.items)})


def _content(
    session: Session,
    run: SettlementRun,
    account: Account,
    block: Block,
    day: date,
    message_id: str,
    at: datetime,
) -> bytes:
    if block.kind == "pain.001":
        payouts = [Payout(*_payment(session, run, item)) for item in block.items]
        return sepa.payout_file(account, payouts, day, message_id, at)
    scheme, sequence = block.name.split("-")
    collections = [
        Collection(*_payment(session, run, item), mandate.reference, mandate.signed_on, scheme, sequence)  # type: ignore[arg-type]
        for item, mandate in zip(block.items, block.mandates, strict=True)
    ]
    return sepa.collection_file(account, collections, day, message_id, at)


def _payment(
    session: Session, run: SettlementRun, item: OpenItem
) -> tuple[str, str, str, str | None, int, str]:
    company = companies.entered(session, item.leg.partner_id)
    assert company is not None and company.iban is not None
    text = f"Abrechnung {run.period} Lauf {run.number}"
    return (
        item.leg.end_to_end_id, company.legal_name, company.iban, company.bic, abs(item.open_cents), text,
    )  # fmt: skip


def keep(
    session: Session, kind: str, message_id: str, content: bytes, run_id: UUID | None, staff_id: UUID | None,
    at: datetime, new_id: NewId,
) -> UUID:  # fmt: skip
    """Keep a bank file as it is; the id of the one kept before when it is the same."""
    digest = sha256(content).digest()
    row = upsert(BankFile).values(
        id=new_id(), kind=kind, run_id=run_id, message_id=message_id, digest=digest, content=content, at=at,
        staff_id=staff_id,
    )  # fmt: skip
    session.execute(row.on_conflict_do_nothing(index_elements=["digest"]))
    return session.scalars(select(BankFile.id).where(BankFile.digest == digest)).one()


def booked(session: Session, run_id: UUID, staff_id: UUID, at: datetime, new_id: NewId) -> None:
    """Note that a run's papers and payments are in the bookkeeping. Asked again: nothing.

    Raises Conflict `run_not_released`, `papers_not_issued`, `cash_open` before the payments are on their way.
    """
    runs.released(session, run_id)
    done = runs.steps(session, run_id)
    if "documents" not in done:
        raise Conflict("papers_not_issued", "run")
    if "cash" not in done:
        raise Conflict("cash_open", "run")
    if "booked" not in done:
        runs.step(session, run_id, "booked", staff_id, at)
        deeds.note(session, "settlement_booked", staff_id, at, new_id, run_id)
