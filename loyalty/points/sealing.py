"""The sealer: a gapless number for every committed transfer, in an order that no late commit can slip under, and a
chain of hashes over them. It locks nothing the tills use. Settlement, summaries and event cursors count by the number.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Conflict
from loyalty.points import entries
from loyalty.rules import chain
from loyalty.rules.chain import START, Head

ONE_SEALER = 0x5EA1  # advisory lock: a second sealer waits, then sees what the first one sealed

LAST = """
SELECT s.sequence, s.hash, s.day, t.xact, t.wallet_id, t.version
FROM (SELECT * FROM seal ORDER BY sequence DESC LIMIT 1) s
LEFT JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id"""

# No transfer's day is later than the one on which it is sealed, nor does any come into a period that is closed.
BOUNDS = """
SELECT c.time_zone, (%s AT TIME ZONE c.time_zone)::date, (SELECT closed_until FROM sealing_state)
FROM coalition c"""

# A transfer's `xact` is its transaction's number. Below the horizon every transaction has ended, so whatever commits
# later bears a number at or above it and sorts behind all that was sealed before.
BELOW_HORIZON = "t.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
FOLLOWING = f"""
SELECT (t.at AT TIME ZONE %(zone)s)::date, {entries.COLUMNS}
FROM (
    SELECT * FROM transfer t
    WHERE t.xact >= %(xact)s AND {BELOW_HORIZON}
      AND (t.xact, t.wallet_id, t.version) > (%(xact)s, %(wallet)s, %(version)s)
    ORDER BY t.xact, t.wallet_id, t.version LIMIT %(limit)s
) t {entries.JOINS}
ORDER BY t.xact, t.wallet_id, t.version"""

WRITE = """
WITH fresh AS (
    INSERT INTO seal (sequence, wallet_id, transfer_id, sealed_at, day, leaf, hash)
    SELECT sequence, wallet_id, transfer_id, %s, day, decode(leaf, 'hex'), decode(hash, 'hex')
    FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[], %s::date[], %s::text[], %s::text[])
         AS x(sequence, wallet_id, transfer_id, day, leaf, hash)
    RETURNING sequence, day
)
INSERT INTO sealed_day (day, first_sequence, last_sequence) SELECT day, min(sequence), max(sequence) FROM fresh
GROUP BY day ON CONFLICT (day) DO UPDATE SET last_sequence = excluded.last_sequence"""

WAITING = """
SELECT min(at) FROM (
    SELECT t.at FROM transfer t WHERE t.xact >= %s AND (t.xact, t.wallet_id, t.version) > (%s, %s, %s)
    ORDER BY t.xact, t.wallet_id, t.version LIMIT 1) first"""

Connection = psycopg.Connection[Any]


class _Last(NamedTuple):
    """Where the chain ends, and which transfer is behind us."""

    sequence: int = 0
    hash: bytes = START
    day: date = date.min
    xact: int = -1
    wallet_id: UUID = UUID(int=0)
    version: int = 0


def seal(session: Session, at: datetime, limit: int = 10_000) -> int:
    """Number and chain up to `limit` transfers whose transactions have ended; how many. Fewer: all that may be.

    `at` (aware) is the moment of sealing. Raises Conflict `sealed_transfer_missing` when the books end differently
    from the chain: nothing is sealed upon books that somebody has cut.
    """
    connection = driver(session)
    # A statement of its own: the next ones must see what the sealer before us has committed.
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
    last = _last(connection)
    zone, today, closed_until = _bounds(connection, at)
    earliest = max(last.day, closed_until + timedelta(days=1) if closed_until else date.min)
    values = {
        "zone": zone, "limit": limit, "xact": last.xact, "wallet": last.wallet_id, "version": last.version,
    }  # fmt: skip
    rows = connection.execute(FOLLOWING.encode(), values).fetchall()
    if rows:
        columns = zip(*_links(last, rows, earliest, today), strict=True)
        connection.execute(WRITE, [at, *map(list, columns)])
    return len(rows)


def _last(connection: Connection) -> _Last:
    row = connection.execute(LAST).fetchone()
    if row is None:
        return _Last()
    if row[3] is None:
        raise Conflict("sealed_transfer_missing", "sequence", sequence=row[0])
    return _Last(*row)


def _bounds(connection: Connection, at: datetime) -> tuple[str, date, date | None]:
    """The coalition's time zone, its day at `at`, and the last day of closed periods."""
    row = connection.execute(BOUNDS, [at]).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def _links(
    last: _Last, rows: list[Any], earliest: date, today: date
) -> Iterator[tuple[int, str, str, date, str, str]]:
    """Rows of `seal`: number, wallet, transfer, settlement day, leaf and hash."""
    head, day = last.hash, earliest
    for sequence, row in enumerate(rows, last.sequence + 1):
        leaf = chain.leaf(map(chain.part_hash, entries.parts(row[1:])))
        head = chain.head(sequence, head, leaf)
        day = max(day, min(row[0], today))
        yield sequence, row[2], row[1], day, leaf.hex(), head.hex()


def ripe(session: Session) -> bool:
    """Whether all that is committed may be sealed: nothing older is still at work in any database of the server.

    Ask before the own transaction writes anything: its own number would hold the horizon back.
    """
    row = (
        driver(session)
        .execute(f"SELECT NOT EXISTS (SELECT FROM transfer t WHERE NOT {BELOW_HORIZON})".encode())
        .fetchone()
    )
    return bool(row and row[0])


def head(session: Session) -> Head:
    """The newest head; number 0 and 32 zero bytes before anything is sealed."""
    row = driver(session).execute("SELECT sequence, hash FROM seal ORDER BY sequence DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, START)


def publish(session: Session, channel: str, at: datetime, sequence: int | None = None) -> Head:
    """The newest head, or the one at `sequence`, and a note that it goes out by `channel` (statement, mail …): once for
    each head and channel.

    What protects the books is the copy outside; the note only says which heads there are. Nothing sealed: no note.
    """
    found = driver(session).execute(
        """WITH wanted AS (
               SELECT sequence, hash, day FROM seal WHERE sequence <= coalesce(%s, sequence)
               ORDER BY sequence DESC LIMIT 1
           ), noted AS (
               INSERT INTO published_head (sequence, channel, hash, day, published_at)
               SELECT sequence, %s, hash, day, %s FROM wanted ON CONFLICT DO NOTHING)
           SELECT sequence, hash FROM wanted""",
        [sequence, channel, at],
    ).fetchone()  # fmt: skip
    return Head(*found) if found else Head(0, START)


def close(session: Session, until: date) -> int:
    """Close all days up to and with `until`: nothing sealed from now on bears such a day. The last number in them.

    It waits for a sealer at work, and the next one waits for the caller's commit, so the range is final.
    """
    connection = driver(session)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
    connection.execute("UPDATE sealing_state SET closed_until = greatest(closed_until, %s)", [until])
    row = connection.execute(
        "SELECT coalesce(max(last_sequence), 0) FROM sealed_day WHERE day <= %s", [until]
    ).fetchone()
    assert row is not None
    return int(row[0])


def lag_seconds(session: Session, at: datetime) -> int:
    """How old the first transfer is that has no number yet; 0 when none waits. For whoever watches the worker."""
    connection = driver(session)
    last = _last(connection)
    row = connection.execute(WAITING, [last.xact, last.xact, last.wallet_id, last.version]).fetchone()
    assert row is not None
    return max(0, int((at - row[0]).total_seconds())) if row[0] else 0
