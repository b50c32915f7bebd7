"""Households: who lived alone brings points, dates and debt along; who leaves others takes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loyalty.errors import Invalid, Missing
from loyalty.points import households, statements
from loyalty.rules.terms import Programme
from tests.street import NOON, ids, open_street

TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def street(session):
    return open_street(session)


def join(act, street, who, whose, at=TOMORROW):
    act(lambda session: households.join(session, street.members[who], street.wallets[whose], at, ids(at)))


def wallet(owner, street, who):
    columns = "balance, available, debt, version, merged_into"
    return owner.execute(f"SELECT {columns} FROM wallet WHERE id = %s", [street.wallets[who]]).fetchone()


def lots(owner, street, who):
    columns = "issuer_id, contract_id, point_value_ct, available_from, expires_at, created_at, cause"
    query = f"SELECT remaining, {columns} FROM lot WHERE wallet_id = %s ORDER BY created_at, remaining"
    return owner.execute(query, [street.wallets[who]]).fetchall()


def test_it_moves_every_lot_with_issuer_price_and_dates(act, street, owner):
    act(lambda session: street.buy(session, "anna", "baker", 1000))
    soon = NOON + timedelta(hours=1)
    act(lambda session: street.buy(session, "anna", "drinks", 700, soon))
    act(lambda session: street.buy(session, "ben", "baker", 300))
    act(lambda session: street.redeem(session, "anna", "drinks", points=4, at=soon))
    before = lots(owner, street, "anna")
    join(act, street, "anna", "ben")
    assert wallet(owner, street, "anna") == (0, 0, 0, 5, street.wallets["ben"])
    assert wallet(owner, street, "ben") == (16, 16, 0, 3, None)
    assert [row[0] for row in lots(owner, street, "anna")] == [0, 0]
    assert [row for row in lots(owner, street, "ben") if row[0] != 3] == before
    assert owner.execute(
        "SELECT kind, count(*) FROM transfer WHERE kind = 'merge' GROUP BY 1"
    ).fetchall() == [("merge", 2)]


def test_it_moves_debt_and_pending_points(act, session, owner):
    street = open_street(session, programme=Programme(pending_days=14))
    bread = act(lambda s: street.buy(s, "anna", "baker", 1000))
    soon = NOON + timedelta(days=15)
    act(lambda s: street.redeem(s, "anna", "drinks", points=10, at=soon))
    act(lambda s: street.bring_back(s, "baker", bread.id, at=soon))
    assert wallet(owner, street, "anna")[2] == 10
    act(lambda s: street.buy(s, "ben", "baker", 2000, soon))
    join(act, street, "anna", "ben", soon)
    assert wallet(owner, street, "anna")[:3] == (0, 0, 0)
    assert wallet(owner, street, "ben")[:3] == (20, 0, 10)
    act(lambda s: street.buy(s, "anna", "baker", 1500, soon))
    assert wallet(owner, street, "ben")[:3] == (25, 0, 0)


def test_it_leaves_points_with_those_who_stay(act, street, owner):
    act(lambda session: street.buy(session, "anna", "baker", 1000))
    join(act, street, "ben", "anna")
    act(lambda session: street.buy(session, "ben", "baker", 500))
    join(act, street, "ben", "clara")
    assert wallet(owner, street, "anna")[0] == 15
    assert wallet(owner, street, "clara")[0] == 0
    assert wallet(owner, street, "anna")[4] is None


def test_it_refuses_ones_own_wallet_and_closed_ones(act, street, owner):
    with pytest.raises(Invalid, match="wallet_same"):
        join(act, street, "anna", "anna")
    join(act, street, "anna", "ben")
    with pytest.raises(Missing, match="wallet_unknown"):
        join(act, street, "clara", "anna")
    with pytest.raises(Missing, match="member_unknown"):
        nobody = replace(street, members={"x": street.wallets["anna"]})
        join(act, nobody, "x", "clara")


def test_it_keeps_a_return_with_the_points_it_earned(act, street, owner):
    """The lots remember their receipt, so bread that comes back after the move takes its own points."""
    bread = act(lambda session: street.buy(session, "anna", "baker", 1000))
    act(lambda session: street.buy(session, "ben", "drinks", 700))
    join(act, street, "anna", "ben")
    returned = act(lambda session: street.bring_back(session, "baker", bread.id, at=TOMORROW))
    assert (returned.taken_back, returned.debt) == (10, 0)
    assert [row[0] for row in lots(owner, street, "ben")] == [0, 7]


def test_it_moves_while_tills_post(act, street, owner):
    """Anna buys on and on while she moves in: every point lands in one of the two wallets, then in Ben's."""
    from concurrent.futures import ThreadPoolExecutor

    def shopping(_):
        for _ in range(10):
            act(lambda session: street.buy(session, "anna", "baker", 100, TOMORROW))

    with ThreadPoolExecutor(3) as threads:
        buying = [threads.submit(shopping, number) for number in range(2)]
        moving = threads.submit(join, act, street, "anna", "ben")
        for done in [*buying, moving]:
            done.result()
    assert wallet(owner, street, "anna")[0] == 0
    assert wallet(owner, street, "ben")[0] == 20


def test_it_shows_what_came_back_after_the_move(act, street):
    """A return or a reversal may belong to a receipt of the wallet that was closed."""
    bread = act(lambda session: street.buy(session, "anna", "baker", 1000, receipt="bread"))
    spent = act(lambda session: street.redeem(session, "anna", "drinks", points=4))
    join(act, street, "anna", "ben")
    act(lambda session: street.undo(session, "drinks", spent.id, TOMORROW))
    act(lambda session: street.bring_back(session, "baker", bread.id, at=TOMORROW))
    page = act(lambda session: statements.history(session, street.wallets["ben"], None, 10, TOMORROW))
    assert sorted((entry.kind, entry.points) for entry in page.entries) == [
        ("purchase", 10),
        ("redemption", -4),
        ("return", -10),
        ("reversal", 4),
    ]
