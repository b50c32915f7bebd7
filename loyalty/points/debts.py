"""What a wallet owes, to whom, and at which price: read from its transfers, oldest first. It writes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver

# A merge moves a debt: out of `other_wallet_id`, into `wallet_id`.
MOVES = """
SELECT wallet_id, version, points, partner_id, contract_id FROM transfer
WHERE wallet_id = ANY(%(wallets)s) AND source = 'debt'
UNION ALL
SELECT wallet_id, version, -points, NULL, NULL FROM transfer
WHERE wallet_id = ANY(%(wallets)s) AND destination = 'debt' AND kind <> 'merge'
UNION ALL
SELECT other_wallet_id, other_version, -points, NULL, NULL FROM transfer
WHERE other_wallet_id = ANY(%(wallets)s) AND destination = 'debt'
ORDER BY 1, 2"""


@dataclass(frozen=True, slots=True)
class Debt:
    """Points still owed to `issuer_id` (None: the coalition), credited at `contract_id` once they are repaid."""

    issuer_id: UUID | None
    contract_id: UUID | None
    points: int


def open_debts(session: Session, wallet_ids: Sequence[UUID]) -> dict[UUID, list[Debt]]:
    """What is open, oldest first, by wallet. Under the wallets' locks, or where a stale read is refused."""
    if not wallet_ids:
        return {}
    moves: dict[UUID, list[tuple[int, UUID | None, UUID | None]]] = {}
    for wallet_id, _, *move in driver(session).execute(MOVES, {"wallets": list(wallet_ids)}):
        moves.setdefault(wallet_id, []).append((move[0], move[1], move[2]))
    return {wallet_id: list(_open(found)) for wallet_id, found in moves.items()}


def repay(debts: Iterable[Debt], points: int) -> tuple[list[Debt], list[Debt]]:
    """What `points` repay of `debts`, in their order, and what stays open."""
    repaid, still = [], []
    for debt in debts:
        if part := min(points, debt.points):
            repaid.append(Debt(debt.issuer_id, debt.contract_id, part))
            points -= part
        if rest := debt.points - part:
            still.append(Debt(debt.issuer_id, debt.contract_id, rest))
    return repaid, still


def _open(moves: Sequence[tuple[int, UUID | None, UUID | None]]) -> Iterator[Debt]:
    paid = -sum(points for points, *_ in moves if points < 0)
    made = [Debt(issuer, contract, points) for points, issuer, contract in moves if points > 0]
    yield from repay(made, paid)[1]
