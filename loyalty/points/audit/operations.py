"""Purchases, returns, redemptions, adjustments against the transfers they caused: none missing, none invented."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.points.audit.finding import Finding, found

AWARDED = """
    SELECT o.wallet_id, o.id, {kind} AS kind, sum(a.points) AS points,
           CASE a.funder WHEN 'partner' THEN o.partner_id::text ELSE a.funder END AS issuer
    FROM {table} o CROSS JOIN jsonb_to_recordset(o.awards) AS a(kind text, funder text, points numeric)
    GROUP BY 1, 2, 3, 5 HAVING sum(a.points) <> 0"""

MOVED = """
    SELECT wallet_id, cause AS id, {kind} AS kind, sum(points) AS points,
           coalesce(partner_id::text, 'coalition') AS issuer
    FROM transfer WHERE kind IN ({kinds}) GROUP BY 1, 2, 3, 5"""

DIFFERENCES = """
SELECT id, concat({what}, coalesce(a.points, 0), ' points of issuer ', issuer, ', but transfers of ',
                  coalesce(m.points, 0))
FROM ({awarded}) a FULL JOIN ({moved}) m USING (wallet_id, id, kind, issuer)
WHERE a.points IS DISTINCT FROM m.points"""

AWARDS = DIFFERENCES.format(
    what="kind, ': awards of '",
    awarded=AWARDED.format(table="purchase", kind="a.kind"),
    moved=MOVED.format(kind="kind", kinds="'earn', 'bonus', 'welcome'"),
)
RETURNS = DIFFERENCES.format(
    what="'took back '",
    awarded=AWARDED.format(table="purchase_return", kind="''"),
    moved=MOVED.format(kind="''", kinds="'return', 'debt'"),
)
TAKEN = """
SELECT r.id, concat('took back ', r.points, ', of it debt ', r.debt, '; its awards say ', a.points,
                    ', its transfers ', coalesce(t.debt, 0))
FROM purchase_return r
CROSS JOIN LATERAL (
    SELECT coalesce(sum(points), 0) AS points FROM jsonb_to_recordset(r.awards) AS award(points numeric)) a
LEFT JOIN (SELECT wallet_id, cause, sum(points) AS debt FROM transfer WHERE kind = 'debt' GROUP BY 1, 2) t
     ON t.wallet_id = r.wallet_id AND t.cause = r.id
WHERE r.points <> a.points OR r.debt <> coalesce(t.debt, 0)"""

PURCHASES = """
SELECT p.id, concat('points ', p.points, '; its awards sum up to ', a.points)
FROM purchase p CROSS JOIN LATERAL (
    SELECT coalesce(sum(points), 0) AS points FROM jsonb_to_recordset(p.awards) AS award(points numeric)) a
WHERE p.points <> a.points"""

PAID = """
SELECT p.id, concat('paid with points: ', p.paid_cents, ' ct; the redemptions it names were worth ',
                    coalesce(r.cents, 0))
FROM purchase p LEFT JOIN (
    SELECT p.wallet_id, p.id, sum(r.value_cents) AS cents
    FROM purchase p CROSS JOIN jsonb_array_elements_text(p.redemptions) AS spent
    JOIN redemption r ON r.id = spent::uuid
    WHERE p.redemptions <> '[]' GROUP BY 1, 2
) r USING (wallet_id, id)
WHERE p.paid_cents <> coalesce(r.cents, 0)"""

REDEMPTIONS = """
SELECT id, concat('spent ', r.points, ' points, transfers of ', coalesce(t.points, 0))
FROM redemption r FULL JOIN (
    SELECT wallet_id, cause AS id, partner_id, sum(points) AS points
    FROM transfer WHERE kind = 'redeem' GROUP BY 1, 2, 3
) t USING (wallet_id, id, partner_id)
WHERE r.points IS DISTINCT FROM t.points"""

REVERSALS = """
SELECT coalesce(v.id, t.id), concat('gave back ', v.points, ' of ', r.points, ' points, transfers of ',
                                    coalesce(t.points, 0))
