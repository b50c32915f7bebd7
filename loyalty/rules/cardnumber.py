"""Card numbers with check digit, rotating code, PINs and claim codes, and how names are masked."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from loyalty.errors import Malformed

PREFIX = "27"
WINDOW_SECONDS = 30
# 32 signs that look like no other: no I, O, 0, 1.
CLAIM_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class CardRead:
    """What a scanner read: the 16 digits, and the 6 of the rotating code if they were there."""

    number: str
    code: str | None = None


def luhn(digits: str) -> str:
    """The check digit that follows `digits` (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def make(random_digits: str) -> str:
    """A card number from 13 random digits: 27, these, check digit."""
    if len(random_digits) != 13 or not _digits(random_digits):
        raise ValueError("13 digits make a card number")
    return PREFIX + random_digits + luhn(PREFIX + random_digits)


def parse(text: str) -> CardRead:
    """Read 16 digits (as printed) or 22 (with rotating code). Raises Malformed `card_invalid`."""
    number, code = text[:16], text[16:]
    if len(text) not in (16, 22) or not _digits(text) or not number.startswith(PREFIX):
        raise Malformed("card_invalid", "card")
    if luhn(number[:15]) != number[15]:
        raise Malformed("card_invalid", "card")
    return CardRead(number, code or None)


def key_of(server_key: bytes, number: str) -> bytes:
    """What the books keep instead of the card number: HMAC-SHA256, 32 bytes."""
    return hmac.digest(server_key, b"card:" + number.encode(), sha256)


def pin_hash(server_key: bytes, member_id: UUID, pin: str) -> bytes:
    """What is stored of a PIN: HMAC-SHA256 with the server's key, 32 bytes, different for each member."""
    return hmac.digest(server_key, b"pin:" + member_id.bytes + pin.encode("utf-8", "surrogatepass"), sha256)


def code_at(secret: bytes, step: int) -> str:
    """The six digits for time step `step` = unix time // 30 (RFC 6238, SHA-256)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), sha256)
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"


def matching_step(secret: bytes, code: str, at: datetime) -> int | None:
    """The step among the last, this and the next at `at` whose code this is; None if it is none of them."""
    now = int(at.timestamp()) // WINDOW_SECONDS
    found = None
    for step in (now - 1, now, now + 1):
        # No early end: the time taken must not tell which one matched.
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "surrogatepass")):
            found = step
    return found


def claim_code(entropy: bytes) -> str:
    """A code to be typed by hand, "XXXX-XXXX", from at least 5 random bytes (40 bits)."""
    number = int.from_bytes(entropy[:5], "big")
    signs = "".join(CLAIM_SIGNS[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{signs[:4]}-{signs[4:]}"


def claim_as_made(text: str) -> str:
    """A typed claim code as `claim_code` writes it: capitals, one hyphen; other signs are left for the
    look-up to miss."""
    signs = "".join(text.upper().split()).replace("-", "")
    return f"{signs[:4]}-{signs[4:]}"


def mask_name(name: str) -> str:
    """First name and initial of the last: "Anna Kaiser" -> "Anna K."."""
    first, *others = name.split() or [""]
    return f"{first} {others[-1][0]}." if others else first


def mask_phone(phone: str) -> str:
    """The last two digits only: "+49 170 1234567" -> "••• 67"."""
    return f"••• {''.join(sign for sign in phone if sign.isdigit())[-2:]}"


def mask_email(email: str) -> str:
    """First letters and the top level only: "anna@street.example" -> "a•••@s•••.example"."""
    name, _, host = email.rpartition("@")
    domain, _, top = host.rpartition(".")
    return f"{name[:1]}•••@{domain[:1]}•••.{top}" if name and domain else "•••"


def _digits(text: str) -> bool:
    """ASCII digits only: isdigit() alone also takes ² and ٣."""
    return text.isascii() and text.isdigit()
