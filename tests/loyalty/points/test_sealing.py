"""The sealer: no gap, no double, and a transaction that commits late is not passed over."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points import sealing
from tests.street import NOON, open_street


@pytest.fixture
def street(session):
    return open_street(session)


def seal_all(act, owner, limit=10_000):
    """Seal until every transfer has a number: other databases of the server may hold the horizon for a moment."""
    deadline = time.monotonic() + 30
    while True:
        act(lambda session: sealing.seal(session, NOON, limit))
        left = owner.execute("SELECT (SELECT count(*) FROM transfer) - (SELECT count(*) FROM seal)")
        if left.fetchone() == (0,):
            return
        assert time.monotonic() < deadline
        time.sleep(0.01)


def numbers(owner):
    return [row[0] for row in owner.execute("SELECT sequence FROM seal ORDER BY 1")]


def test_it_numbers_in_order_without_gap_and_only_once(act, street, owner):
    for cents in (500, 600, 700):
        act(lambda session, cents=cents: street.buy(session, "anna", "baker", cents))
    seal_all(act, owner, limit=2)
    act(lambda session: street.buy(session, "ben", "drinks", 900))
    seal_all(act, owner)
    assert numbers(owner) == [1, 2, 3, 4]
    assert owner.execute(
        "SELECT points FROM seal JOIN transfer ON id = transfer_id ORDER BY sequence"
    ).fetchall() == [(5,), (6,), (7,), (9,)]


def test_it_does_not_miss_what_commits_late(act, street, owner, engine):
    with Session(engine) as late:
        street.buy(late, "anna", "baker", 500)
        act(lambda session: street.buy(session, "ben", "baker", 600))
        assert act(lambda session: sealing.seal(session, NOON)) == 0  # ben's must wait for anna's
        late.commit()
    seal_all(act, owner)
    assert owner.execute(
        "SELECT points FROM seal JOIN transfer ON id = transfer_id ORDER BY sequence"
    ).fetchall() == [(5,), (6,)]


def test_it_passes_over_what_was_rolled_back(act, street, owner, engine):
    with Session(engine) as given_up:
        street.buy(given_up, "anna", "baker", 500)
        given_up.rollback()
    act(lambda session: street.buy(session, "ben", "baker", 600))
    seal_all(act, owner)
    assert numbers(owner) == [1]


def test_it_goes_on_within_one_transaction_that_made_many(act, street, owner):
    def several(session):
        for cents in range(500, 1000, 100):
            street.buy(session, "anna", "baker", cents)

    act(several)
    seal_all(act, owner, limit=2)
    assert numbers(owner) == [1, 2, 3, 4, 5]


def test_it_leaves_no_gap_when_killed(act, street, owner):
    act(lambda session: street.buy(session, "anna", "baker", 500))

    def killed(session):
        sealing.seal(session, NOON)
        owner.execute("SELECT pg_terminate_backend(%s)", [driver(session).info.backend_pid])

    with pytest.raises((OperationalError, psycopg.OperationalError)):
        act(killed)
    act(lambda session: street.buy(session, "anna", "baker", 600))
    seal_all(act, owner)
    assert numbers(owner) == [1, 2]


def test_it_seals_while_others_post(act, street, owner):
    """Three tills book, two sealers number: the sequence has no gap and follows the transactions."""

    def till(who):
        for number in range(25):
            at = NOON + timedelta(minutes=number)
            act(lambda session, at=at: street.buy(session, who, "baker", 500, at))

    def sealer(_):
        for _ in range(40):
            act(lambda session: sealing.seal(session, NOON, 7))

    with ThreadPoolExecutor(5) as threads:
        for done in [threads.submit(till, who) for who in street.cards] + [
            threads.submit(sealer, n) for n in range(2)
        ]:
            done.result()
    seal_all(act, owner)
    assert numbers(owner) == list(range(1, 76))
    rows = owner.execute(
        "SELECT t.xact FROM seal s JOIN transfer t ON t.id = s.transfer_id ORDER BY sequence"
    )
    order = [row[0] for row in rows]
    assert order == sorted(order)
