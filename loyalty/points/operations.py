"""What every operation at a till carries: where it happens, and the key under which it happens once."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Place:
    """The till that asks, its shop and partner. `time_zone` is the shop's."""

    till_id: UUID
    shop_id: UUID
    partner_id: UUID
    time_zone: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The caller's key for one operation, and the SHA-256 of what was asked (loyalty.rules.fingerprint)."""

    key: str
    fingerprint: bytes
