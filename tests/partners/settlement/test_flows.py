"""Flows: gathered in any pieces they are what the transfers say, and what the lots are worth lies in the pool."""

import threading
import time
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config.sequence import in_order
from loyalty.db import driver
from loyalty.models.people import Card, Member
from loyalty.models.points import Lot, Seal, Transfer
from loyalty.points import households, sealing
from loyalty.rules.basket import Line
from loyalty.rules.netting import net
from partners.models import ContractVersion
from partners.settlement import closing, flows
from partners.settlement.models import FlowRow, FlowState, PartnerExit
from tests.coalition import day, open_coalition
from tests.partners.settlement.random_days import lived

NEVER = date(9999, 1, 1)
SEEDS = range(6)


def seal_all(act, at) -> int:
    """Everything gets its number; how many there are. Transactions elsewhere may hold the horizon for a moment."""
    deadline = time.monotonic() + 30
    while True:
        act(lambda s: sealing.seal(s, at))
        transfers, seals = act(
            lambda s: [s.scalar(select(func.count()).select_from(table)) for table in (Transfer, Seal)]
        )
        if transfers == seals:
            return seals
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gather_all(act, limit) -> None:
    """`limit()`: how many at most each time."""
    while act(lambda s: flows.gather(s, limit())):
        pass


def differences(session, last) -> Counter:
    """What flows and transfers do not agree about."""
    session.rollback()
    gathered = Counter({row[:-1]: row[-1] for row in flows.of_days(session, None, NEVER)})
    gathered.subtract({row[:-1]: row[-1] for row in flows.raw(session, 1, last)})
    return +gathered + -gathered


def months(act, session, seed):
    """Random days, all sealed and gathered in random pieces: the days and the last number."""
    days = lived(act, session, seed)
    last = seal_all(act, days.at)
    gather_all(act, lambda: days.dice.randrange(1, 40))
    return days, last


@pytest.mark.parametrize("seed", SEEDS)
def test_gathered_in_pieces_they_are_what_the_transfers_say(act, session, seed) -> None:
    _, last = months(act, session, seed)
    assert last > 30
    assert not differences(session, last)
    kinds = Counter(session.scalars(select(FlowRow.kind)))
    assert {"issue", "redeem", "supply"} <= kinds.keys()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pool_holds_what_the_lots_are_worth(act, session, seed) -> None:
    months(act, session, seed)
    rows = flows.of_days(session, None, NEVER)
    left = Counter()
    for kind, issuer, contract, value_ct, *_, points in rows:
        if kind != "supply":
            left[issuer, contract, value_ct] += points if kind == "issue" else -points
    lots = session.execute(
        select(Lot.issuer_id, Lot.contract_id, Lot.point_value_ct, func.sum(Lot.remaining)).group_by(
            Lot.issuer_id, Lot.contract_id, Lot.point_value_ct
        )
    )
    held = {tuple(row[:3]): row[3] for row in lots if row[3]}
    assert {key: points for key, points in left.items() if points} == held
    funding = dict(session.execute(select(ContractVersion.id, ContractVersion.funding)).all())
    worth = sum(
        (points * Fraction(value_ct) for (_, contract, value_ct), points in held.items()
         if funding.get(contract, "prefunded") == "prefunded"),
        Fraction(),
    )  # fmt: skip
    prices, partners = closing.prices(session), closing.partners(session)
    found = net(flows.priced(rows, prices, True), partners)
    assert net(flows.priced(flows.across_rates(rows), prices, True), partners) == found
    assert (found.pool_ct, found.points_out) == (worth, sum(held.values()))


@pytest.mark.parametrize("seed", (0, 3))
def test_what_is_redeemed_and_what_is_supplied_are_the_same_points(act, session, seed) -> None:
    months(act, session, seed)
    redeemed, supplied = Counter(), Counter()
    for kind, *_, partner, contract, _vat, _estimated, points in flows.of_days(session, None, NEVER):
        if kind in ("redeem", "supply"):
            (redeemed if kind == "redeem" else supplied)[partner, contract] += points
    assert redeemed and +redeemed == +supplied


@pytest.mark.parametrize("seed", (2, 5))
def test_days_add_up_to_the_whole(act, session, seed) -> None:
    days, _ = months(act, session, seed)
    whole = Counter({row[:-1]: row[-1] for row in flows.of_days(session, None, NEVER)})
    middle = days.at.date() - timedelta(days=20)
    for begins, ends in ((None, middle), (middle, NEVER)):
        whole.subtract({row[:-1]: row[-1] for row in flows.of_days(session, begins, ends)})
    assert not any(whole.values())


