"""Passwords as argon2id hashes. Some 40 ms each: never on a till's path or inside a transaction."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from loyalty.errors import Invalid

SHORTEST = 10
LONGEST = 1024  # characters that are looked at at all
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # what OWASP asks for at least


def hashed(password: str) -> str:
    """The hash to be stored. Raises Invalid `password_invalid` below 10 or above 1024 characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password_invalid", "password", shortest=SHORTEST)
    return HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether it is this password. Without a stored hash it takes as long and says no."""
    if len(password) > LONGEST:
        return False
    try:
        return HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return HASHER.hash("nobody has this one")
