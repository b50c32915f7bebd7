"""Points by hand: a few at once, more only with a second person, once, and never more than there are."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.errors import Conflict, Forbidden, Invalid, Missing
from loyalty.models.oversight import Adjustment, AuditLog
from loyalty.models.points import Lot, Transfer, Wallet
from loyalty.points import adjustments, audit, erasure, households
from loyalty.rules.lots import expires_at
from loyalty.rules.terms import Programme
from partners.settlement import runs
from tests.coalition import day, open_coalition
from tests.loyalty.points.test_redemptions import in_parallel
from tests.street import NOON, ids, open_street

FIRST, SECOND, THIRD = uuid4(), uuid4(), uuid4()
PROGRAMME = Programme(expiry_months=12, pending_days=14)
DAY = timedelta(days=1)


@pytest.fixture
def street(session):
    return open_street(session)


@pytest.fixture
def ask(act, street):
    """`ask(points)`: the first person asks for points for Anna; up to 500 alone."""

    def asked(points, reason="goodwill", who="anna", staff_id=FIRST, at=NOON, wallet_id=None):
        wallet_id = wallet_id or street.wallets[who]
        return act(
            lambda s: adjustments.ask(s, wallet_id, points, reason, staff_id, 500, PROGRAMME, at, ids(at))
        )

    return asked


@pytest.fixture
def decide(act):
    """`decide(id)`: the second person agrees."""

    def decided(adjustment_id, agree=True, staff_id=SECOND, at=NOON):
        act(lambda s: adjustments.decide(s, adjustment_id, agree, staff_id, PROGRAMME, at, ids(at)))

    return decided


def wallet(session, street, who="anna"):
    found = session.get(Wallet, street.wallets[who], populate_existing=True)
    return found.balance, found.available, found.version


def counts(session):
    session.rollback()
    return [
        session.scalar(select(func.count()).select_from(table)) for table in (Adjustment, Transfer, AuditLog)
    ]


def test_it_gives_a_few_points_at_once_as_a_lot_of_the_coalition(session, street, ask) -> None:
    number, done = ask(500, "missing_points")
    assert done and wallet(session, street) == (500, 500, 1)
    lot = session.scalars(select(Lot)).one()
    ends = expires_at(NOON, "months", 12, "Europe/Berlin")
    assert (lot.issuer_id, lot.contract_id, lot.point_value_ct) == (None, None, PROGRAMME.point_value_ct)
    assert (lot.points, lot.available_from, lot.expires_at, lot.cause) == (500, NOON, ends, number)
    row = session.scalars(select(Transfer)).one()
    assert (row.kind, row.source, row.destination, row.partner_id) == ("adjust", "issued", "wallet", None)
    assert (row.cause, row.reason, row.points) == (number, "missing_points", 500)
    kept = adjustments.get(session, number)
    assert (kept.state, kept.four_eyes, kept.asked_by, kept.decided_by) == ("done", False, FIRST, FIRST)


def test_it_takes_what_expires_first(session, act, street, ask) -> None:
    late = act(lambda s: street.buy(s, "anna", "baker", 10_000))
    early = act(lambda s: street.buy(s, "anna", "drinks", 10_000, NOON - 30 * DAY))
    _, done = ask(-120, "fraud")
    assert done and wallet(session, street) == (80, 80, 3)
    left = {lot.cause: lot.remaining for lot in session.scalars(select(Lot))}
    assert left == {early.id: 0, late.id: 80}


def test_it_takes_no_more_than_is_available(session, act, street, ask) -> None:
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    before = counts(session)
    with pytest.raises(Conflict, match="insufficient_points") as refusal:
        ask(-11, "mistake")
    assert refusal.value.facts == {"available": 10}
    assert counts(session) == before and wallet(session, street) == (10, 10, 1)


def test_points_pending_are_not_taken(session, act) -> None:
    street = open_street(session, programme=Programme(pending_days=14))
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    with pytest.raises(Conflict, match="insufficient_points"):
        act(
            lambda s: adjustments.ask(
                s, street.wallets["anna"], -1, "fraud", FIRST, 500, PROGRAMME, NOON, ids()
            )
        )


def test_what_expired_unnoticed_is_counted_out(session, act) -> None:
    street = open_street(session, programme=Programme(expiry_months=1))
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    at = NOON + 60 * DAY
    act(
        lambda s: adjustments.ask(
            s, street.wallets["anna"], 5, "goodwill", FIRST, 500, PROGRAMME, at, ids(at)
        )
    )
    assert wallet(session, street)[:2] == (15, 5)
    assert act(lambda s: list(audit.run(s, at))) == []


@pytest.mark.parametrize(
    ("points", "reason", "code", "field"),
    [
        (0, "goodwill", "points_invalid", "points"),
        (1_000_001, "goodwill", "points_invalid", "points"),
        (-1_000_001, "goodwill", "points_invalid", "points"),
        (10, "because", "reason_unknown", "reason"),
        (10, "", "reason_unknown", "reason"),
    ],
)
def test_what_cannot_be_asked_leaves_no_trace(session, ask, points, reason, code, field) -> None:
    with pytest.raises(Invalid) as refusal:
        ask(points, reason)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert counts(session) == [0, 0, 0]


def test_every_reason_is_one_the_books_take(session, ask) -> None:
    for reason in adjustments.REASONS:
        assert ask(1, reason).done
    assert ask(1_000_000).done is ask(-1_000_000).done is False


def test_nobodys_wallet_is_unknown(session, act, street, ask) -> None:
    with pytest.raises(Missing, match="wallet_unknown"):
        ask(10, wallet_id=uuid4())
    act(lambda s: erasure.erase(s, street.members["anna"], NOON, ids()))
    with pytest.raises(Missing, match="wallet_unknown"):
        ask(10)
    assert counts(session) == [0, 0, 0]


def test_above_the_threshold_a_second_person_must_agree(session, act, street, ask, decide) -> None:
    number, done = ask(501)
    assert not done and wallet(session, street) == (0, 0, 0)
    assert [one.id for one in adjustments.waiting(session)] == [number]
    decide(number, at=NOON + DAY)
    assert wallet(session, street) == (501, 501, 1)
    kept = adjustments.get(session, number)
    assert (kept.state, kept.four_eyes, kept.asked_by, kept.decided_by) == ("done", True, FIRST, SECOND)
    assert (kept.decided_at, adjustments.waiting(session)) == (NOON + DAY, [])
    assert act(lambda s: list(audit.run(s, NOON + DAY))) == []


def test_who_asked_may_neither_agree_nor_refuse(session, street, ask, decide) -> None:
    number, _ = ask(501)
    before = counts(session)
    for agree in (True, False):
        with pytest.raises(Forbidden, match="decided_by_asker"):
            decide(number, agree, FIRST)
    assert counts(session) == before and adjustments.get(session, number).state == "waiting"


def test_what_was_refused_stays_refused(session, street, ask, decide) -> None:
    number, _ = ask(501)
    decide(number, agree=False)
    before = counts(session)
    with pytest.raises(Conflict, match="adjustment_decided") as refusal:
        decide(number, agree=True, staff_id=THIRD)
    assert refusal.value.facts == {"state": "refused"}
    assert counts(session) == before and wallet(session, street) == (0, 0, 0)
    with pytest.raises(Missing, match="adjustment_unknown"):
        decide(uuid4())


def test_agreeing_to_take_what_is_gone_leaves_it_waiting(session, ask, decide) -> None:
    number, _ = ask(-600)
    before = counts(session)
    with pytest.raises(Conflict, match="insufficient_points"):
        decide(number)
    assert counts(session) == before and adjustments.get(session, number).state == "waiting"


def test_many_small_ones_count_as_one(session, street, ask, decide) -> None:
    assert ask(300).done
    assert not ask(201).done
    assert not ask(-100).done  # taken counts like given, and what waits counts like what is booked
    assert ask(500, who="ben").done
    assert ask(500, staff_id=SECOND).done
    assert not ask(1, at=NOON + DAY - timedelta(seconds=1)).done
    assert ask(499, at=NOON + DAY).done


def test_what_was_refused_does_not_count(ask, decide) -> None:
    number, _ = ask(501)
    assert not ask(1).done
    decide(number, agree=False)
    assert ask(499).done


def test_many_small_ones_at_once_count_as_one(session, street, ask) -> None:
    done = in_parallel(8, lambda _: ask(100).done)
    assert sorted(done) == [False] * 3 + [True] * 5
    assert wallet(session, street) == (500, 500, 5)


def test_of_two_who_decide_at_once_one_wins(session, street, ask, decide) -> None:
    number, _ = ask(501)
    others = [uuid4() for _ in range(6)]
    results = in_parallel(6, lambda place: decide(number, place % 2 == 0, others[place]))
    assert sorted(results, key=str).count("adjustment_decided") == 5 and None in results
    booked = wallet(session, street)[0]
    assert booked == (501 if adjustments.get(session, number).state == "done" else 0)


def test_taking_and_spending_at_once_never_takes_more_than_there_is(session, act, street, ask) -> None:
    act(lambda s: street.buy(s, "anna", "baker", 10_000))

    def one(place):
        if place % 2:
            return ask(-40, "mistake", staff_id=uuid4()).done
        return act(lambda s: street.redeem(s, "anna", "drinks", 40)).points

    results = in_parallel(6, one)
    assert results.count("insufficient_points") == 4
    assert wallet(session, street)[:2] == (20, 20)
    assert act(lambda s: list(audit.run(s, NOON))) == []


def test_it_follows_a_wallet_that_was_merged(session, act, street, ask, decide) -> None:
    late, _ = ask(600)
    act(lambda s: street.buy(s, "anna", "baker", 1000))
    act(lambda s: households.join(s, street.members["anna"], street.wallets["ben"], NOON, ids()))
    decide(late)
    assert ask(5, wallet_id=street.wallets["anna"], staff_id=SECOND).done
    assert wallet(session, street, "ben")[0] == 615 and wallet(session, street)[0] == 0
    assert adjustments.get(session, late).wallet_id == street.wallets["ben"]
    assert act(lambda s: list(audit.run(s, NOON))) == []


def test_one_erased_meanwhile_gets_nothing(session, act, street, ask, decide) -> None:
    number, _ = ask(600)
    act(lambda s: erasure.erase(s, street.members["anna"], NOON, ids()))
    before = counts(session)
    with pytest.raises(Missing, match="wallet_unknown"):
        decide(number)
    assert counts(session) == before
    decide(number, agree=False)
    assert adjustments.get(session, number).state == "refused"


def test_deeds_are_noted_with_codes_and_numbers_only(session, ask, decide) -> None:
    small, large, other = ask(5).id, ask(600, "mistake").id, ask(700).id
    decide(large)
    decide(other, agree=False)
    noted = {
        (row.action, row.staff_id, row.object_id): row.facts for row in session.scalars(select(AuditLog))
    }
    assert noted == {
        ("adjustment_made", FIRST, small): {"points": 5, "reason": "goodwill"},
        ("adjustment_asked", FIRST, large): {"points": 600, "reason": "mistake"},
        ("adjustment_asked", FIRST, other): {"points": 700, "reason": "goodwill"},
        ("adjustment_agreed", SECOND, large): {"points": 600},
        ("adjustment_refused", SECOND, other): {"points": 700},
    }


def test_the_database_itself_wants_two_people(owner, session, street, ask) -> None:
    number, _ = ask(600)
    with pytest.raises(Exception, match="adjustment_four_eyes_check"):
        owner.execute("UPDATE adjustment SET state = 'done', decided_by = asked_by WHERE id = %s", [number])


def test_promise_17_the_coalition_pays_for_what_is_given_and_gets_what_is_taken(session) -> None:
    coalition = open_coalition(session)
    at, admin = day(1, 20), coalition.admins[0]
    coalition.buy(session, "anna", "baker", 10_000, day(1, 10))
    wallet_id = session.scalars(select(Transfer.wallet_id)).one()
    for points in (-30, 50):
        adjustments.ask(session, wallet_id, points, "mistake", admin, 500, PROGRAMME, at, in_order(at))
        at += timedelta(minutes=1)
    session.commit()
    run = runs.get(session, coalition.settle(session, "2026-01", day(2, 1)))
    assert coalition.positions(session, run.id)["baker"] == -118
    assert {name: cents for name, cents in run.figures.items() if cents} == {
        "pool": 120, "programme": -20, "fee_net": 15, "fee_vat": 3,
    }  # fmt: skip
    assert (run.points_out, run.pool_ct) == (120, 120)