FROM redemption_reversal v FULL JOIN (
    SELECT wallet_id, cause AS id, partner_id, sum(points) AS points
    FROM transfer WHERE kind = 'redemption_reversal' GROUP BY 1, 2, 3
) t USING (wallet_id, id, partner_id)
LEFT JOIN redemption r ON r.id = v.redemption_id AND r.partner_id = v.partner_id
WHERE v.points IS DISTINCT FROM t.points OR v.points IS DISTINCT FROM r.points
   OR EXISTS (SELECT FROM redemption_reversal w WHERE w.redemption_id = v.redemption_id AND w.id <> v.id)"""

ADJUSTMENTS = """
SELECT id, concat('asked for ', a.points, ' points, is ', a.state, ', decided by ', a.decided_by, '; transfers of ',
                  coalesce(t.points, 0), ' points for ', reason)
FROM adjustment a FULL JOIN (
    SELECT wallet_id, cause AS id, reason, sum(CASE source WHEN 'issued' THEN points ELSE -points END) AS points
    FROM transfer WHERE kind = 'adjust' GROUP BY 1, 2, 3
) t USING (wallet_id, id, reason)
WHERE t.points IS DISTINCT FROM CASE a.state WHEN 'done' THEN a.points END
   OR a.state = 'done' AND a.four_eyes AND coalesce(a.decided_by, a.asked_by) = a.asked_by"""

CAUSES = {
    "purchase": ("earn", "bonus", "welcome", "debt_repaid"),
    "purchase_return": ("return", "debt"),
    "redemption": ("redeem",),
    "redemption_reversal": ("redemption_reversal",),
    "lot": ("expire",),
    "adjustment": ("adjust",),
    "member": ("merge", "forfeit", "debt_written_off"),
}
WITHOUT_CAUSE = """
SELECT t.id, concat(t.kind, ' of ', t.points, ' points; its cause ', t.cause, ' is no {table}')
FROM transfer t WHERE t.kind = ANY(%(kinds)s) AND NOT EXISTS (SELECT FROM {table} c WHERE c.id = t.cause)"""


def purchases(session: Session, _: datetime) -> Iterator[Finding]:
    """A purchase's points are the sum of its awards."""
    return found(session, "operations.purchases", "purchase", PURCHASES)


def awards(session: Session, _: datetime) -> Iterator[Finding]:
    """The awards of a purchase are its transfers, by kind and by who funds them."""
    return found(session, "operations.awards", "purchase", AWARDS)


def paid(session: Session, _: datetime) -> Iterator[Finding]:
    """What points paid of a receipt is what the redemptions it names were worth."""
    return found(session, "operations.paid", "purchase", PAID)


def returns(session: Session, _: datetime) -> Iterator[Finding]:
    """What a return took is its transfers back to each issuer and the debt it left."""
    yield from found(session, "operations.returns", "purchase_return", RETURNS)
    yield from found(session, "operations.returns", "purchase_return", TAKEN)


def redemptions(session: Session, _: datetime) -> Iterator[Finding]:
    """A redemption moved its points to the partner where it happened."""
    return found(session, "operations.redemptions", "redemption", REDEMPTIONS)


def reversals(session: Session, _: datetime) -> Iterator[Finding]:
    """A reversal gave back what its redemption had spent, at the same partner, once."""
    return found(session, "operations.reversals", "redemption_reversal", REVERSALS)


def adjustments(session: Session, _: datetime) -> Iterator[Finding]:
    """What was adjusted by hand is what somebody asked for, and where it took two, another one agreed."""
    return found(session, "operations.adjustments", "adjustment", ADJUSTMENTS)


def causes(session: Session, _: datetime) -> Iterator[Finding]:
    """What a transfer says has caused it is in the books."""
    for table, kinds in CAUSES.items():
        query = WITHOUT_CAUSE.format(table=table)
        yield from found(session, "operations.causes", "transfer", query, {"kinds": list(kinds)})
