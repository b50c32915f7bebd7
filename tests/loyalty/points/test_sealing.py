"""The sealer: no gap, no double, no transaction that commits late passed over, and a chain that says what was there."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Conflict
from loyalty.points import entries, sealing
from loyalty.rules import chain
from loyalty.rules.chain import START, Head
from tests.street import NOON, open_street


@pytest.fixture
def street(session):
    return open_street(session)


def seal_all(act, owner, limit=10_000, at=NOON):
    """Seal until every transfer has a number: other databases of the server may hold the horizon for a moment."""
    deadline = time.monotonic() + 30
    while True:
        act(lambda session: sealing.seal(session, at, limit))
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


def test_it_chains_each_transfer_with_its_receipt_and_lots(act, street, owner):
    act(lambda session: street.buy(session, "anna", "baker", 5000, receipt="Bon 17"))
    act(lambda session: street.redeem(session, "anna", "drinks", points=20))
    seal_all(act, owner)
    earned, spent = act(lambda session: entries.sealed(driver(session), 0, 9, 9))
    assert [part.name for part in earned.parts] == ["transfer", "receipt", "lot"]
    assert [part.name for part in spent.parts] == ["transfer", "receipt", "use"]
    assert earned.parts[1].fields[4:7] == ("Bon 17", "2026-11-20", "5000")
    assert spent.parts[1].fields[0] == "redemption"
    assert spent.parts[1].fields[5] == "2026-11-20T11:00:00.000000Z"
    baker, contract = str(street.places["baker"].partner_id), earned.parts[2].fields[2]
    assert spent.parts[2].fields[1:6] == [earned.transfer_id, "20", baker, contract, "1.000"]
    head = START
    for entry in (earned, spent):
        head = chain.head(entry.sequence, head, chain.leaf(map(chain.part_hash, entry.parts)))
        assert entry.hash == head
    assert act(sealing.head) == (2, head)


@pytest.mark.parametrize(
    "setting", ["TimeZone = 'Asia/Tokyo'", "DateStyle = 'German, DMY'", "bytea_output = 'escape'"]
)
def test_it_chains_the_same_whatever_the_session_is_set_to(act, street, owner, setting):
    act(lambda session: street.buy(session, "anna", "baker", 5000))
    seal_all(act, owner)

    def again(session):
        before = entries.sealed(driver(session), 0, 9, 9)
        driver(session).execute(f"SET LOCAL {setting}")
        return before == entries.sealed(driver(session), 0, 9, 9)

    assert act(again)


def test_what_may_change_later_is_not_chained(act, street, owner):
    act(lambda session: street.buy(session, "anna", "baker", 5000))
    seal_all(act, owner)
    before = act(lambda session: entries.sealed(driver(session), 0, 9, 9))
    owner.execute("UPDATE lot SET remaining = 3, expires_at = '2031-01-01Z', available_from = '2027-01-01Z'")
    assert act(lambda session: entries.sealed(driver(session), 0, 9, 9)) == before


def days(owner):
    return [row[0].isoformat() for row in owner.execute("SELECT day FROM seal ORDER BY sequence")]


def test_a_day_is_the_coalitions_own_and_never_falls(act, street, owner):
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    for who, at in (("anna", NOON), ("ben", late), ("clara", NOON)):
        act(lambda session, who=who, at=at: street.buy(session, who, "baker", 500, at))
        seal_all(act, owner, at=NOON + timedelta(days=2))
    assert days(owner) == ["2026-11-20", "2026-11-21", "2026-11-21"]
    assert owner.execute("SELECT first_sequence, last_sequence FROM sealed_day ORDER BY day").fetchall() == [
        (1, 1), (2, 3),
    ]  # fmt: skip


def test_a_day_is_never_later_than_the_one_it_is_sealed_on(act, street, owner):
    act(lambda session: street.buy(session, "anna", "baker", 500, NOON + timedelta(days=5)))
    seal_all(act, owner)
    assert days(owner) == ["2026-11-20"]


def test_what_comes_after_a_period_was_closed_is_of_the_next_one(act, street, owner):
    act(lambda session: street.buy(session, "anna", "baker", 500))
    seal_all(act, owner)
    assert act(lambda session: sealing.close(session, date(2026, 11, 30))) == 1
    act(lambda session: street.buy(session, "ben", "baker", 500))
    seal_all(act, owner)
    assert days(owner) == ["2026-11-20", "2026-12-01"]
    assert act(lambda session: sealing.close(session, date(2026, 11, 25))) == 1
    assert owner.execute("SELECT closed_until FROM sealing_state").fetchone() == (date(2026, 11, 30),)
    assert act(lambda session: sealing.close(session, date(2026, 12, 31))) == 2


def test_a_sealer_waits_for_a_period_that_is_being_closed(act, street, owner, engine):
    act(lambda session: street.buy(session, "anna", "baker", 500))
    with ThreadPoolExecutor(1) as other, Session(engine) as closing:
        assert sealing.close(closing, date(2026, 11, 30)) == 0
        sealed = other.submit(act, lambda session: sealing.seal(session, NOON))
        time.sleep(0.1)
        assert not sealed.done()
        closing.commit()
        sealed.result()
    seal_all(act, owner)
    assert days(owner) == ["2026-12-01"]


def test_it_seals_nothing_upon_books_that_were_cut(act, street, owner):
    for who in ("anna", "ben"):
        act(lambda session, who=who: street.buy(session, who, "baker", 500))
        seal_all(act, owner)
    owner.execute("SET session_replication_role = replica")
    owner.execute("DELETE FROM transfer WHERE id = (SELECT transfer_id FROM seal WHERE sequence = 2)")
    act(lambda session: street.buy(session, "clara", "baker", 500))
    with pytest.raises(Conflict) as refused:
        act(lambda session: sealing.seal(session, NOON))
    assert (refused.value.code, refused.value.facts) == ("sealed_transfer_missing", {"sequence": 2})
    assert numbers(owner) == [1, 2]


def test_it_goes_on_from_the_head_it_left(act, street, owner):
    """In steps, with a sealer killed in between, the chain is that of one go."""
    for cents in range(500, 1500, 100):
        act(lambda session, cents=cents: street.buy(session, "anna", "baker", cents))
    act(lambda session: sealing.seal(session, NOON, 3))

    def killed(session):
        sealing.seal(session, NOON, 3)
        owner.execute("SELECT pg_terminate_backend(%s)", [driver(session).info.backend_pid])

    with pytest.raises((OperationalError, psycopg.OperationalError)):
        act(killed)
    seal_all(act, owner, limit=3)
    in_steps = owner.execute("SELECT * FROM seal ORDER BY sequence").fetchall()
    owner.execute("SET session_replication_role = replica")
    owner.execute("TRUNCATE seal, sealed_day")
    seal_all(act, owner)
    assert owner.execute("SELECT * FROM seal ORDER BY sequence").fetchall() == in_steps


def test_a_published_head_is_noted_once_for_each_channel(act, street, owner):
    assert act(lambda session: sealing.publish(session, "mail", NOON)) == Head(0, START)
    act(lambda session: street.buy(session, "anna", "baker", 500))
    seal_all(act, owner)
    heads = [
        act(lambda session, way=way: sealing.publish(session, way, NOON))
        for way in ("mail", "mail", "statement")
    ]
    assert heads == [act(sealing.head)] * 3
    assert owner.execute(
        "SELECT sequence, channel, hash, day FROM published_head ORDER BY channel"
    ).fetchall() == [(1, way, heads[0].hash, NOON.date()) for way in ("mail", "statement")]
    act(lambda session: street.buy(session, "ben", "baker", 500))
    seal_all(act, owner)
    assert act(lambda session: sealing.publish(session, "export", NOON, 1)) == heads[0]
    assert act(lambda session: sealing.publish(session, "export", NOON)).sequence == 2
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("DELETE FROM published_head")


def test_the_lag_is_the_age_of_the_first_transfer_without_a_number(act, street, owner):
    later = NOON + timedelta(seconds=90)
    assert act(lambda session: sealing.lag_seconds(session, later)) == 0
    act(lambda session: street.buy(session, "anna", "baker", 500))
    assert act(lambda session: sealing.lag_seconds(session, later)) == 90
    seal_all(act, owner)
    assert act(lambda session: sealing.lag_seconds(session, later)) == 0
