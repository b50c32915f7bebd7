"""Exposure: warned at 80 %, held at 100 %, free again once it is paid; counted right while runs move on."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from config import limits
from config.sequence import in_order
from loyalty.points import audit
from partners import contracts, staff
from partners.api import auth
from partners.contracts import Offer
from partners.settlement import closing, exposure, legs, runs
from partners.settlement.models import Exposure
from tests.coalition import day, open_coalition
from tests.partners.api.conftest import anna, id_now, join, receipt, street, till

__all__ = ["anna", "join", "street", "till"]

JANUARY, FEBRUARY = day(1, 10), day(2, 10)
LIMIT = Offer(credit_limit_cents=600, deposit_cents=400)


def states(owner) -> dict[str, tuple[int, bool, bool]]:
    """Owed, warned and held by partner."""
    rows = owner.execute(
        "SELECT p.code, owed_cents, warned, held FROM exposure JOIN partner p ON p.id = partner_id ORDER BY 1"
    )
    return {code: tuple(state) for code, *state in rows}


def revision(owner) -> int:
    return owner.execute("SELECT revision FROM terms_revision").fetchone()[0]


def count(act, at):
    """What the job does, without freeing anything."""
    act(lambda s: closing.catch_up(s, at))
    return act(lambda s: exposure.refresh(s, at))


@pytest.fixture
def coalition(session):
    """The baker may owe 10 euros."""
    return open_coalition(session, offers={"baker": LIMIT})


@pytest.fixture
def buy(act, coalition):
    def bought(euros, at=JANUARY, code="baker"):
        return act(lambda s: coalition.buy(s, "anna", code, euros * 100, at))

    return bought


# A point costs 1 ct, 0.15 ct fee and 19 % VAT on that: 678 points come to 7.99, 679 to 8.00, 848 to 9.99, 849 to 10.00.
@pytest.mark.parametrize(
    ("euros", "state"),
    [
        (678, (799, False, False)), (679, (800, True, False)), (848, (999, True, False)), (849, (1000, True, True)),
    ],
)  # fmt: skip
def test_it_warns_at_80_and_holds_at_100_percent(act, owner, coalition, buy, euros, state) -> None:
    buy(euros)
    changed = count(act, JANUARY)
    assert states(owner) == {"baker": state}
    assert changed == ([coalition.partner("baker")] if state[1] else [])
    assert count(act, JANUARY) == []


def test_tills_look_their_terms_up_only_when_something_is_held_or_no_longer(act, owner, buy) -> None:
    buy(100)
    count(act, JANUARY)
    before = revision(owner)
    buy(600)
    assert len(count(act, JANUARY)) == 1  # warned
    assert revision(owner) == before
    buy(200)
    assert len(count(act, JANUARY)) == 1  # held
    assert revision(owner) == before + 1
    count(act, JANUARY)
    assert revision(owner) == before + 1


def test_new_points_wait_until_the_partner_has_paid(app, act, owner, till, anna) -> None:
    now = datetime.now(UTC)
    first, second = _limited(act, till, now)
    assert till.post("/purchases", receipt(anna.card, 90_000)).json["points"]["pending"] == 0
    assert _watch(app) == 0
    assert states(owner)["baker"][2]
    time.sleep(auth.FRESH_S + 0.1)
    held = till.post("/purchases", receipt(anna.card, 5_000)).json["points"]
    assert (held["earned"], held["pending"], held["available"]) == (50, 50, 900)

    after = now + timedelta(days=40)
    label = f"{now.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m}"
    run_id = act(lambda s: runs.prepare(s, label, first, after, in_order(after)))
    owed = states(owner)["baker"][0]
    _watch(app)
    assert states(owner)["baker"] == (owed + 59, True, True)  # 50 points more than a minute ago
    act(lambda s: runs.release(s, run_id, second, after, in_order(after)))
    assert _watch(app) == 0
    assert states(owner)["baker"] == (owed + 59, True, True)
    act(lambda s: legs.pay_all(s, run_id, second, after, in_order(after)))
    assert _watch(app) == 1
    assert states(owner)["baker"] == (0, False, False)

    points = till.get(f"/cards/{anna.card}").json["points"]
    assert (points["available"], points["pending"]) == (950, 0)
    time.sleep(auth.FRESH_S + 0.1)
    assert till.post("/purchases", receipt(anna.card, 1_000)).json["points"]["pending"] == 0
    assert act(lambda s: list(audit.run(s, datetime.now(UTC)))) == []


def test_points_of_a_till_that_had_the_news_too_late_come_free_all_the_same(
    app, act, owner, coalition, buy
) -> None:
    buy(900)
    count(act, JANUARY)
    buy(100)
    owner.execute("UPDATE exposure SET held = false")
    act(lambda s: contracts.add_version(s, coalition.partner("baker"), JANUARY, Offer(), id_now))
    assert _watch(app, JANUARY) == 1
    assert states(owner) == {"baker": (1179, False, False)}  # no limit any more


def test_points_paid_at_redemption_count_while_they_are_out(act, owner, session) -> None:
    offers = {"baker": Offer(funding="at_redemption", credit_limit_cents=100)}
    coalition = open_coalition(session, offers=offers)
    act(lambda s: coalition.buy(s, "anna", "baker", 10_000, JANUARY))
    count(act, JANUARY)
    assert states(owner) == {"baker": (118, True, True)}  # 18 of fee, 100 that it may have to pay
    act(lambda s: coalition.buy(s, "anna", "drinks", 10_000, JANUARY))
    act(lambda s: coalition.redeem(s, "anna", "books", 40, JANUARY))
    count(act, JANUARY)
    assert states(owner) == {"baker": (118, True, True)}


def test_points_that_are_out_count_at_the_highest_price_anybody_gets(act, owner, session) -> None:
    dear = Offer(point_value_ct=Decimal(2), reimbursement_ct=Decimal("1.5"))
    offers = {"baker": Offer(funding="at_redemption", credit_limit_cents=100), "books": dear}
    coalition = open_coalition(session, offers=offers)
    act(lambda s: coalition.buy(s, "anna", "baker", 10_000, JANUARY))
    count(act, JANUARY)
    assert states(owner)["baker"][0] == 18 + 150


def test_who_owes_nothing_is_within_a_limit_of_nothing(act, owner, session) -> None:
    coalition = open_coalition(session, offers={"baker": Offer(credit_limit_cents=0)})
    count(act, JANUARY)
    assert states(owner) == {"baker": (0, False, False)}
    act(lambda s: coalition.buy(s, "anna", "drinks", 10_000, JANUARY))
    act(lambda s: coalition.redeem(s, "anna", "baker", 50, JANUARY))
    act(lambda s: coalition.buy(s, "ben", "baker", 1_000, JANUARY))
    count(act, JANUARY)
    assert states(owner) == {"baker": (0, False, False)}  # it still gets more than it owes
    act(lambda s: coalition.buy(s, "ben", "baker", 5_000, JANUARY))
    count(act, JANUARY)
    assert states(owner) == {"baker": (21, True, True)}


def test_what_is_owed_stays_while_a_run_goes_its_way(act, owner, coalition, buy) -> None:
    buy(900)
    seen = []

    def step(work):
        result = act(work)
        count(act, FEBRUARY)
        seen.append(states(owner)["baker"][0])
        return result

    step(lambda s: closing.catch_up(s, FEBRUARY))
    first, second = coalition.admins
    run_id = step(lambda s: runs.prepare(s, "2026-01", first, FEBRUARY, in_order(FEBRUARY)))
    step(lambda s: runs.withdraw(s, run_id, first, FEBRUARY, in_order(FEBRUARY)))
    later = FEBRUARY + timedelta(minutes=1)
    run_id = step(lambda s: runs.prepare(s, "2026-01", first, later, in_order(later)))
    step(lambda s: runs.release(s, run_id, second, later, in_order(later)))
    assert seen == [1061] * 5
    item = act(lambda s: legs.items(s, run_id, coalition.partner("baker")))[0]
    step(lambda s: legs.settle_by_hand(s, item.leg.id, -300, "cash", second, later, in_order(later)))
    buy(10, FEBRUARY)
    count(act, FEBRUARY)
    assert (seen[-1], states(owner)["baker"]) == (761, (773, False, False))


@pytest.mark.parametrize("deed", ["prepare", "release"])
def test_a_run_on_its_way_is_waited_for(act, owner, coalition, buy, engine, session, deed) -> None:
    buy(900)
    count(act, FEBRUARY)
    first, second = coalition.admins
    if deed == "prepare":
        runs.prepare(session, "2026-01", first, FEBRUARY, in_order(FEBRUARY))
    else:
        run_id = act(lambda s: runs.prepare(s, "2026-01", first, FEBRUARY, in_order(FEBRUARY)))
        runs.release(session, run_id, second, FEBRUARY, in_order(FEBRUARY))
    counting = Thread(target=lambda: act(lambda s: exposure.refresh(s, FEBRUARY)))
    counting.start()
    counting.join(0.5)
    assert counting.is_alive()
    session.commit()
    counting.join(20)
    assert states(owner) == {"baker": (1061, True, True)}


def test_many_at_once_count_the_same(act, owner, buy) -> None:
    buy(900)
    act(lambda s: closing.catch_up(s, JANUARY))
    failed = []

    def counted():
        try:
            act(lambda s: exposure.refresh(s, JANUARY))
        except Exception as error:
            failed.append(error)

    threads = [Thread(target=counted) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, states(owner)) == ([], {"baker": (1061, True, True)})


def test_nobody_is_counted_without_a_limit(act, session) -> None:
    coalition = open_coalition(session)
    act(lambda s: coalition.buy(s, "anna", "baker", 10_000, JANUARY))
    assert count(act, JANUARY) == []
    assert act(lambda s: s.scalars(select(Exposure)).all()) == []


def _limited(act, till, now):
    """The till's partner may owe 10 euros; two admins."""
    since = now - timedelta(days=59)

    def work(session):
        contracts.add_version(session, till.place.partner_id, since, LIMIT, id_now)
        return [
            staff.create(session, f"{name}@street.example", name, "admin", None, "-", id_now)
            for name in ("one", "two")
        ]

    return act(work)


def _watch(app, at=None):
    with app.app_context():
        return limits.watch(at or datetime.now(UTC))