def test_points_of_a_partner_that_left_are_the_operators_either_way(act, session) -> None:
    coalition = open_coalition(session)
    baker, drinks = coalition.partner("baker"), coalition.partner("drinks")
    coalition.buy(session, "anna", "baker", 10_000, day(1, 5))
    for month in (1, 2):
        coalition.redeem(session, "anna", "drinks", 30 * month, day(month, 6))
        session.commit()
        last = seal_all(act, day(month, 7))
    gather_all(act, lambda: 2)
    session.add(
        PartnerExit(
            partner_id=baker, leaves_on=date(2026, 1, 20), cut_off_on=date(2026, 1, 31), carrier="operator",
            guarantee_cents=0, noted_by=coalition.admins[0], noted_at=day(1, 5),
        )
    )  # fmt: skip
    session.commit()
    assert not differences(session, last)
    rows = flows.of_days(session, None, NEVER)
    moved = {(row[1], row[4]): row[-1] for row in rows if row[0] == "redeem"}
    assert moved == {(baker, drinks): 30, (None, drinks): 60}


def test_a_redemption_undone_in_another_wallet_is_undone(act, session) -> None:
    coalition = open_coalition(session)
    lines = [Line(6000, vat_bp=700), Line(4000, vat_bp=1900)]
    coalition.book(session, "anna", "baker", lines, day(1, 5))
    spent = coalition.redeem(session, "anna", "drinks", 71, day(1, 6))
    session.commit()
    anna, ben = (member_of(session, coalition.cards[who]) for who in ("anna", "ben"))
    act(lambda s: households.join(s, anna.id, ben.wallet_id, day(1, 7), in_order(day(1, 7))))
    act(lambda s: coalition.undo(s, "drinks", spent.id, day(1, 8)))
    last = seal_all(act, day(1, 9))
    gather_all(act, lambda: 1)
    assert not differences(session, last)
    assert [(row[0], row[-1]) for row in flows.of_days(session, None, NEVER)] == [("issue", 100)]
    by_rate = {(row[0], row[6]): row[-1] for row in flows.of_days(session, None, date(2026, 1, 7))}
    assert by_rate == {("issue", None): 100, ("redeem", 700): 43, ("redeem", 1900): 28, ("supply", 1900): 71}


def member_of(session, card):
    """Whose card it is."""
    return session.scalars(select(Member).join(Card).where(Card.number == card)).one()


def busy(act, session) -> int:
    """Thirty purchases and as many redemptions, sealed, not gathered."""
    coalition = open_coalition(session)
    for number in range(30):
        coalition.buy(session, "anna", ("baker", "drinks", "books")[number % 3], 5000 + number, day(1, 5))
        coalition.redeem(session, "anna", ("books", "baker")[number % 2], 20, day(1, 6))
        session.commit()
    return seal_all(act, day(1, 7))


def test_two_gatherers_at_once_count_everything_once(act, session) -> None:
    last = busy(act, session)
    start, counted, done = threading.Barrier(4), [], threading.Lock()

    def work() -> None:
        start.wait()
        while found := act(lambda s: flows.gather(s, 3)):
            with done:
                counted.append(found)

    gatherers = [threading.Thread(target=work) for _ in range(4)]
    for one in gatherers:
        one.start()
    for one in gatherers:
        one.join()
    assert sum(counted) == last
    assert not differences(session, last)


def test_a_gatherer_killed_leaves_nothing_and_the_one_behind_it_goes_on(act, session, owner, engine) -> None:
    last = busy(act, session)
    with engine.connect() as connection:
        killed = Session(connection)
        assert flows.gather(killed, 7) == 7
        waiting = threading.Thread(target=lambda: act(lambda s: flows.gather(s, 11)))
        waiting.start()
        wait_for_lock(owner)
        owner.execute("SELECT pg_terminate_backend(%s)", [driver(killed).info.backend_pid])
        with pytest.raises((DBAPIError, psycopg.OperationalError)):
            killed.commit()
        waiting.join()
        connection.invalidate()
    assert session.scalar(select(FlowState.through).execution_options(populate_existing=True)) == 11
    gather_all(act, lambda: 50)
    assert not differences(session, last)


def wait_for_lock(owner) -> None:
    """Until somebody waits for a lock."""
    deadline = time.monotonic() + 10
    while not owner.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
