"""What a scenario says, read and frozen. Prices are ct per point, rates basis points, money cents. No behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loyalty.rules.basket import Line
from loyalty.rules.netting import Breakage, Funding


@dataclass(frozen=True, slots=True)
class Tier:
    """Reached with `credits` euros of contribution margin in twelve months; points are multiplied by `factor`."""

    name: str
    credits: int
    factor: Decimal


@dataclass(frozen=True, slots=True)
class CoalitionPlan:
    """What holds for every partner. `reimbursement_ct` None: as much as the point value."""

    time_zone: str
    funding: Funding
    breakage: Breakage
    point_value_ct: Decimal
    service_fee_ct: Decimal
    reimbursement_ct: Decimal | None
    fee_vat_bp: int
    points_per_euro: int
    expiry_months: int
    pending_days: int
    margin_bp: int
    cost_to_serve_cents: int
    vat_bp: int
    tiers: tuple[Tier, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A partner's contract from `since` on (None: from the beginning). None: as the coalition has it."""

    since: datetime | None = None
    funding: Funding | None = None
    point_value_ct: Decimal | None = None
    service_fee_ct: Decimal | None = None
    reimbursement_ct: Decimal | None = None
    points_per_euro: int | None = None
    margin_bp: int | None = None
    cost_to_serve_cents: int | None = None


@dataclass(frozen=True, slots=True)
class PartnerPlan:
    """A partner with the versions of its contract, oldest first; there is always one."""

    id: str
    versions: tuple[Version, ...]
    credit_limit_cents: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a moment, told by its number in the file."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Purchase(Event):
    """A member buys. `receipt` None: nothing refers to it."""

    member: str
    partner: str
    receipt: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Redeem(Event):
    """Points become money off. `id` None: nothing refers to it."""

    id: str | None
    member: str
    partner: str
    points: int


@dataclass(frozen=True, slots=True)
class Return(Event):
    """Goods of a receipt come back. `pieces`: line -> quantity, None: all that is left."""

    partner: str
    receipt: str
    pieces: Mapping[int, int] | None


@dataclass(frozen=True, slots=True)
class Reverse(Event):
    """A redemption is undone."""

    redemption: str


@dataclass(frozen=True, slots=True)
class Nightly(Event):
    """What a night does."""


@dataclass(frozen=True, slots=True)
class Settle(Event):
    """A period is settled, released and paid."""

    period: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole file."""

    coalition: CoalitionPlan
    partners: tuple[PartnerPlan, ...]
    members: tuple[str, ...]
    events: tuple[Event, ...]
