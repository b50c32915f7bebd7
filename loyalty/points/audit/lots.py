"""Lots: made by the transfers that brought the points, and holding what their uses left."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.points.audit.finding import Finding, found
from loyalty.rules.lots import HELD

# A reversal gives points back to the lots they came from, which is a use; or, when that wallet was merged into
# another since, as new lots.
ORIGINS = """
SELECT id, CASE WHEN l.points IS NULL THEN concat('transfer of ', t.points, ' points made no lot')
                WHEN t.points IS NULL THEN concat('lot of ', l.points, ' points that no transfer made')
                ELSE concat('lot of ', l.points, ' points for issuer ', l.issuer_id, ' and cause ', l.cause,
                            '; its transfer: ', t.points, ', ', t.partner_id, ', ', t.cause) END
FROM lot l FULL JOIN (
    SELECT coalesce(t.other_wallet_id, t.wallet_id) AS wallet_id, t.id, t.source, t.points, t.partner_id, t.cause
    FROM transfer t
    WHERE t.destination = 'wallet' AND t.kind <> 'release' AND NOT (t.kind = 'redemption_reversal' AND EXISTS (
        SELECT FROM lot_use u WHERE u.wallet_id = t.wallet_id AND u.transfer_id = t.id))
) t USING (wallet_id, id)
WHERE l.points IS DISTINCT FROM t.points
   OR t.source = 'issued' AND (l.issuer_id, l.cause) IS DISTINCT FROM (t.partner_id, t.cause)"""

RESTS = """
SELECT l.id, concat('remaining ', l.remaining, ' of ', l.points, '; its uses leave ', l.points - coalesce(u.points, 0))
FROM lot l LEFT JOIN (
    SELECT wallet_id, lot_id, sum(points) AS points FROM lot_use GROUP BY wallet_id, lot_id
) u ON u.wallet_id = l.wallet_id AND u.lot_id = l.id
WHERE l.remaining <> l.points - coalesce(u.points, 0) OR l.remaining NOT BETWEEN 0 AND l.points"""

SUMS = """
SELECT w.id, concat('balance ', w.balance, ', but its lots hold ', coalesce(l.remaining, 0))
FROM wallet w LEFT JOIN (SELECT wallet_id, sum(remaining) AS remaining FROM lot GROUP BY wallet_id) l
     ON l.wallet_id = w.id
WHERE w.balance <> coalesce(l.remaining, 0)"""

# A lot may be held when it moves, and become available where it is now: what it left behind stays as it was.
MERGED = f"""
SELECT fresh.id, concat('merged lot differs from ', old.id, ' in issuer, contract, price, dates or cause')
FROM transfer t
JOIN lot_use u ON u.wallet_id = t.wallet_id AND u.transfer_id = t.id
JOIN lot old ON old.wallet_id = u.wallet_id AND old.id = u.lot_id
JOIN lot fresh ON fresh.wallet_id = t.other_wallet_id AND fresh.id = t.id
WHERE t.kind = 'merge' AND (fresh.expires_at < old.expires_at
    OR old.available_from <> fresh.available_from AND old.available_from < '{HELD}'
    OR (old.issuer_id, old.contract_id, old.point_value_ct, old.created_at, old.cause)
       IS DISTINCT FROM
       (fresh.issuer_id, fresh.contract_id, fresh.point_value_ct, fresh.created_at, fresh.cause))"""


def origins(session: Session, _: datetime) -> Iterator[Finding]:
    """Each transfer into a wallet made one lot of as many points, for the same issuer and cause; no lot came alone."""
    return found(session, "lots.origins", "lot", ORIGINS)


def rests(session: Session, _: datetime) -> Iterator[Finding]:
    """What remains of a lot is its points less its uses, never below nothing nor above the whole."""
    return found(session, "lots.rests", "lot", RESTS)


def sums(session: Session, _: datetime) -> Iterator[Finding]:
    """What remains of a wallet's lots is its balance."""
    return found(session, "lots.sums", "wallet", SUMS)


def merged(session: Session, _: datetime) -> Iterator[Finding]:
    """A lot that moved with its member kept issuer, contract, price, dates and cause (and may have got grace since)."""
    return found(session, "lots.merged", "lot", MERGED)
