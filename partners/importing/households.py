"""Members of imported households: each gets a wallet, a profile and a card at its first receipt, and keeps them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.rules import cardnumber

# Instead of a till: members of an import are found by (this, household), whichever shop they bought at.
ORIGIN = UUID("00000000-0000-7000-8000-00000000c5f0")

CARDS = """
SELECT m.key, c.number, m.erased_at IS NOT NULL FROM member m
LEFT JOIN LATERAL (SELECT number FROM card WHERE member_id = m.id
                   ORDER BY blocked_at IS NOT NULL, issued_at DESC, number
                   LIMIT 1) c ON true
WHERE m.till_id = %s AND m.key = ANY(%s)"""
JOIN = """
WITH new AS (
    SELECT * FROM unnest(%(members)s::uuid[], %(wallets)s::uuid[], %(keys)s::text[], %(prints)s::bytea[],
                         %(joined)s::timestamptz[], %(cards)s::text[])
    AS x (id, wallet_id, key, fingerprint, joined_at, card)
), w AS (INSERT INTO wallet (id, opened_at) SELECT wallet_id, joined_at FROM new
), m AS (INSERT INTO member (id, wallet_id, joined_at, till_id, key, fingerprint)
         SELECT id, wallet_id, joined_at, %(origin)s, key, fingerprint FROM new
), p AS (INSERT INTO profile (member_id, first_name) SELECT id, key FROM new)
INSERT INTO card (number, member_id, issued_at) SELECT card, id, joined_at FROM new"""


def cards(session: Session, households: Sequence[str]) -> dict[str, str | None]:
    """The card of each household that has a member; None when the member was erased."""
    rows = driver(session).execute(CARDS, [ORIGIN, list(households)], prepare=True)
    return {key: None if erased else card for key, card, erased in rows}


def join(
    session: Session,
    first_bought: Mapping[str, datetime],
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> None:
    """Make a member of every household, who joined when it first bought. Its number is the only name known.

    A card number that is taken makes the insert raise UniqueViolation (member_till_id_key_key: somebody else imports
    the same household): the door runs it again.
    """
    numbers = [cardnumber.make(f"{int.from_bytes(entropy(8), 'big') % 10**13:013}") for _ in first_bought]
    values: dict[str, Any] = {
        "members": [new_id() for _ in first_bought],
        "wallets": [new_id() for _ in first_bought],
        "keys": list(first_bought),
        "prints": [sha256(household.encode()).digest() for household in first_bought],
        "joined": list(first_bought.values()),
        "cards": numbers,
        "origin": ORIGIN,
    }
    driver(session).execute(JOIN, values)
