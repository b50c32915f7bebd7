"""Members by COPY, and their first purchase through the real use-case, so that the books are right from the start."""

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from loyalty.db import at_once, transact
from loyalty.points import purchases
from loyalty.points.operations import Ask
from loyalty.rules import cardnumber
from loyalty.rules.fingerprint import fingerprint
from loyalty.rules.ids import uuid7
from partners import contracts
from tests.bench import basket

if TYPE_CHECKING:
    from tests.bench.stage import Stage

PIN = "4826"
AT_ONCE = 500
OPENING_CENTS = 100_000  # enough points for everything that is redeemed later

SEAT = "CREATE TABLE seat (n int, card text, wallet_id uuid, member_id uuid, pin bytea)"
MEMBERS = """
    INSERT INTO wallet (id, opened_at) SELECT wallet_id, now() - interval '400 days' FROM seat ORDER BY n;
    INSERT INTO member (id, wallet_id, joined_at, terms_version)
        SELECT member_id, wallet_id, now() - interval '400 days', '1' FROM seat ORDER BY n;
    INSERT INTO profile (member_id, first_name, last_name, born_on)
        SELECT member_id, 'Anna', 'Kaiser ' || n, date '1960-01-01' + n % 15000 FROM seat ORDER BY n;
    INSERT INTO card (number, member_id, issued_at)
        SELECT card, member_id, now() - interval '400 days' FROM seat ORDER BY n;
    INSERT INTO pin (member_id, digest) SELECT member_id, pin FROM seat ORDER BY n;
"""


def card(number: int) -> str:
    """The card of the member with this number."""
    return cardnumber.make(f"{number:013}")


def members(stage: "Stage", count: int) -> None:
    """Wallets, members, profiles, cards and PINs, all the same PIN."""
    at, key = datetime.now(UTC) - timedelta(days=400), stage.settings.card_key
    with stage.connect() as connection, connection.transaction():
        connection.execute(SEAT)
        with connection.cursor().copy("COPY seat FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "text", "uuid", "uuid", "bytea"])
            for n in range(count):
                member_id = uuid7(at, os.urandom(10))
                digest = cardnumber.pin_hash(key, member_id, PIN)
                copy.write_row((n, card(n), uuid7(at, os.urandom(10)), member_id, digest))
        connection.execute(MEMBERS)
    with stage.connect() as connection:
        connection.execute("VACUUM ANALYZE")


def openings(stage: "Stage", count: int) -> None:
    """One large purchase for each member, so that there is something to redeem."""
    at = datetime.now(UTC)
    place = stage.places[0]
    terms = transact(lambda session: contracts.terms_for(session, place.partner_id, at))

    def book(first: int) -> None:
        sales = [_sale(n, at) for n in range(first, min(first + AT_ONCE, count))]

        def work(session: Any) -> None:
            purchases.record(session, place, sales, terms, at, _new_id(at), render=str, history=True)

        at_once(work)

    for first in range(0, count, AT_ONCE):
        book(first)
    with stage.connect() as connection:
        connection.execute("VACUUM ANALYZE")


def _sale(number: int, at: datetime) -> purchases.Sale:
    key = f"opening-{number}"
    bought = basket.one_line(key, at - timedelta(days=30), OPENING_CENTS)
    return purchases.Sale(Ask(key, fingerprint("POST", key, {}, {})), card(number), bought)


def _new_id(at: datetime) -> Any:
    def new() -> UUID:
        return uuid7(at, os.urandom(10))

    return new
