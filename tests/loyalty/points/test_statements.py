"""What a wallet's owner reads: the balance split by time, and a history without gap, double or somebody else's."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from loyalty.points import households, purchases, statements
from loyalty.rules.basket import Line
from loyalty.rules.terms import Programme
from tests.street import NOON, ids, open_street

BERLIN = "Europe/Berlin"


@pytest.fixture
def street(session):
    return open_street(session)


def under(street, programme):
    changed = {code: replace(terms, programme=programme) for code, terms in street.terms.items()}
    return replace(street, terms=changed)


def test_a_balance_is_split_into_spendable_pending_and_ending(session, street):
    street.buy(session, "anna", "baker", 3_000, NOON - timedelta(days=5))
    under(street, Programme(pending_days=14)).buy(session, "anna", "baker", 2_000, NOON)
    session.commit()
    held = statements.balance(session, street.wallets["anna"], NOON, BERLIN)
    assert (held.available, held.pending, held.debt, held.reserved) == (30, 20, 0, 0)
    assert held.pending_from == NOON + timedelta(days=14)
    assert (held.expiring, held.expires_on) == (30, date(2029, 11, 15))
    later = statements.balance(session, street.wallets["anna"], NOON + timedelta(days=14), BERLIN)
    assert (later.available, later.pending, later.pending_from) == (50, 0, None)


def test_an_empty_wallet_is_a_row_of_zeros(session, street):
    held = statements.balance(session, street.wallets["ben"], NOON, BERLIN)
    assert held == statements.Balance(0, 0, None, 0, 0, 0, None)
    assert statements.history(session, street.wallets["ben"], None, 10, NOON) == statements.Page((), None)


def test_an_entry_carries_receipt_rule_version_and_arithmetic(session, street):
    street.buy(session, "anna", "baker", 450, NOON, "A-10023")
    session.commit()
    (entry,) = statements.history(session, street.wallets["anna"], None, 10, NOON).entries
    assert (entry.kind, entry.points, entry.receipt, entry.cents) == ("purchase", 4, "A-10023", 450)
    assert entry.till_id == street.places["baker"].till_id and entry.at == NOON
    (given,) = entry.given
    assert (given.rule, given.version, given.points, given.why) == ("base", 1, 4, "⌊4.50⌋ × 1 = 4")


def test_what_a_return_left_owing_and_what_paid_it_off_are_said(session, street):
    bread = street.buy(session, "anna", "baker", 5_000, NOON, "r1")
    street.redeem(session, "anna", "drinks", points=40, at=NOON + timedelta(hours=1))
    street.bring_back(session, "baker", bread.id, at=NOON + timedelta(hours=2))
    street.buy(session, "anna", "baker", 6_000, NOON + timedelta(hours=3), "r2")
    session.commit()
    page = statements.history(session, street.wallets["anna"], None, 10, NOON + timedelta(hours=4))
    newest, returned, spent, first = page.entries
    assert [entry.kind for entry in page.entries] == ["purchase", "return", "redemption", "purchase"]
    assert (newest.points, newest.debt) == (60, 40)
    assert (returned.points, returned.debt, returned.first) == (-50, 40, "r1")
    assert (spent.points, first.points) == (-40, 50)
    assert [given.points for given in returned.given] == [-50]


def test_points_still_on_their_way_are_said_with_their_purchase(session, street):
    under(street, Programme(pending_days=14)).buy(session, "anna", "baker", 2_000, NOON)
    session.commit()
    wallet = street.wallets["anna"]
    assert statements.history(session, wallet, None, 10, NOON).entries[0].pending == 20
    assert statements.history(session, wallet, None, 10, NOON + timedelta(days=15)).entries[0].pending == 0


def test_pages_follow_without_gap_or_double(session, street):
    for number in range(7):
        street.buy(session, "anna", "baker", 1_000, NOON + timedelta(minutes=number), f"r{number}")
    session.commit()
    cursor, seen = None, []
    while True:
        page = statements.history(session, street.wallets["anna"], cursor, 3, NOON)
        seen += [entry.receipt for entry in page.entries]
        if page.cursor is None:
            break
        cursor = page.cursor
    assert seen == [f"r{number}" for number in reversed(range(7))]


def test_what_an_offline_till_books_late_stands_where_it_happened(session, street):
    street.buy(session, "anna", "baker", 1_000, NOON, "on time")
    late = street.sale("anna", [Line(gross_cents=1_000)], NOON - timedelta(days=2), "late")
    place, terms, at = street.places["drinks"], street.terms["drinks"], NOON + timedelta(hours=1)
    purchases.record(session, place, [late], terms, at, ids(at))
    session.commit()
    page = statements.history(session, street.wallets["anna"], None, 10, at)
    assert [entry.receipt for entry in page.entries] == ["on time", "late"]


def test_who_joins_a_household_brings_the_history_along(session, street):
    street.buy(session, "anna", "baker", 3_000, NOON, "annas")
    street.buy(session, "ben", "drinks", 2_000, NOON + timedelta(minutes=1), "bens")
    at = NOON + timedelta(hours=1)
    households.join(session, street.members["ben"], street.wallets["anna"], at, ids(at))
    session.commit()
    page = statements.history(session, street.wallets["anna"], None, 10, at)
    assert [entry.receipt for entry in page.entries] == ["bens", "annas"]
    assert statements.balance(session, street.wallets["anna"], at, BERLIN).available == 50


def test_nobody_reads_another_wallet(session, street):
    street.buy(session, "anna", "baker", 3_000, NOON)
    session.commit()
    assert statements.history(session, street.wallets["ben"], None, 10, NOON).entries == ()
