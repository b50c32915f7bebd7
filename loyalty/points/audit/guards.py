"""Guards: what the database itself should refuse, looked at as if it had not."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.points.audit.finding import Finding, found
from loyalty.rules.postings import ALLOWED, COALITION_ONLY, PARTNER_ONLY

FORBIDDEN = """
SELECT t.id, concat('may not be: ', t.kind, ' of ', t.points, ' from ', t.source, ' to ', t.destination,
                    ', partner ', coalesce(t.partner_id::text, 'none'))
FROM transfer t
WHERE t.points <= 0 OR concat_ws(' ', t.kind, t.source, t.destination) <> ALL(%(allowed)s)
   OR t.partner_id IS NULL AND t.kind = ANY(%(partner_only)s)
   OR t.partner_id IS NOT NULL AND t.kind = ANY(%(coalition_only)s)"""

KEPT = (
    "transfer", "lot_use", "purchase", "purchase_return", "redemption", "redemption_reversal", "seal", "rulebook",
    "access_log", "published_head", "contract", "settlement_line", "settlement_pair", "settlement_step", "paper",
    "paper_file", "leg_entry", "bank_file", "bank_entry", "audit_log",
)  # fmt: skip
# UPDATE, DELETE and TRUNCATE before each statement: 16 + 8 + 32 and 2 for `before` in tgtype; O and A: it fires.
UNGUARDED = """
SELECT kept, 'can be changed: its trigger against UPDATE, DELETE and TRUNCATE is missing or off'
FROM unnest(%(tables)s::text[]) AS kept
WHERE NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = to_regclass(kept) AND tgname = 'append_only' AND tgenabled IN ('O', 'A')
    AND tgtype & 58 = 58)"""

STOCK = "SELECT id, concat('stock ', stock, ', points ', points) FROM reward WHERE stock < 0 OR points <= 0"


def allowed(session: Session, _: datetime) -> Iterator[Finding]:
    """Every transfer is one that may exist."""
    values = {
        "allowed": [" ".join(posting) for posting in ALLOWED],
        "partner_only": list(PARTNER_ONLY),
        "coalition_only": list(COALITION_ONLY),
    }
    return found(session, "guards.allowed", "transfer", FORBIDDEN, values)


def append_only(session: Session, _: datetime) -> Iterator[Finding]:
    """The tables that are only ever added to are guarded."""
    return found(session, "guards.append_only", "pg_trigger", UNGUARDED, {"tables": list(KEPT)})


def stock(session: Session, _: datetime) -> Iterator[Finding]:
    """No reward was given that was not there."""
    return found(session, "guards.stock", "reward", STOCK)
