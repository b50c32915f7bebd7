"""Uses: which lots a transfer drew on, whether it might, and what a reversal gave back."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.points.audit.finding import Finding, found

COMPLETE = """
WITH used AS (
    SELECT wallet_id, transfer_id AS id, sum(points) AS points FROM lot_use GROUP BY wallet_id, transfer_id
)
SELECT id, concat('transfer ', t.kind, ' of ', t.points, ' points; uses of lots sum up to ', coalesce(u.points, 0))
FROM used u FULL JOIN transfer t USING (wallet_id, id)
WHERE coalesce(u.points, 0) IS DISTINCT FROM CASE
    WHEN t.id IS NULL THEN NULL
    WHEN t.source = 'wallet' THEN t.points
    WHEN t.kind = 'release' OR t.kind = 'redemption_reversal' AND u.points IS NOT NULL THEN -t.points
    ELSE 0 END"""

OF_KNOWN_LOTS = """
SELECT u.id, concat('draws on lot ', u.lot_id, ', which is not there')
FROM lot_use u LEFT JOIN lot l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id WHERE l.id IS NULL"""

# A lot that got points back may have got days of grace as well, so when it ended before is not known any more.
IN_TIME = """
SELECT u.id, concat(t.kind, ' at ', t.at, ' drew on lot ', l.id, ', good from ', l.available_from,
                    ' until ', l.expires_at)
FROM lot_use u
JOIN transfer t ON t.wallet_id = u.wallet_id AND t.id = u.transfer_id
JOIN lot l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id
WHERE t.kind IN ('redeem', 'adjust', 'reserve', 'pass_on') AND (l.available_from > t.at OR l.expires_at <= t.at)
   OR t.kind = 'expire' AND l.expires_at > t.at AND NOT EXISTS (
      SELECT FROM lot_use back WHERE back.wallet_id = l.wallet_id AND back.lot_id = l.id AND back.points < 0)"""

# A lot lived in its wallet from the version that made it to the version that used it up. Lots that got points back are
# left out: what they held and when they ended in between is not known any more.
IN_ORDER = """
WITH used AS (
    SELECT u.wallet_id, u.id, u.lot_id, u.points, t.kind, t.at, t.version
    FROM lot_use u JOIN transfer t ON t.wallet_id = u.wallet_id AND t.id = u.transfer_id
), spent AS (
    SELECT wallet_id, lot_id, sum(points) AS points, min(points) AS least, max(version) AS last
    FROM used GROUP BY wallet_id, lot_id
), lived AS (
    SELECT l.wallet_id, l.id, l.expires_at, l.created_at, l.available_from,
           coalesce(t.other_version, t.version) AS first,
           CASE WHEN l.points > coalesce(s.points, 0) THEN 2147483647 ELSE s.last END AS last
    FROM lot l JOIN transfer t ON t.id = l.id AND coalesce(t.other_wallet_id, t.wallet_id) = l.wallet_id
    LEFT JOIN spent s ON s.wallet_id = l.wallet_id AND s.lot_id = l.id
    WHERE coalesce(s.least, 1) > 0
)
SELECT DISTINCT ON (u.id) u.id, concat('spent from lot ', l.id, ' although lot ', better.id, ' expires first')
FROM used u JOIN lived l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id
JOIN lived better ON better.wallet_id = u.wallet_id
     AND (better.expires_at, better.created_at, better.id) < (l.expires_at, l.created_at, l.id)
WHERE u.kind IN ('redeem', 'adjust') AND better.first < u.version AND u.version < better.last
  AND better.available_from <= u.at AND u.at < better.expires_at"""

GIVEN_BACK = """
WITH undone AS (
    SELECT v.id, v.wallet_id, r.id AS redemption_id, r.wallet_id AS home
    FROM redemption_reversal v JOIN redemption r ON r.id = v.redemption_id
), drawn AS (
    SELECT v.id, CASE WHEN v.home = v.wallet_id THEN u.lot_id ELSE l.issuer_id END AS place, u.points
    FROM undone v
    JOIN transfer t ON t.wallet_id = v.home AND t.cause = v.redemption_id AND t.kind = 'redeem'
    JOIN lot_use u ON u.wallet_id = t.wallet_id AND u.transfer_id = t.id
    JOIN lot l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id
), back AS (
    SELECT v.id, CASE WHEN u.lot_id IS NOT NULL THEN u.lot_id ELSE l.issuer_id END AS place,
           coalesce(u.points, -t.points) AS points
    FROM undone v
    JOIN transfer t ON t.wallet_id = v.wallet_id AND t.cause = v.id AND t.kind = 'redemption_reversal'
    LEFT JOIN lot_use u ON u.wallet_id = t.wallet_id AND u.transfer_id = t.id
    LEFT JOIN lot l ON l.wallet_id = t.wallet_id AND l.id = t.id
)
SELECT id, concat(sum(points), ' points of lot or issuer ', place, ' were not given back as they were taken')
FROM (SELECT * FROM drawn UNION ALL SELECT * FROM back) both_ways
GROUP BY id, place HAVING sum(points) <> 0"""


def complete(session: Session, _: datetime) -> Iterator[Finding]:
    """What left a wallet left its lots, point for point; what came in as new lots used none."""
    return found(session, "uses.complete", "transfer", COMPLETE)


def of_known_lots(session: Session, _: datetime) -> Iterator[Finding]:
    """Every use is of a lot of the same wallet."""
    return found(session, "uses.of_known_lots", "lot_use", OF_KNOWN_LOTS)


def in_time(session: Session, _: datetime) -> Iterator[Finding]:
    """Nothing was spent before its time or after it, nothing expired early."""
    return found(session, "uses.in_time", "lot_use", IN_TIME)


def in_order(session: Session, _: datetime) -> Iterator[Finding]:
    """What was spent came from the lot that expires first."""
    return found(session, "uses.in_order", "lot_use", IN_ORDER)


def given_back(session: Session, _: datetime) -> Iterator[Finding]:
    """A reversal gave each lot what the redemption took of it (or each issuer, if the wallet was merged since)."""
    return found(session, "uses.given_back", "redemption_reversal", GIVEN_BACK)
