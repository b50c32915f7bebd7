"""The sealer's chain: without gap, of transfers that are there and as they were, in order, with none left behind."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points import entries
from loyalty.points.audit.finding import Finding, found
from loyalty.rules import chain

AT_ONCE = 5_000  # entries held at a time
LAST = 2**63 - 1

GAPS = """
SELECT sequence, concat('follows ', previous) FROM (
    SELECT sequence, lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS previous FROM seal) numbered
WHERE sequence <> previous + 1"""

DISORDER = """
SELECT sequence, CASE WHEN xact IS NULL THEN concat('transfer ', transfer_id, ' is gone')
                      ELSE concat('transfer ', transfer_id, ' stands behind one of a later transaction') END
FROM (SELECT s.sequence, s.transfer_id, t.xact, max(t.xact) OVER (ORDER BY s.sequence) AS latest
      FROM seal s LEFT JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id) numbered
WHERE xact IS NULL OR xact < latest"""

# A number at or above the snapshot's end was given by another server: such rows would never be sealed.
MISSED = """
WITH last AS (
    SELECT t.xact, t.wallet_id, t.version FROM (SELECT * FROM seal ORDER BY sequence DESC LIMIT 1) s
    JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id
)
SELECT t.id, CASE WHEN t.xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
                  THEN concat('transaction ', t.xact, ' is not one of this server')
                  ELSE 'has no number, although later transfers have one' END
FROM transfer t LEFT JOIN seal s ON s.wallet_id = t.wallet_id AND s.transfer_id = t.id
WHERE t.xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
   OR s.sequence IS NULL AND (t.xact, t.wallet_id, t.version) < (SELECT xact, wallet_id, version FROM last)"""

DAYS = """
SELECT sequence, concat('of ', day, ' stands behind ', latest) FROM (
    SELECT sequence, day, max(day) OVER (ORDER BY sequence) AS latest FROM seal) numbered
WHERE day < latest"""

SUMMARY = """
SELECT day, concat('numbers ', d.first_sequence, ' to ', d.last_sequence, '; the seals say ', s.first_sequence,
                   ' to ', s.last_sequence)
FROM sealed_day d FULL JOIN (
    SELECT day, min(sequence) AS first_sequence, max(sequence) AS last_sequence FROM seal GROUP BY day
) s USING (day)
WHERE (d.first_sequence, d.last_sequence) IS DISTINCT FROM (s.first_sequence, s.last_sequence)"""

PUBLISHED = """
SELECT p.sequence, concat('its head went out by ', p.channel, ' as ', encode(p.hash, 'hex'), ', the seal says ',
                          coalesce(encode(s.hash, 'hex'), 'nothing'))
FROM published_head p LEFT JOIN seal s USING (sequence)
WHERE (p.hash, p.day) IS DISTINCT FROM (s.hash, s.day)"""


def gapless(session: Session, _: datetime) -> Iterator[Finding]:
    """The numbers run from 1 without gap."""
    return found(session, "seals.gapless", "seal", GAPS)


def in_order(session: Session, _: datetime) -> Iterator[Finding]:
    """Each number's transfer is there, and numbers follow the transactions."""
    return found(session, "seals.in_order", "seal", DISORDER)


def none_missed(session: Session, _: datetime) -> Iterator[Finding]:
    """No transfer was passed over."""
    return found(session, "seals.none_missed", "transfer", MISSED)


def unchanged(session: Session, _: datetime) -> Iterator[Finding]:
    """Each transfer, with its receipt and lots, still has the leaf it was sealed with; each head follows the last."""
    previous = chain.START
    for sequence, leaf, head, transfer_id, parts in _entries(session):
        if not parts:
            yield Finding("seals.unchanged", "transfer", transfer_id, f"sealed as {sequence}, is gone")
        elif chain.leaf(map(chain.part_hash, parts)) != leaf:
            yield Finding(
                "seals.unchanged", "transfer", transfer_id, f"is not as it was sealed as {sequence}"
            )
        if chain.head(sequence, previous, leaf) != head:
            message = f"transfer {transfer_id}: its head does not follow the one before it"
            yield Finding("seals.unchanged", "seal", str(sequence), message)
        previous = head


def _entries(session: Session) -> Iterator[entries.Entry]:
    """All seals with their parts. Few at a time are found fastest by looking into indexes, as the sealer does."""
    connection = driver(session)
    after = 0
    while True:
        connection.execute("SET LOCAL enable_nestloop = on")
        batch = entries.sealed(connection, after, LAST, AT_ONCE)
        connection.execute("SET LOCAL enable_nestloop = off")
        yield from batch
        if len(batch) < AT_ONCE:
            return
        after = batch[-1].sequence


def days(session: Session, _: datetime) -> Iterator[Finding]:
    """Settlement days never fall, so that each is one stretch of numbers, and the summary of them is right."""
    yield from found(session, "seals.days", "seal", DAYS)
    yield from found(session, "seals.days", "sealed_day", SUMMARY)


def published(session: Session, _: datetime) -> Iterator[Finding]:
    """The heads that went out, by the books' own note, are those of the chain."""
    return found(session, "seals.published", "seal", PUBLISHED)
