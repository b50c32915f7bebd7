"""Keys of tills: `emma_till_<id>_<secret>_<checksum>`. Only the SHA-256 of the secret is kept."""

import base64
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Conflict, Invalid, Malformed, Missing
from partners.models import ApiKey, Till

PREFIX = "emma_till"
SCOPES = ("post", "redeem", "search", "signup")
MOST_LIVE = 2  # the old one and the new one, while a till changes over
ID_BYTES, SECRET_BYTES = 5, 32
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Keyring:
    """A key as the database knows it, with the till, shop and partner it opens, and the revision of the terms."""

    id: str
    digest: bytes
    scopes: frozenset[str]
    revoked_at: datetime | None
    till_id: UUID
    till_name: str
    shop_id: UUID
    shop_name: str
    time_zone: str
    partner_id: UUID
    partner_code: str
    partner_name: str
    left_at: datetime | None
    cut_off_on: date | None
    terms_revision: int

    def opens(self, secret: str) -> bool:
        """Whether this secret is the key's, and the key not revoked."""
        return hmac.compare_digest(self.digest, _digest(secret)) and self.revoked_at is None

    def winds_up(self, today: date) -> bool:
        """Whether its partner has left, but may still take back what it sold."""
        return self.left_at is not None and self.cut_off_on is not None and today <= self.cut_off_on


def issue(
    session: Session,
    till_id: UUID,
    scopes: Iterable[str],
    at: datetime,
    entropy: Callable[[int], bytes],
) -> str:
    """A new key for the till: the only time its text is seen. `entropy(n)` gives n random bytes.

    Raises Invalid `scope_unknown`, Missing `till_unknown`, Conflict `too_many_keys` when two are live.
    """
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(SCOPES):
        raise Invalid("scope_unknown", "scopes")
    # Under the till's lock: of two issued at once, the second counts the first.
    if session.scalar(select(Till.id).where(Till.id == till_id).with_for_update(key_share=True)) is None:
        raise Missing("till_unknown", "till")
    live = select(func.count()).where(ApiKey.till_id == till_id, ApiKey.revoked_at.is_(None))
    if session.scalar(live) >= MOST_LIVE:
        raise Conflict("too_many_keys", "till")
    key_id, secret = _signs(entropy(ID_BYTES)), _signs(entropy(SECRET_BYTES))
    session.execute(
        insert(ApiKey).values(
            id=key_id, till_id=till_id, digest=_digest(secret), scopes=wanted, issued_at=at
        )
    )  # fmt: skip
    return written(key_id, secret)


def revoke(session: Session, key_id: str, at: datetime) -> None:
    """The key is refused from now on, within a second or two everywhere. Raises Missing `key_unknown`."""
    change = update(ApiKey).where(ApiKey.id == key_id)
    found = change.values(revoked_at=func.coalesce(ApiKey.revoked_at, at)).returning(ApiKey.id)
    if session.scalar(found) is None:
        raise Missing("key_unknown", "key")


def parse(text: str) -> tuple[str, str]:
    """Id and secret of a key as it was sent. The checksum tells a typo without the database.

    Raises Malformed `key_invalid`.
    """
    parts = text.split("_") if len(text) <= LONGEST and text.isascii() else []
    if len(parts) != 5 or "_".join(parts[:2]) != PREFIX:
        raise Malformed("key_invalid")
    key_id, secret, checksum = parts[2:]
    if not hmac.compare_digest(_checksum(key_id, secret), checksum):
        raise Malformed("key_invalid")
    return key_id, secret


KEYRING = """
SELECT k.id, k.digest, k.scopes, k.revoked_at, t.id, t.name, s.id, s.name, s.time_zone, p.id, p.code, p.name, p.left_at,
       e.cut_off_on, r.revision
FROM api_key k JOIN till t ON t.id = k.till_id JOIN shop s ON s.id = t.shop_id JOIN partner p ON p.id = s.partner_id
LEFT JOIN partner_exit e ON e.partner_id = p.id CROSS JOIN terms_revision r WHERE k.id = %s"""


def look_up(session: Session, key_id: str) -> Keyring | None:
    """All that a till's call must know of its key, in one query. None: no such key."""
    row = driver(session).execute(KEYRING, [key_id], prepare=True).fetchone()
    if row is None:
        return None
    key, digest, scopes, *rest = row
    return Keyring(key, bytes(digest), frozenset(scopes), *rest)


def of_till(session: Session, till_id: UUID) -> list[ApiKey]:
    """The till's keys, newest first; their texts are nowhere."""
    return list(
        session.scalars(select(ApiKey).where(ApiKey.till_id == till_id).order_by(ApiKey.issued_at.desc()))
    )


def written(key_id: str, secret: str) -> str:
    """The key as a till sends it."""
    return f"{PREFIX}_{key_id}_{secret}_{_checksum(key_id, secret)}"


def _checksum(key_id: str, secret: str) -> str:
    return sha256(f"{PREFIX}_{key_id}_{secret}".encode()).hexdigest()[:6]


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _signs(entropy: bytes) -> str:
    """Letters and the digits 2 to 7: survives being read aloud, and has no underscore."""
    return base64.b32encode(entropy).decode().rstrip("=").lower()
