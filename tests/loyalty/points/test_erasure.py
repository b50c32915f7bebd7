"""Erasure: nothing that names the person stays anywhere, the points are gone, the books still balance."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from loyalty.errors import Missing
from loyalty.models.people import Member, Profile
from loyalty.people import cards, claims, pins, throttle
from loyalty.points import erasure, households, replays
from loyalty.rules.basket import Line
from loyalty.rules.terms import Programme
from tests.street import NOON, ids, open_street

KEY = b"a card key for tests, long enough for all"
LATER = NOON + timedelta(days=3)


@pytest.fixture
def street(session):
    return open_street(session)


def erase(act, street, who="anna"):
    return act(lambda session: erasure.erase(session, street.members[who], LATER, ids(LATER)))


def everything(owner):
    """All rows of all tables as text."""
    tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return "\n".join(
        row[0] for (table,) in tables for row in owner.execute(f"SELECT t::text FROM {table} t").fetchall()
    )


def wallet(owner, street, who="anna"):
    columns = "balance, available, debt, version"
    return owner.execute(f"SELECT {columns} FROM wallet WHERE id = %s", [street.wallets[who]]).fetchone()


def test_promise_20_no_personal_byte_remains(session, act, street, owner):
    anna = street.members["anna"]
    told = {
        "first_name": "Anneliese",
        "last_name": "Quast",
        "email": "anneliese@quast.example",
        "phone": "+4917098765",
    }
    session.execute(update(Profile).where(Profile.member_id == anna).values(**told))
    session.execute(update(Member).where(Member.id == anna).values(fingerprint=b"hash of name and address"))
    pins.choose(session, anna, "4711", KEY)
    claims.issue(session, anna, NOON, lambda size: b"\7" * size, KEY)
    throttle.note(session, f"code:{street.cards['anna']}", NOON, throttle.CARD_CODE)
    fresh = cards.replace(session, street.cards["anna"], NOON, lambda size: b"\5" * size)
    street.cards["anna"] = fresh
    line = Line(gross_cents=4500, name="Schwangerschaftstee")
    bought = street.book(session, "anna", "baker", [line])
    spent = street.redeem(session, "anna", "drinks", 7)
    street.undo(session, "drinks", spent.id)
    street.bring_back(session, "baker", bought.id, {0: 1})
    session.commit()
    traces = [*told.values(), street.cards["anna"], fresh, "Schwangerschaftstee", b"hash of name".hex()]
    assert all(trace in everything(owner) for trace in traces)
    assert erase(act, street)
    rest = everything(owner)
    assert [trace for trace in traces if trace in rest] == []
    for table in ("card", "pin", "claim", "profile", "standing"):
        assert not owner.execute(f"SELECT 1 FROM {table} WHERE member_id = %s", [anna]).fetchall()
    assert owner.execute("SELECT count(*) FROM wrong_try").fetchone() == (0,)
    assert owner.execute("SELECT erased_at FROM member WHERE id = %s", [anna]).fetchone() == (LATER,)


def test_points_are_forfeited_pending_ones_too(session, act, owner):
    street = open_street(session, programme=Programme(pending_days=14))
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    act(lambda s: street.buy(s, "anna", "drinks", 700))
    assert erase(act, street)
    assert wallet(owner, street) == (0, 0, 0, 3)
    forfeits = "SELECT source, destination, partner_id, points, cause FROM transfer WHERE kind = 'forfeit'"
    assert owner.execute(forfeits).fetchall() == [("wallet", "expired", None, 17, street.members["anna"])]
    assert owner.execute("SELECT sum(remaining) FROM lot").fetchone() == (0,)
    uses = (
        "SELECT sum(u.points) FROM lot_use u JOIN transfer t ON t.id = u.transfer_id WHERE t.kind = 'forfeit'"
    )
    assert owner.execute(uses).fetchone() == (17,)


def test_debt_is_written_off_by_the_coalition(act, street, owner):
    bought = act(lambda s: street.buy(s, "anna", "baker", 1000))
    act(lambda s: street.redeem(s, "anna", "drinks", 10))
    act(lambda s: street.bring_back(s, "baker", bought.id))
    assert wallet(owner, street)[2] == 10
    assert erase(act, street)
    assert wallet(owner, street)[:3] == (0, 0, 0)
    written_off = "SELECT partner_id, points FROM transfer WHERE kind = 'debt_written_off'"
    assert owner.execute(written_off).fetchall() == [(None, 10)]


def test_a_household_keeps_its_points(act, street, owner):
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    act(lambda s: households.join(s, street.members["ben"], street.wallets["anna"], NOON, ids()))
    assert erase(act, street)
    assert wallet(owner, street)[0] == 10
    act(lambda s: street.redeem(s, "ben", "drinks", 10))
    assert erase(act, street, "ben")


def test_others_keep_their_slips(act, street, owner):
    act(lambda s: street.buy(s, "anna", "baker", 1000, receipt="anna-1"))
    act(lambda s: street.buy(s, "ben", "baker", 1000, receipt="ben-1"))
    assert erase(act, street)
    assert owner.execute("SELECT key FROM slip").fetchall() == [("ben-1",)]
    till_id = street.places["baker"].till_id
    assert act(lambda s: replays.find(s, till_id, "anna-1")).erased
    assert not act(lambda s: replays.find(s, till_id, "ben-1")).erased


def test_erasing_twice_is_once_also_at_the_same_time(act, street, owner):
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(lambda _: erase(act, street), range(4))) == [False, False, False, True]
    assert wallet(owner, street) == (0, 0, 0, 2)


def test_the_card_is_unknown_afterwards(act, street):
    assert erase(act, street)
    with pytest.raises(Missing, match="card_unknown"):
        act(lambda s: street.buy(s, "anna", "baker", 1000))


def test_nobody_is_missing(act, street):
    with pytest.raises(Missing, match="member_unknown"):
        act(lambda s: erasure.erase(s, street.wallets["anna"], LATER, ids(LATER)))
