"""Held points: they come free once and wholly, whoever buys, spends or dies meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest
from psycopg.errors import SerializationFailure
from sqlalchemy.exc import OperationalError

from loyalty.db import at_once, driver
from loyalty.errors import Conflict
from loyalty.points import audit, holds, households, purchases
from loyalty.rules.basket import Line
from loyalty.rules.lots import HELD
from tests.street import NOON, ids, open_street

LATER = NOON + timedelta(days=3)
PEOPLE = ("anna", "ben", "clara")


@pytest.fixture
def street(session):
    """The baker has reached its limit."""
    opened = open_street(session)
    opened.terms["baker"] = replace(opened.terms["baker"], held=True)
    return opened


@pytest.fixture
def free(act, street):
    """`free()`: what the door does for one shop."""

    def run(shop="baker", pending_days=0, at=LATER, limit=500):
        issuer, seen = street.places[shop].partner_id, 0
        while count := act(lambda s: holds.release(s, issuer, pending_days, at, limit)):
            seen += count
        return seen

    return run


def wallet(owner, street, who="anna"):
    row = "SELECT balance, available, turns_at FROM wallet WHERE id = %s"
    return owner.execute(row, [street.wallets[who]]).fetchone()


def books(owner):
    """Everything that may change."""
    return (
        owner.execute("SELECT id, balance, available, version, turns_at FROM wallet ORDER BY id").fetchall(),
        owner.execute("SELECT id, remaining, available_from FROM lot ORDER BY id").fetchall(),
        owner.execute("SELECT id, kind, points FROM transfer ORDER BY id").fetchall(),
    )


def audited(act, at=LATER):
    return act(lambda s: list(audit.run(s, at)))


def test_held_points_cannot_be_spent_until_they_are_free(act, street, owner, free):
    bought = act(lambda s: street.buy(s, "anna", "baker", 1000))
    assert (bought.points, bought.pending, bought.available) == (10, 10, 0)
    assert wallet(owner, street) == (10, 0, HELD)
    with pytest.raises(Conflict, match="insufficient_points"):
        act(lambda s: street.redeem(s, "anna", "drinks", 10, at=LATER))
    assert act(holds.issuers) == [street.places["baker"].partner_id]
    assert audited(act) == []
    assert free() == 1
    assert wallet(owner, street)[:2] == (10, 10)
    assert act(holds.issuers) == []
    act(lambda s: street.redeem(s, "anna", "drinks", 10, at=LATER))
    assert audited(act) == []


def test_they_still_wait_for_the_return_window(act, street, owner, free):
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    assert free(pending_days=14) == 1
    assert wallet(owner, street) == (10, 0, NOON + timedelta(days=14))
    assert audited(act) == []


def test_nobody_elses_points_come_free(act, street, owner, free):
    street.terms["drinks"] = replace(street.terms["drinks"], held=True)
    for shop in ("baker", "drinks"):
        act(lambda s, shop=shop: street.buy(s, "anna", shop, 1000))
    assert free("drinks") == 1
    assert wallet(owner, street) == (20, 10, owner.execute("SELECT min(expires_at) FROM lot").fetchone()[0])
    assert act(holds.issuers) == [street.places["baker"].partner_id]
    assert audited(act) == []


def test_twice_is_once(act, street, owner, free):
    for who in PEOPLE:
        act(lambda s, who=who: street.buy(s, who, "baker", 1000))
    assert free(limit=2) == 3
    once = books(owner)
    assert free(at=LATER + timedelta(days=1)) == 0
    assert books(owner) == once


@pytest.mark.parametrize("killed_in_batch", [0, 1, 2])
def test_killed_and_run_again_is_once(act, street, owner, free, killed_in_batch):
    issuer = street.places["baker"].partner_id
    for who in PEOPLE:
        act(lambda s, who=who: street.buy(s, who, "baker", 1000))

    def killed(session):
        holds.release(session, issuer, 0, LATER, 1)
        owner.execute("SELECT pg_terminate_backend(%s)", [driver(session).info.backend_pid])

    for _ in range(killed_in_batch):
        act(lambda s: holds.release(s, issuer, 0, LATER, 1))
    with pytest.raises((OperationalError, psycopg.OperationalError)):
        act(killed)
    assert free(limit=1) == 3 - killed_in_batch
    wallets, lots, _ = books(owner)
    assert [row[1:4] for row in wallets] == [(10, 10, 1)] * 3
    assert [row[1:] for row in lots] == [(10, LATER)] * 3
    assert audited(act) == []


def test_a_purchase_that_read_the_wallet_before_is_not_written_over_them(app, act, street, owner, free):
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    sale = street.sale("anna", [Line(gross_cents=500)], LATER)

    def render(_):
        free()  # between reading and writing
        return "{}"

    def bold(session):
        place, terms = street.places["drinks"], street.terms["drinks"]
        return purchases.record(session, place, [sale], terms, LATER, ids(LATER), render)

    with app.app_context(), pytest.raises(SerializationFailure):
        at_once(bold)
    assert wallet(owner, street)[:2] == (10, 10)
    act(lambda s: street.buy(s, "anna", "drinks", 500, LATER))
    assert wallet(owner, street)[:2] == (15, 15)
    assert audited(act) == []


def test_a_redemption_with_a_later_clock_did_not_pass_them_over(act, street, owner, free):
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    act(lambda s: street.buy(s, "anna", "drinks", 1000, NOON + timedelta(days=1)))
    act(lambda s: street.redeem(s, "anna", "drinks", 5, at=LATER + timedelta(seconds=2)))
    free(at=LATER)
    assert audited(act) == []
    act(lambda s: street.redeem(s, "anna", "drinks", 15, at=LATER + timedelta(seconds=3)))
    assert wallet(owner, street)[:2] == (0, 0)
    assert audited(act, LATER + timedelta(seconds=4)) == []


def test_they_come_free_where_the_member_has_moved(act, street, owner, free):
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    act(lambda s: households.join(s, street.members["anna"], street.wallets["ben"], LATER, ids(LATER)))
    assert free() == 1
    assert wallet(owner, street, "ben")[:2] == (10, 10)
    assert audited(act) == []


def test_held_points_can_be_taken_back(act, street, owner, free):
    bought = act(lambda s: street.buy(s, "anna", "baker", 1000))
    act(lambda s: street.bring_back(s, "baker", bought.id, at=LATER))
    assert wallet(owner, street)[:2] == (0, 0)
    assert free() == 0
    assert audited(act) == []


def test_tills_that_buy_and_spend_meanwhile_lose_nothing(act, street, owner, free):
    for who in PEOPLE:
        for _ in range(4):
            act(lambda s, who=who: street.buy(s, who, "baker", 1000))
    barrier = Barrier(8)

    def buy(who):
        for _ in range(5):
            act(lambda s: street.buy(s, who, "drinks", 100, LATER))

    def spend(who):
        spent = 0
        for _ in range(6):
            try:
                act(lambda s: street.redeem(s, who, "drinks", 5, at=LATER + timedelta(seconds=1)))
                spent += 5
            except Conflict as refusal:
                assert refusal.code == "insufficient_points"
        return spent

    def at_the_same_time(work):
        barrier.wait()
        return work()

    jobs = [lambda who=who: buy(who) for who in PEOPLE] + [lambda who=who: spend(who) for who in PEOPLE]
    jobs += [lambda: free(limit=1), lambda: free(limit=1)]
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(at_the_same_time, jobs))
    free(at=LATER)
    end = LATER + timedelta(seconds=2)
    for who, spent in zip(PEOPLE, done[3:6], strict=True):
        assert wallet(owner, street, who)[0] == 45 - spent
    assert owner.execute("SELECT count(*) FROM lot WHERE available_from >= %s", [HELD]).fetchone() == (0,)
    assert audited(act, end) == []
    for who, spent in zip(PEOPLE, done[3:6], strict=True):
        act(lambda s, who=who, spent=spent: street.redeem(s, who, "drinks", 45 - spent, at=end))
    assert audited(act, end) == []
