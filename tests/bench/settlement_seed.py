"""A month of a coalition by SQL: transfers of every kind that is settled, with their receipts, lots and uses.

Every wallet moves twenty times, all wallets in turn, so that a wallet's transfer before number `s` is `s` less the
number of wallets, and everything else follows from `s` alone. Seals, where asked for, bear no real hashes.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

from config.sequence import in_order
from loyalty.rules.periods import period
from partners import contracts
from partners.contracts import Offer
from tests.coalition import Coalition, open_coalition

PERIOD = period("2026-05")
BEGINS = datetime(2026, 4, 30, 22, tzinfo=UTC)  # in Berlin it is May
HALF_WAY = datetime(2026, 5, 16, 10, tzinfo=UTC)
OVER = datetime(2026, 6, 1, 6, tzinfo=UTC)
TURNS = 20
SCATTER = 7919  # a prime: neighbours in the sequence are strangers among the wallets
XACTS = 600  # transaction numbers that a new server has behind it
TABLES = ("purchase", "redemption", "redemption_reversal", "transfer", "lot", "lot_use", "seal")

OFFERS = (
    Offer(),
    Offer(reimbursement_ct=Decimal("0.8")),
    Offer(funding="at_redemption"),
    Offer(breakage="operator", point_value_ct=Decimal("1.1")),
    Offer(breakage="rewards"),
)

FUNCTIONS = """
CREATE FUNCTION numbered(sort int, s bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT (lpad(to_hex(sort), 8, '0') || lpad(to_hex(s), 24, '0'))::uuid $$;
CREATE FUNCTION whole(s bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT 10 + (hashint8(s) & 31) $$;
CREATE FUNCTION half(s bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT (10 + (hashint8(s) & 31)) / 2 $$;
CREATE TABLE terms (n int, late boolean, partner_id uuid, shop_id uuid, till_id uuid, contract_id uuid,
    value_ct numeric)
"""

# Of ten steps seven bring points (one in fifty by hand of the coalition), two redeem from the two lots before, one
# takes the lot before or undoes the redemption two steps back. The first two steps of a wallet always bring.
MOVEMENT = """
CREATE UNLOGGED TABLE movement AS
WITH numbers AS (
    SELECT s, s / {wallets} AS turn, (s % {wallets}) * {scatter} % {wallets} AS w
    FROM generate_series(0::bigint, {transfers} - 1) AS s
), steps AS (
    SELECT *, CASE WHEN turn < 2 THEN 0 ELSE (turn + w) % 10 END AS step FROM numbers
), kinds AS (
    SELECT *, CASE WHEN step IN (3, 7) THEN 'redeem'
                   WHEN step <> 9 THEN CASE WHEN w % 50 = turn THEN 'given' ELSE 'earn' END
                   WHEN w / 10 % 4 = 0 AND turn > 3 THEN 'undo'
                   WHEN w / 10 % 4 = 1 AND w % 50 <> turn - 1 THEN 'return'
                   WHEN w / 10 % 4 = 2 THEN 'take' ELSE 'expire' END AS what FROM steps
), origins AS (
    SELECT *, s - CASE what WHEN 'undo' THEN 2 WHEN 'return' THEN 1 ELSE 0 END * {wallets} AS origin FROM kinds
)
SELECT s, turn, w, what, (hashint8(origin + 1000000007) & 1048575) % {partners} AS n, origin >= {transfers} / 2 AS late,
       CASE what WHEN 'redeem' THEN half(s - {wallets}) + half(s - 2 * {wallets})
                 WHEN 'undo' THEN half(s - 3 * {wallets}) + half(s - 4 * {wallets})
                 WHEN 'earn' THEN whole(s) WHEN 'given' THEN whole(s) ELSE whole(s - {wallets}) END AS points,
       {begins} + s * (interval '31 days' / {transfers}) AS at
FROM origins
"""
MOVED = """
CREATE VIEW moved AS
SELECT m.*, numbered(1, w) AS wallet_id, numbered(2, w) AS member_id, (at AT TIME ZONE 'Europe/Berlin')::date AS day,
       partner_id, shop_id, till_id, contract_id, value_ct, what IN ('earn', 'redeem', 'undo', 'return') AS partners
FROM movement m JOIN terms USING (n, late)
"""

# In the order of the sequence, as a real month would have written them.
ROWS = {
    "purchase": """
INSERT INTO purchase (wallet_id, id, member_id, partner_id, shop_id, till_id, key, fingerprint, receipt, business_day,
    purchased_at, booked_at, channel, total_cents, paid_cents, redemptions, lines, rulebook_id, contract_id, state,
    awards, points, pending, available, margin_cents, margin)
SELECT wallet_id, numbered(3, s), member_id, partner_id, shop_id, till_id, s, '', s, day, at, at, 'counter',
    points * 100, 0, '[]', CASE WHEN s % 2 = 0 THEN jsonb_build_array(
        jsonb_build_object('gross_cents', points * 30, 'vat_bp', 700, 'earns', true),
        jsonb_build_object('gross_cents', points * 70, 'vat_bp', 1900, 'earns', true))
    ELSE jsonb_build_array(jsonb_build_object('gross_cents', points * 100, 'vat_bp', 700, 'earns', true)) END,
    numbered(0, 0), contract_id, '{{}}', '[]', points, 0, points, 0, '{{}}'
FROM moved WHERE what = 'earn' ORDER BY s""",
    "redemption": """
INSERT INTO redemption (wallet_id, id, member_id, partner_id, till_id, key, fingerprint, points, value_cents, vat,
    vat_estimated, available, redeemed_at)
SELECT wallet_id, numbered(4, s), member_id, partner_id, till_id, s, '', points, points, jsonb_build_array(
    jsonb_build_object('vat_bp', CASE s % 3 WHEN 0 THEN 700 ELSE 1900 END, 'cents', points)), s % 3 = 2, 0, at
FROM moved WHERE what = 'redeem' ORDER BY s""",
    "redemption_reversal": """
INSERT INTO redemption_reversal (wallet_id, id, redemption_id, partner_id, till_id, key, fingerprint, points, available,
    reversed_at)
SELECT wallet_id, numbered(5, s), numbered(4, s - 2 * {wallets}), partner_id, till_id, s, '', points, 0, at
FROM moved WHERE what = 'undo' ORDER BY s""",
    "transfer": """
INSERT INTO transfer (wallet_id, id, version, kind, source, destination, partner_id, contract_id, points, at, cause,
    xact)
SELECT wallet_id, numbered(6, s), turn + 1,
    CASE what WHEN 'undo' THEN 'redemption_reversal' WHEN 'given' THEN 'adjust' WHEN 'take' THEN 'adjust' ELSE what END,
    CASE WHEN what IN ('earn', 'given') THEN 'issued' WHEN what = 'undo' THEN 'redeemed' ELSE 'wallet' END,
    CASE WHEN what IN ('earn', 'given', 'undo') THEN 'wallet' WHEN what = 'redeem' THEN 'redeemed'
         WHEN what = 'expire' THEN 'expired' ELSE 'issued' END,
    CASE WHEN partners THEN partner_id END, CASE WHEN partners THEN contract_id END, points, at,
    numbered(CASE what WHEN 'earn' THEN 3 WHEN 'redeem' THEN 4 WHEN 'undo' THEN 5 ELSE 7 END, s),
    1 + s * {xacts} / {transfers}
FROM moved ORDER BY s""",
    "lot_use": """
INSERT INTO lot_use (wallet_id, id, transfer_id, lot_id, points)
SELECT wallet_id, numbered(8 + back, s), numbered(6, s), numbered(6, s - back * {wallets}),
    CASE what WHEN 'redeem' THEN half(s - back * {wallets}) WHEN 'undo' THEN -half(s - back * {wallets})
              ELSE whole(s - {wallets}) END
FROM moved CROSS JOIN LATERAL unnest(
    CASE what WHEN 'redeem' THEN ARRAY[1, 2] WHEN 'undo' THEN ARRAY[3, 4] ELSE ARRAY[1] END) AS back
WHERE what IN ('redeem', 'undo', 'return', 'take', 'expire') ORDER BY s""",
    "lot": """
INSERT INTO lot (wallet_id, id, issuer_id, contract_id, point_value_ct, points, remaining, available_from, expires_at,
    created_at, cause)
SELECT wallet_id, numbered(6, s), CASE what WHEN 'earn' THEN partner_id END, CASE what WHEN 'earn' THEN contract_id END,
    CASE what WHEN 'earn' THEN value_ct ELSE 1 END, points, points - coalesce(used, 0), at, at + interval '3 years', at,
    numbered(CASE what WHEN 'earn' THEN 3 ELSE 7 END, s)
FROM moved LEFT JOIN (SELECT lot_id, sum(points) AS used FROM lot_use GROUP BY lot_id) u ON lot_id = numbered(6, s)
WHERE what IN ('earn', 'given') ORDER BY s""",
    "wallet": """
INSERT INTO wallet (id, balance, available, version, opened_at)
SELECT wallet_id, sum(remaining), sum(remaining), {turns}, {begins} FROM lot GROUP BY wallet_id""",
}
SEALS = """
INSERT INTO seal (sequence, wallet_id, transfer_id, sealed_at, day, leaf, hash)
SELECT s + 1, wallet_id, numbered(6, s), at, day, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
FROM moved ORDER BY s;
INSERT INTO sealed_day (day, first_sequence, last_sequence)
SELECT day, min(sequence), max(sequence) FROM seal GROUP BY day
"""


def partners(session: Session, count: int) -> Coalition:
    """So many partners on different terms, every fifth with new ones half way through the month. Commits."""
    codes = tuple(f"p{number:03}" for number in range(count))
    offers = {code: OFFERS[number % len(OFFERS)] for number, code in enumerate(codes)}
    coalition = open_coalition(session, codes, offers)
    new_id = in_order(HALF_WAY)
    for code in codes[::5]:
        offer = Offer(service_fee_ct=Decimal("0.2"))
        contracts.add_version(session, coalition.partner(code), HALF_WAY, offer, new_id)
    session.commit()
    return coalition


def fill(connection: psycopg.Connection[Any], coalition: Coalition, transfers: int, sealed: bool) -> None:
    """So many transfers, a multiple of twenty, by the database's owner. Ends with VACUUM ANALYZE."""
    values = {
        "transfers": transfers, "wallets": transfers // TURNS, "turns": TURNS, "scatter": SCATTER, "xacts": XACTS,
        "partners": len(coalition.places), "begins": BEGINS,
    }  # fmt: skip
    connection.execute(FUNCTIONS)
    _terms(connection, coalition)
    indexes = _without_indexes(connection)
    for statement in (MOVEMENT, MOVED, *ROWS.values(), *([SEALS] if sealed else [])):
        connection.execute(
            sql.SQL(statement).format(**{name: sql.Literal(one) for name, one in values.items()})
        )
    connection.execute("DROP TABLE movement CASCADE")
    for statement in indexes:
        connection.execute(statement.encode())
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


def _terms(connection: psycopg.Connection[Any], coalition: Coalition) -> None:
    """What holds for each partner before and after half the month."""
    for number, place in enumerate(coalition.places.values()):
        connection.execute(
            """INSERT INTO terms SELECT %s, late, %s, %s, %s, c.id, c.point_value_ct
            FROM (VALUES (false), (true)) AS half (late) CROSS JOIN LATERAL (
                SELECT * FROM contract WHERE partner_id = %s AND (late OR valid_from < %s)
                ORDER BY valid_from DESC LIMIT 1) c""",
            [number, place.partner_id, place.shop_id, place.till_id, place.partner_id, HALF_WAY],
        )


def _without_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    """Empty tables without indexes and log, so that rows are in sooner. The statements that bring the indexes back."""
    again = []
    for table in TABLES:
        rows = connection.execute(
            """SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', conrelid::regclass, conname),
                format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE conrelid = %(table)s::text::regclass AND contype IN ('p', 'u')
            UNION ALL
            SELECT format('DROP INDEX %%I', indexname), indexdef FROM pg_indexes WHERE tablename = %(table)s::text
            AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = %(table)s::text::regclass)""",
            {"table": table},
        ).fetchall()
        for drop, _ in rows:
            connection.execute(drop.encode())
        again += [create for _, create in rows]
        connection.execute(f"ALTER TABLE {table} SET UNLOGGED".encode())
    return again
