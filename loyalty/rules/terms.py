"""What a partner grants and pays (Terms), where a member stands (Standing): frozen, made elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Literal
from uuid import UUID

ExpiryRule = Literal["months", "quarter", "year"]
Funder = str  # "partner" (who sells), "coalition", or the id of a partner


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one earning rule.

    `code` names the rule through all versions. `partner_id` None: holds at every partner. `params` depend on
    `kind` (loyalty.rules.earning). Valid for purchases with valid_from <= purchased_at < valid_until.
    """

    code: str
    version: int
    kind: str
    name: str
    params: Mapping[str, object]
    partner_id: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    priority: int = 0
    stacks: bool = False
    funder: Funder = "partner"


@dataclass(frozen=True, slots=True)
class CategoryTerms:
    """Rates of a partner's category. None: the partner's default holds."""

    margin_bp: int | None = None
    vat_bp: int | None = None
    earns: bool = True
    perks: bool = True


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """Rates of a product. None: its category's hold."""

    category: str | None = None
    margin_bp: int | None = None
    vat_bp: int | None = None
    earns: bool | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """One dated version of what partner and coalition agreed. Prices in ct per point, net of VAT."""

    id: UUID
    valid_from: datetime
    point_value_ct: Decimal = Decimal("1.000")
    service_fee_ct: Decimal = Decimal("0.150")
    reimbursement_ct: Decimal = Decimal("1.000")


@dataclass(frozen=True, slots=True)
class Programme:
    """What holds for the whole coalition. Times of expiry are ends of local days in `time_zone`."""

    time_zone: str = "Europe/Berlin"
    point_value_ct: Decimal = Decimal("1.000")
    expiry_rule: ExpiryRule = "months"
    expiry_months: int = 36
    pending_days: int = 0
    margin_bp: int = 3000
    vat_bp: int = 1900
    cost_to_serve_cents: int = 150
    grace_days: int = 30


@dataclass(frozen=True, slots=True)
class RewardOffer:
    """A reward within reach, for the till's 'so many points to go'."""

    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Terms:
    """All that `points` must know of one partner and may not look up. `contracts` newest first.

    `funders`: contracts of other partners whose rules give points here. `held`: new points wait until the partner has
    paid what it owes.
    """

    partner_id: UUID
    programme: Programme
    contracts: tuple[Contract, ...]
    rules: tuple[Rule, ...]
    rulebook_id: UUID
    categories: Mapping[str, CategoryTerms] = field(default_factory=lambda: MappingProxyType({}))
    products: Mapping[str, ProductTerms] = field(default_factory=lambda: MappingProxyType({}))
    margin_bp: int | None = None
    vat_bp: int | None = None
    cost_to_serve_cents: int | None = None
    rewards: tuple[RewardOffer, ...] = ()
    funders: Mapping[UUID, tuple[Contract, ...]] = field(default_factory=lambda: MappingProxyType({}))
    held: bool = False

    def contract_at(self, at: datetime) -> Contract:
        """The version in force at `at`; before the first one, the first."""
        return _in_force(self.contracts, at)

    def contract(self, contract_id: UUID) -> Contract:
        """One of the partner's versions by its id."""
        return next(contract for contract in self.contracts if contract.id == contract_id)

    def contract_of(self, issuer_id: UUID | None, at: datetime) -> Contract | None:
        """As `contract_at`, of whoever stands for points given here; None: the coalition, which has none."""
        if issuer_id is None or issuer_id == self.partner_id:
            return None if issuer_id is None else self.contract_at(at)
        theirs = self.funders.get(issuer_id)
        return _in_force(theirs, at) if theirs else None


def _in_force(contracts: tuple[Contract, ...], at: datetime) -> Contract:
    return next((contract for contract in contracts if contract.valid_from <= at), contracts[-1])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands in the club when a purchase is booked."""

    tier: str | None = None
    factor: Fraction = Fraction(1)
    club: bool = False
