"""What came out of a scenario, as data: the one shape that the report is drawn from and machines read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Settlement:
    """A run by the names of the file. Positions and the four figures of the operator sum to zero.

    `pool_cents` is the movement of the pool, `breakage_cents` (gross) all that is neither pool nor fee. `matrix_cents`:
    issuer -> redeemer -> cents, without zeros.
    """

    period: str
    positions_cents: Mapping[str, int]
    fee_net_cents: int
    fee_vat_cents: int
    pool_cents: int
    breakage_cents: int
    matrix_cents: Mapping[str, Mapping[str, int]]
    points_out: int

    @property
    def sum_cents(self) -> int:
        """All that moved, which must be nothing."""
        operator = self.fee_net_cents + self.fee_vat_cents + self.pool_cents + self.breakage_cents
        return sum(self.positions_cents.values()) + operator


@dataclass(frozen=True, slots=True)
class Points:
    """A wallet after the last event."""

    available: int
    pending: int
    debt: int


@dataclass(frozen=True, slots=True)
class Worth:
    """What a member brought: purchases less returns, VAT inside; and their contribution margin."""

    turnover_cents: int
    margin_cents: int
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that the rules refused."""

    event: int
    code: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything, in the order of the file."""

    settlements: tuple[Settlement, ...]
    wallets: Mapping[str, Points]
    members: Mapping[str, Worth]
    refused: tuple[Refused, ...]

    def as_data(self) -> dict[str, Any]:
        """As JSON values, in the order in which it is documented."""
        return {
            "settlements": [_settlement(one) for one in self.settlements],
            "wallets": {
                name: {"available": one.available, "pending": one.pending, "debt": one.debt}
                for name, one in self.wallets.items()
            },
            "members": {
                name: {
                    "turnover_cents": one.turnover_cents,
                    "margin_cents": one.margin_cents,
                    "tier": one.tier,
                }
                for name, one in self.members.items()
            },
            "refused": [{"event": one.event, "code": one.code} for one in self.refused],
        }


def _settlement(one: Settlement) -> dict[str, Any]:
    return {
        "period": one.period,
        "positions_cents": dict(one.positions_cents),
        "operator_cents": {
            "fee_net": one.fee_net_cents,
            "fee_vat": one.fee_vat_cents,
            "pool": one.pool_cents,
            "breakage": one.breakage_cents,
        },
        "matrix_cents": {issuer: dict(row) for issuer, row in one.matrix_cents.items()},
        "points_out": one.points_out,
    }
