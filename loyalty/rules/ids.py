"""UUIDv7 (RFC 9562): ids that sort by the time they were made. Time and randomness are given."""

from datetime import datetime
from uuid import UUID


def uuid7(at: datetime, entropy: bytes) -> UUID:
    """An id for the moment `at` (aware) from at least 10 random bytes."""
    milliseconds = int(at.timestamp() * 1000)
    tail = int.from_bytes(entropy[:10], "big")
    high = (milliseconds << 16) | 0x7000 | (tail >> 68 & 0x0FFF)
    low = (0b10 << 62) | (tail & 0x3FFF_FFFF_FFFF_FFFF)
    return UUID(int=(high << 64) | low)
