"""What a run or its preview comes to: partners' accounts, the operator's figures, the matrix. It only reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.models.coalition import Coalition
from loyalty.rules.netting import FEES, FIGURES, Position
from partners.admin import heat
from partners.admin.heat import Heat
from partners.admin.people import partner_names
from partners.settlement import runs
from partners.settlement.closing import Outcome
from partners.settlement.models import SettlementLine, SettlementRun


class Line(NamedTuple):
    """One line of an account; VAT on a fee is one of its own, with its rate."""

    kind: str
    points: int
    cents: int
    vat_bp: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A partner that has anything in the run. `cents` above zero are paid out, below collected."""

    name: str
    lines: tuple[Line, ...]
    cents: int


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that adds up to zero, and the matrix beside it."""

    accounts: tuple[Account, ...]
    figures: tuple[tuple[str, int], ...]
    heat: Heat

    @property
    def paid_out(self) -> int:
        """Cents that partners get."""
        return sum(account.cents for account in self.accounts if account.cents > 0)

    @property
    def collected(self) -> int:
        """Cents that partners owe, above zero."""
        return -sum(account.cents for account in self.accounts if account.cents < 0)

    @property
    def partners_cents(self) -> int:
        return self.paid_out - self.collected

    @property
    def operator_cents(self) -> int:
        return sum(cents for _, cents in self.figures)

    @property
    def rest_cents(self) -> int:
        """What is left over: nothing."""
        return self.partners_cents + self.operator_cents


def of_outcome(session: Session, outcome: Outcome) -> Books:
    """The books of a preview, with partners as they are called today."""
    names, netting = partner_names(session), outcome.netting
    accounts = [
        Account(names[position.partner], tuple(_told(position)), position.cents)
        for position in netting.positions
        if position.lines or position.fees
    ]
    pairs = [(cell.issuer, cell.redeemer, cell.points, cell.cents) for cell in netting.matrix]
    return _books(session, accounts, netting.figures, pairs, names)


def of_run(session: Session, run: SettlementRun) -> Books:
    """The books of a run, with partners as they were called when it was prepared."""
    names = {UUID(key): name for key, (_code, name) in run.names.items()}
    accounts = [
        Account(names[partner_id], tuple(_kept(rows)), runs.sum_of(rows))
        for partner_id, rows in runs.lines(session, run.id).items()
    ]
    pairs = [
        (pair.issuer_id, pair.redeemer_id, pair.points, pair.cents) for pair in runs.pairs(session, run.id)
    ]
    return _books(session, accounts, run.figures, pairs, names)


def _books(
    session: Session,
    accounts: Iterable[Account],
    figures: Mapping[str, int],
    pairs: Iterable[tuple[UUID | None, UUID, int, int]],
    names: Mapping[UUID, str],
) -> Books:
    coalition = session.scalars(select(Coalition.name)).one()
    return Books(
        tuple(sorted(accounts, key=lambda account: account.name.casefold())),
        tuple((name, figures.get(name, 0)) for name in (*FEES, *FIGURES) if figures.get(name)),
        heat.table(pairs, names, coalition),
    )


def _told(position: Position) -> Iterable[Line]:
    for line in position.lines:
        yield Line(line.kind, line.points, line.cents)
    for fee in position.fees:
        yield Line("fee", fee.points, -fee.net_cents)
        yield Line("fee_vat", 0, -fee.vat_cents, fee.vat_bp)


def _kept(rows: Iterable[SettlementLine]) -> Iterable[Line]:
    for row in rows:
        yield Line(row.kind, row.points, row.cents)
        if row.vat_cents is not None:
            yield Line("fee_vat", 0, row.vat_cents, row.vat_bp)
