"""Which transfers may exist, as data: kind, from which account to which. All others are refused."""

from typing import Literal
from uuid import UUID

from loyalty.errors import Invalid

Role = Literal["wallet", "debt", "reserved", "issued", "redeemed", "expired"]
ROLES: tuple[Role, ...] = ("wallet", "debt", "reserved", "issued", "redeemed", "expired")

ALLOWED: frozenset[tuple[str, Role, Role]] = frozenset(
    {
        ("earn", "issued", "wallet"),
        ("bonus", "issued", "wallet"),
        ("gift", "issued", "wallet"),
        ("goodwill", "issued", "wallet"),
        ("welcome", "issued", "wallet"),
        ("referral", "issued", "wallet"),
        ("redeem", "wallet", "redeemed"),
        ("redemption_reversal", "redeemed", "wallet"),
        ("expire", "wallet", "expired"),
        ("return", "wallet", "issued"),
        # `debt` is the one account that goes below zero: a return of points already spent draws on it,
        # later earnings fill it up again.
        ("debt", "debt", "issued"),
        ("debt_repaid", "wallet", "debt"),
        ("debt_written_off", "issued", "debt"),
        ("reserve", "wallet", "reserved"),
        ("release", "reserved", "wallet"),
        ("merge", "wallet", "wallet"),
        ("merge", "debt", "debt"),
        ("pass_on", "wallet", "wallet"),
        ("adjust", "issued", "wallet"),
        ("adjust", "wallet", "issued"),
        ("forfeit", "wallet", "expired"),
    }
)
KINDS: frozenset[str] = frozenset(kind for kind, _, _ in ALLOWED)

# Whose account stands on the side that is not the member's. Kinds in neither set may have either.
PARTNER_ONLY: frozenset[str] = frozenset({"earn", "redeem", "redemption_reversal"})
COALITION_ONLY: frozenset[str] = frozenset({"expire", "forfeit", "adjust"})


def check(kind: str, source: str, destination: str, partner_id: UUID | str | None) -> None:
    """Refuse a transfer that may not exist. `partner_id` None: the account is the coalition's.

    Raises Invalid `posting_not_allowed`.
    """
    if (kind, source, destination) not in ALLOWED:
        raise Invalid("posting_not_allowed", kind=kind, source=source, destination=destination)
    if kind in (PARTNER_ONLY if partner_id is None else COALITION_ONLY):
        raise Invalid("posting_not_allowed", "partner_id", kind=kind)
