"""A town's books by SQL: a million members with five purchases each, made after the pattern of one real purchase."""

from typing import Any

import psycopg

from tests.bench import basket, seed, till, web
from tests.bench.stage import Stage

CHUNK = 50_000
FIRST_DAYS, EVERY_DAYS = 360, 60  # how long ago the first purchase was, and how far apart they are

# Each member gets what the pattern's member got, once for every `turn`: ids, keys, times and running numbers differ.
FRESH = """
    CREATE TEMP TABLE fresh ON COMMIT DROP AS
    SELECT s.wallet_id, s.member_id, s.n, turn, s.n || '-' || turn AS key, now() - ago AS at,
           uuidv7(-ago) AS purchase_id, uuidv7(-ago) AS transfer_id
    FROM seat s CROSS JOIN generate_series(1, %(turns)s) AS turn,
         LATERAL (SELECT make_interval(days => %(first)s - (turn - 1)::int * %(every)s, secs => s.n %% 40000)) AS m(ago)
    WHERE s.n >= %(low)s AND s.n < %(high)s ORDER BY turn, s.n"""
OTHER = {
    "purchase": {"id": "f.purchase_id", "member_id": "f.member_id", "key": "f.key", "receipt": "f.key",
                 "business_day": "f.at::date", "purchased_at": "f.at", "booked_at": "f.at",
                 "available": "f.turn * p.points"},
    "transfer": {"id": "f.transfer_id", "version": "f.turn", "at": "f.at", "cause": "f.purchase_id", "xact": None},
    "lot": {"id": "f.transfer_id", "available_from": "f.at", "expires_at": "f.at + interval '3 years'",
            "created_at": "f.at", "cause": "f.purchase_id"},
}  # fmt: skip
SLIPS = """
    INSERT INTO slip (till_id, key, fingerprint, status, body, words, written_at)
    SELECT p.till_id, f.key, p.fingerprint, p.status, p.body, p.words, f.at
    FROM fresh f, (SELECT * FROM slip WHERE key = %(key)s) p WHERE f.turn = %(turns)s"""
WALLETS = """
    UPDATE wallet w SET balance = %(turns)s * p.points, available = %(turns)s * p.points, version = %(turns)s,
        turns_at = now() - make_interval(days => %(first)s, secs => s.n %% 40000) + interval '3 years'
    FROM seat s, (SELECT points FROM purchase WHERE key = %(key)s) p
    WHERE w.id = s.wallet_id AND s.n >= %(low)s AND s.n < %(high)s"""


def fill(stage: Stage, members: int, turns: int) -> None:
    """Members with cards and PINs, then their purchases with transfers, lots and wallets; slips of the latest only
    (older ones are thrown away at night). Ends with VACUUM ANALYZE."""
    seed.members(stage, members)
    key = _pattern(stage)
    with stage.connect() as connection:
        for low in range(1, members, CHUNK):
            with connection.transaction():
                _chunk(connection, low, min(low + CHUNK, members), turns, key)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _pattern(stage: Stage) -> str:
    """One purchase of member 0 over HTTP: what all others are copied from. Its key."""
    with web.serving(stage) as served, till.standing_at(stage, served, "pattern") as one:
        key, body = one.purchase(0)
        reply = one.call("POST", "/purchases", body, key)
    if reply.status != 201 or reply.data()["points"]["earned"] != basket.TOTAL_CENTS // 100:
        raise SystemExit(f"bench: the pattern's purchase brought {reply}")
    return key


def _chunk(connection: psycopg.Connection[Any], low: int, high: int, turns: int, key: str) -> None:
    values = {"low": low, "high": high, "turns": turns, "first": FIRST_DAYS, "every": EVERY_DAYS, "key": key}
    connection.execute(FRESH, values)
    for table in OTHER:
        connection.execute(_copied(connection, table), values)
    connection.execute(SLIPS, values)
    connection.execute(WALLETS, values)


def _copied(connection: psycopg.Connection[Any], table: str) -> str:
    """Insert the pattern's row of a table once for each row of `fresh`."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    other = {"wallet_id": "f.wallet_id", **OTHER[table]}
    columns = [name for (name,) in rows if other.get(name, "") is not None]
    chosen = ", ".join(other.get(name) or f"p.{name}" for name in columns)
    found = (
        "key = %(key)s" if table == "purchase" else "cause = (SELECT id FROM purchase WHERE key = %(key)s)"
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM fresh f, "
        f"(SELECT * FROM {table} WHERE {found}) p ORDER BY f.turn, f.n"
    )
