"""Settlement runs: the worked month to the cent, four eyes, and that asking twice changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.errors import Conflict, Forbidden, Invalid
from loyalty.models.points import Lot
from partners.contracts import Offer
from partners.settlement import closing, legs, papers, runs
from partners.settlement.models import Leg, SettlementLine, SettlementRun
from tests.coalition import day, open_coalition, worked

MARCH = day(3, 1)


def held_ct(session) -> Fraction:
    """What the lots are worth."""
    return Fraction(session.scalar(select(func.sum(Lot.remaining * Lot.point_value_ct))) or 0)


@pytest.mark.parametrize(
    ("agreed", "positions", "pool", "other"),
    [
        ({}, [-1079, -147, -221], 1090, {}),
        ({"funding": "at_redemption"}, [-729, 193, 179], 0, {}),
        ({"breakage": "operator"}, [-1179, -207, -221], 1090, {"breakage": 160}),
        ({"breakage": "rewards"}, [-1179, -207, -221], 1090, {"rewards": 160}),
    ],
)
def test_the_worked_month_to_the_cent(session, agreed, positions, pool, other) -> None:
    coalition = open_coalition(session, expiry_months=1, **agreed)
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH)
    assert list(coalition.positions(session, run_id).values()) == positions
    run = runs.get(session, run_id)
    figures = {name: cents for name, cents in run.figures.items() if cents}
    assert figures == {"fee_net": 300, "fee_vat": 57, **({"pool": pool} if pool else {}), **other}
    assert run.points_out == 1090
    assert sum(positions) + sum(run.figures.values()) == 0
    cells = {(pair.points, pair.cents) for pair in runs.pairs(session, run_id)}
    assert cells == {(300, 300), (200, 200), (250, 250)}


def test_late_facts_land_in_the_next_run(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    bought = coalition.buy(session, "anna", "baker", 10_000, day(1, 10))
    spent = coalition.redeem(session, "anna", "drinks", 40, day(1, 12))
    session.commit()
    first = coalition.settle(session, "2026-01", day(2, 1))
    assert list(coalition.positions(session, first).values()) == [-118, 40, 0]
    # In January's time, but after January's run.
    coalition.bring_back(session, "baker", bought.id, day(1, 31, 20))
    coalition.undo(session, "drinks", spent.id, day(1, 31, 21))
    session.commit()
    second = coalition.settle(session, "2026-02", MARCH)
    # 60 points were taken back, 40 became debt; the reversal brought 40 back into the wallet, which still owes 40.
    assert list(coalition.positions(session, second).values()) == [60 + 9 + 2, -40, 0]
    run = runs.get(session, second)
    assert (run.figures["pool"], run.points_out, Fraction(run.pool_ct)) == (-20, 40, held_ct(session))
    coalition.buy(session, "anna", "books", 5_000, day(3, 2))
    session.commit()
    third = coalition.settle(session, "2026-03", day(4, 1))
    # 50 new points, 40 of them to the baker: value and fee come back to it; the books shop pays for all it gave.
    assert list(coalition.positions(session, third).values()) == [40 + 6 + 1, 0, -50 - 8 - 2]


def test_the_pool_is_what_the_lots_are_worth_month_after_month(session) -> None:
    coalition = open_coalition(session, offers={"books": Offer(point_value_ct=None)}, expiry_months=2)
    for month in range(1, 7):
        for number, who in enumerate(("anna", "ben", "clara")):
            code = ("baker", "drinks", "books")[(month + number) % 3]
            coalition.buy(session, who, code, 3_333 * month + number, day(month, 5))
            coalition.redeem(session, who, "drinks", 7 * month, day(month, 6))
        session.commit()
        coalition.night(session, day(month, 27))
        session.commit()
        run = runs.get(session, coalition.settle(session, f"2026-{month:02}", day(month + 1, 1)))
        assert Fraction(run.pool_ct) == held_ct(session)
        assert sum(runs.positions(session, run.id).values()) + sum(run.figures.values()) == 0


def test_promise_17_closing_twice_changes_nothing(session, act) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    first = coalition.settle(session, "2026-02", MARCH)
    counts = lambda: [session.scalar(select(func.count()).select_from(table)) for table in  # noqa: E731
                      (SettlementRun, SettlementLine, Leg)]  # fmt: skip
    before = counts()
    assert coalition.settle(session, "2026-02", MARCH + timedelta(days=3)) == first
    assert counts() == before
    assert [item.state for item in legs.items(session, first)] == ["settled"] * 3


def test_promise_17_a_sealed_run_never_changes(session, owner) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    coalition.settle(session, "2026-02", MARCH)
    for statement in (
        "UPDATE settlement_run SET points_out = 0", "DELETE FROM settlement_run", "TRUNCATE settlement_run CASCADE",
        "UPDATE settlement_run SET state = 'prepared'", "UPDATE settlement_line SET cents = 0",
        "DELETE FROM settlement_pair", "DELETE FROM settlement_step", "UPDATE paper SET number = 9",
        "UPDATE contract SET point_value_ct = 2",
    ):  # fmt: skip
        with pytest.raises(Exception, match=r"append-only|does not change"):
            owner.execute(statement)


def test_who_prepared_may_not_release(session) -> None:
    coalition = open_coalition(session)
    run_id = runs.prepare(session, "2026-01", coalition.admins[0], day(2, 1), in_order(day(2, 1)))
    session.commit()
    with pytest.raises(Forbidden, match="release_by_preparer"):
        runs.release(session, run_id, coalition.admins[0], day(2, 1), in_order(day(2, 1)))
    session.rollback()
    assert runs.get(session, run_id).state == "prepared"
    assert session.scalar(select(func.count()).select_from(Leg)) == 0
    with pytest.raises(Conflict, match="run_not_released"):
        papers.issue(session, run_id, coalition.admins[0], day(2, 1), in_order(day(2, 1)))


@pytest.mark.parametrize(
    ("label", "at", "code"),
    [
        ("2026-02", day(2, 28), "period_open"),
        ("2025-12", MARCH, "period_settled"),
        ("2026-W03", MARCH, "period_settled"),
        ("2026-13", MARCH, "period_invalid"),
    ],
)
def test_a_period_that_cannot_be_settled_is_refused(session, label, at, code) -> None:
    coalition = open_coalition(session)
    coalition.settle(session, "2026-01", day(2, 1))
    with pytest.raises((Conflict, Invalid), match=code):
        runs.prepare(session, label, coalition.admins[0], at, in_order(at))
    session.rollback()
    assert len(runs.listed(session)) == 1


def test_one_run_waits_for_the_one_before(session) -> None:
    coalition = open_coalition(session)
    runs.prepare(session, "2026-01", coalition.admins[0], day(2, 1), in_order(day(2, 1)))
    with pytest.raises(Conflict, match="run_waiting"):
        runs.prepare(session, "2026-02", coalition.admins[0], MARCH, in_order(MARCH))


def test_a_run_withdrawn_leaves_its_range_to_the_next(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    wrong = runs.prepare(session, "2026-02", coalition.admins[0], MARCH, in_order(MARCH))
    session.commit()
    runs.withdraw(session, wrong, coalition.admins[1], MARCH, in_order(MARCH))
    session.commit()
    with pytest.raises(Conflict, match="run_withdrawn"):
        runs.release(session, wrong, coalition.admins[1], MARCH, in_order(MARCH))
    session.rollback()
    again = coalition.settle(session, "2026-02", MARCH)
    assert again != wrong
    assert list(coalition.positions(session, again).values()) == [-1079, -147, -221]
    with pytest.raises(Conflict, match="run_released"):
        runs.withdraw(session, again, coalition.admins[1], MARCH, in_order(MARCH))


def test_a_preview_writes_nothing_and_says_the_same(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    closing.catch_up(session, day(2, 20))
    session.commit()
    seen = runs.preview(session, "2026-02")
    assert runs.listed(session) == []
    run_id = coalition.settle(session, "2026-02", MARCH)
    assert [position.cents for position in sorted(seen.netting.positions, key=lambda one: one.partner)] == [
        cents for _, cents in sorted(runs.positions(session, run_id).items())
    ]


def test_periods_in_which_nothing_happened(session) -> None:
    coalition = open_coalition(session)
    for month in range(1, 4):
        coalition.settle(session, f"2026-{month:02}", day(month + 1, 1))
    ranges = [(run.first_sequence, run.last_sequence) for run in runs.listed(session)]
    assert ranges == [(1, 0)] * 3


def test_many_who_prepare_and_release_at_once_make_one_run(session, act) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    first, second = coalition.admins

    def prepare(number: int):
        new_id = in_order(MARCH + timedelta(seconds=number))
        for _ in range(20):
            try:
                return act(lambda opened: runs.prepare(opened, "2026-02", first, MARCH, new_id))
            except Conflict as refusal:
                assert refusal.code == "sealing_behind"  # other tests' transactions on the same server
        raise AssertionError("the server never came to rest")

    def release(number: int) -> None:
        new_id = in_order(MARCH + timedelta(seconds=10 + number))
        act(lambda opened: runs.release(opened, run_id, second, MARCH, new_id))

    with ThreadPoolExecutor(4) as threads:
        (run_id,) = set(threads.map(prepare, range(4)))
        list(threads.map(release, range(4)))
    assert list(coalition.positions(session, run_id).values()) == [-1079, -147, -221]
    assert [item.leg.cents for item in legs.items(session, run_id)] == [-1079, -221, -147]
    assert len(runs.listed(session)) == 1
