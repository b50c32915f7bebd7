"""Expiry: what has ended leaves the books once, however often the night's work is killed and begun again."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from loyalty.db import driver
from loyalty.points import expiry
from loyalty.rules.terms import Programme
from tests.street import NOON, ids, open_street

MONTH = Programme(expiry_months=1)
LATER = NOON + timedelta(days=40)
PEOPLE = ("anna", "ben", "clara")


@pytest.fixture
def street(session):
    return open_street(session, programme=MONTH)


def night(act, at=LATER, limit=500):
    """What the door does: batches until nothing is left; how many wallets were looked at."""
    seen = 0
    while count := act(lambda session: expiry.run(session, at, ids(at), limit)):
        seen += count
    return seen


def books(owner):
    """Everything that expiry may change, without the ids it makes."""
    return (
        owner.execute("SELECT id, balance, available, version, turns_at FROM wallet ORDER BY id").fetchall(),
        owner.execute("SELECT id, remaining FROM lot ORDER BY id").fetchall(),
        owner.execute(
            "SELECT wallet_id, version, kind, points, cause, at FROM transfer ORDER BY 1, 2"
        ).fetchall(),
    )


def test_it_books_out_what_ended_and_nothing_else(act, street, owner):
    act(lambda session: street.buy(session, "anna", "baker", 1000))
    act(lambda session: street.buy(session, "anna", "drinks", 700, NOON + timedelta(days=20)))
    assert night(act, NOON + timedelta(days=20)) == 0
    assert night(act) == 1
    assert owner.execute(
        "SELECT kind, source, destination, partner_id, points FROM transfer WHERE kind = 'expire'"
    ).fetchall() == [("expire", "wallet", "expired", None, 10)]
    wallet = owner.execute(
        "SELECT balance, available, version, turns_at > %s FROM wallet WHERE id = %s",
        [LATER, street.wallets["anna"]],
    ).fetchone()
    assert wallet == (7, 7, 3, True)


def test_promise_07_expiry_twice_is_once(act, street, owner):
    for who in PEOPLE:
        act(lambda session, who=who: street.buy(session, who, "baker", 1000))
    assert night(act) == 3
    once = books(owner)
    assert night(act) == 0
    assert books(owner) == once


@pytest.mark.parametrize("killed_in_batch", [0, 1, 2])
def test_promise_07_expiry_killed_and_run_again_is_once(act, street, owner, killed_in_batch):
    for who in PEOPLE:
        act(lambda session, who=who: street.buy(session, who, "baker", 1000))

    def killed(session):
        expiry.run(session, LATER, ids(LATER), 1)
        owner.execute("SELECT pg_terminate_backend(%s)", [driver(session).info.backend_pid])

    for _ in range(killed_in_batch):
        act(lambda session: expiry.run(session, LATER, ids(LATER), 1))
    with pytest.raises((OperationalError, psycopg.OperationalError)):
        act(killed)
    assert night(act, limit=1) == 3 - killed_in_batch
    wallets, lots, transfers = books(owner)
    assert [row[1:4] for row in wallets] == [(0, 0, 2)] * 3
    assert [row[1] for row in lots] == [0] * 3
    assert [row[2:4] for row in transfers] == [("earn", 10), ("expire", 10)] * 3


def test_it_leaves_debt_and_pending_points_alone(act, session, owner):
    street = open_street(session, programme=replace(MONTH, pending_days=50))
    act(lambda s: street.buy(s, "anna", "baker", 1000, LATER))
    owner.execute("UPDATE wallet SET turns_at = %s", [NOON])  # looked at although nothing ended
    assert night(act) == 3
    wallet = "SELECT balance, available, turns_at FROM wallet WHERE id = %s"
    assert owner.execute(wallet, [street.wallets["anna"]]).fetchone() == (10, 0, LATER + timedelta(days=50))


def test_it_books_out_lots_of_all_issuers_in_one_transfer(act, street, owner):
    for shop in ("baker", "drinks"):
        act(lambda session, shop=shop: street.buy(session, "anna", shop, 500))
    night(act)
    assert owner.execute("SELECT points FROM transfer WHERE kind = 'expire'").fetchall() == [(10,)]
    assert owner.execute(
        """SELECT p.code, u.points FROM lot_use u JOIN lot l ON l.id = u.lot_id
           JOIN partner p ON p.id = l.issuer_id ORDER BY 1"""
    ).fetchall() == [("baker", 5), ("drinks", 5)]
