"""Payments that settle a run: each partner with the operator, or partners among themselves with as few as can be."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from loyalty.rules.netting import Position


@dataclass(frozen=True, slots=True)
class Payment:
    """Cents from one party to another; None: the operator."""

    payer: UUID | None
    payee: UUID | None
    cents: int


def through_operator(positions: Iterable[Position]) -> tuple[Payment, ...]:
    """One payment for each partner that gets or owes something."""
    return tuple(
        Payment(None, one.partner, one.cents) if one.cents > 0 else Payment(one.partner, None, -one.cents)
        for one in positions
        if one.cents
    )


def direct(positions: Iterable[Position]) -> tuple[Payment, ...]:
    """From partner to partner, the operator as one more party: at most one payment less than there are parties.

    The largest debtor pays the largest creditor until one of them is settled, and so on.
    """
    open_cents: dict[UUID | None, int] = {one.partner: one.cents for one in positions if one.cents}
    if rest := -sum(open_cents.values()):
        open_cents[None] = rest
    payments = []
    while open_cents:
        payer = min(open_cents, key=lambda party: open_cents[party])
        payee = max(open_cents, key=lambda party: open_cents[party])
        cents = min(-open_cents[payer], open_cents[payee])
        payments.append(Payment(payer, payee, cents))
        open_cents[payer] += cents
        open_cents[payee] -= cents
        open_cents = {party: left for party, left in open_cents.items() if left}
    return tuple(payments)
