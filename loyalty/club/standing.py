"""Where members stand, for the till's path to read. This is the only writer of `standing`."""

from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

PLACE = text("""
INSERT INTO standing AS s (member_id, tier, factor, club, since)
VALUES (:member_id, :tier, CAST(:factor AS numeric), :club, :at)
ON CONFLICT (member_id) DO UPDATE SET
  tier = excluded.tier, factor = excluded.factor, club = excluded.club, since = excluded.since
WHERE (s.tier, s.factor, s.club) IS DISTINCT FROM (excluded.tier, excluded.factor, excluded.club)
""")


def place(
    session: Session, member_id: UUID, tier: str | None, factor: Fraction, club: bool, at: datetime
) -> None:
    """Set tier, factor (1 to 10, thousandths) and club; `since` moves only when something changes.

    It counts from the member's next purchase on; nothing booked is computed anew.
    """
    thousandths = factor * 1000
    if thousandths.denominator != 1:
        raise ValueError(f"a factor has at most three decimals: {factor}")
    whole, rest = divmod(thousandths.numerator, 1000)
    values = {"member_id": member_id, "tier": tier, "factor": f"{whole}.{rest:03}", "club": club, "at": at}
    session.execute(PLACE, values)
