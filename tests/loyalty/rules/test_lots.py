"""Lots: spent oldest expiry first, given back exactly, expired at the end of a local day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Conflict
from loyalty.rules.lots import (
    NEVER,
    Lot,
    Use,
    available,
    expired,
    expires_at,
    expiring,
    last_day,
    next_turn,
    order,
    pending,
    restore,
    spend,
    take_back,
)

BAKER, BREAD, WINE = UUID(int=1), UUID(int=100), UUID(int=200)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def day(number):
    return NOON + timedelta(days=number)


def lot(number, points, begins=-10, ends=100, cause=BREAD, remaining=None, born=-10):
    rest = points if remaining is None else remaining
    return Lot(UUID(int=number), BAKER, points, rest, day(begins), day(ends), day(born), cause)


@st.composite
def purses(draw):
    """Lots of one wallet around NOON: live, pending, past; whole, partly used, empty; of two purchases."""
    lots = []
    for number in range(draw(st.integers(0, 8))):
        points = draw(st.integers(1, 50))
        begins = draw(st.integers(-5, 3))
        lots.append(
            lot(
                number,
                points,
                begins,
                begins + draw(st.integers(1, 6)),
                draw(st.sampled_from([BREAD, WINE])),
                draw(st.integers(0, points)),
                begins - draw(st.integers(0, 2)),
            )
        )
    return draw(st.permutations(lots))


def after(lots, uses):
    used = {use.lot_id: use.points for use in uses}
    assert len(used) == len(uses)
    return [replace(one, remaining=one.remaining - used.get(one.id, 0)) for one in lots]


def live(one):
    return one.available_from <= NOON < one.expires_at


def test_it_splits_a_wallet_into_available_and_pending():
    lots = [lot(1, 10), lot(2, 20, begins=1), lot(3, 40, ends=0), lot(4, 80, begins=0)]
    assert available(lots, NOON) == 90
    assert pending(lots, NOON) == 20


def test_it_spends_what_expires_first_then_what_came_first():
    lots = [lot(3, 10, ends=9), lot(1, 10, ends=5, born=-1), lot(2, 10, ends=5, born=-2)]
    assert [(use.lot_id.int, use.points) for use in spend(lots, 25, NOON)] == [(2, 10), (1, 10), (3, 5)]
    assert spend(lots, 1, NOON) == (Use(UUID(int=2), BAKER, 1),)


def test_it_refuses_to_spend_what_is_not_there_and_says_what_is():
    with pytest.raises(Conflict, match="insufficient_points") as refusal:
        spend([lot(1, 10), lot(2, 99, begins=1), lot(3, 99, ends=0)], 11, NOON)
    assert refusal.value.facts == {"available": 10}


@given(purses(), st.integers(1, 300))
def test_a_spend_takes_exactly_its_points_fifo_and_only_from_live_lots(lots, points):
    if points > available(lots, NOON):
        with pytest.raises(Conflict):
            spend(lots, points, NOON)
        return
    uses = spend(lots, points, NOON)
    assert sum(use.points for use in uses) == points
    left = after(lots, uses)
    assert available(left, NOON) == available(lots, NOON) - points
    assert all(0 <= one.remaining <= one.points for one in left)
    by_id = {one.id: one for one in lots}
    used = [by_id[use.lot_id] for use in uses]
    assert all(live(one) for one in used)
    assert used == sorted(used, key=order)
    # Whatever stands before a lot that was used is empty now.
    emptied = {one.id: one.remaining for one in left}
    assert all(not emptied[one.id] for one in lots if live(one) and order(one) < order(used[-1]))


@given(purses(), st.integers(1, 150), st.integers(1, 150))
def test_spending_in_two_steps_uses_the_same_points_as_in_one(lots, first, second):
    if first + second <= available(lots, NOON):
        halfway = after(lots, spend(lots, first, NOON))
        assert after(halfway, spend(halfway, second, NOON)) == after(lots, spend(lots, first + second, NOON))


@given(purses(), st.integers(1, 300))
def test_a_return_takes_own_lots_first_then_live_ones_and_the_rest_is_debt(lots, points):
    uses, debt = take_back(lots, BREAD, points, NOON)
    assert sum(use.points for use in uses) + debt == points
    own = sum(one.remaining for one in lots if one.cause == BREAD)
    others = sum(one.remaining for one in lots if one.cause == WINE and live(one))
    assert debt == max(0, points - own - others)
    by_id = {one.id: one for one in lots}
    causes = [by_id[use.lot_id].cause for use in uses]
    assert causes == sorted(causes, key=lambda cause: cause != BREAD)
    assert sum(use.points for use in uses if by_id[use.lot_id].cause == BREAD) == min(points, own)
    assert all(one.remaining >= 0 for one in after(lots, uses))


def test_a_return_takes_own_lots_even_when_pending_or_past_their_date():
    lots = [
        lot(1, 10, begins=3),
        lot(2, 10, ends=-1),
        lot(3, 10, cause=WINE),
        lot(4, 10, begins=3, cause=WINE),
    ]
    uses, debt = take_back(lots, BREAD, 35, NOON)
    assert [(use.lot_id.int, use.points) for use in uses] == [(2, 10), (1, 10), (3, 10)]
    assert debt == 5


@given(purses(), st.integers(1, 300))
def test_a_reversal_restores_exactly_the_lots_used(lots, points):
    if points <= available(lots, NOON):
        uses = spend(lots, points, NOON)
        restored = {one.id: one for one in restore(uses, after(lots, uses), NOON, 30)}
        assert [restored.get(one.id, one) for one in lots] == list(lots)
        assert restored.keys() == {use.lot_id for use in uses}


def test_a_lot_that_expired_meanwhile_comes_back_with_a_grace():
    spent = lot(1, 10, ends=1, remaining=0)
    (back,) = restore([Use(spent.id, BAKER, 4)], [spent], day(1), 30)
    assert (back.remaining, back.expires_at) == (4, day(31))
    (in_time,) = restore([Use(spent.id, BAKER, 4)], [spent], day(1) - timedelta(seconds=1), 30)
    assert in_time.expires_at == day(1)


def test_it_never_restores_more_than_a_lot_had_nor_to_a_lot_it_does_not_know():
    for lots in ([lot(1, 10, remaining=7)], []):
        with pytest.raises(Conflict, match="restore_exceeds_lot"):
            restore([Use(UUID(int=1), BAKER, 2), Use(UUID(int=1), BAKER, 2)], lots, NOON, 30)


@given(purses())
def test_a_turn_is_the_next_moment_at_which_what_is_available_changes(lots):
    moments = {one.available_from for one in lots} | {one.expires_at for one in lots}
    changes = [
        moment
        for moment in sorted(moments)
        if moment > NOON and available(lots, moment) != available(lots, moment - timedelta(seconds=1))
    ]
    turn = next_turn(lots, NOON)
    assert turn > NOON
    # Two lots may change places in one moment: then the turn comes earlier than a change of the sum.
    assert turn <= (changes[0] if changes else NEVER)
    assert all(available(lots, moment) == available(lots, NOON) for moment in moments if NOON < moment < turn)


@given(purses())
def test_what_expired_is_booked_out_whole_and_once(lots):
    uses = expired(lots, NOON)
    assert sum(use.points for use in uses) == sum(one.remaining for one in lots if one.expires_at <= NOON)
    assert expired(after(lots, uses), NOON) == ()
    assert available(after(lots, uses), NOON) == available(lots, NOON)


def test_it_foretells_what_expires_next():
    lots = [
        lot(1, 10, ends=5),
        lot(2, 20, ends=5),
        lot(3, 40, ends=6),
        lot(4, 9, ends=4, remaining=0),
        lot(5, 7, ends=0),
    ]
    assert expiring(lots, NOON) == (30, day(5))
    assert expiring(reversed(lots), NOON) == (30, day(5))
    assert expiring([], NOON) is None


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("earned", "rule", "months", "last"),
    [
        ("2026-01-31T23:59:59+01:00", "months", 1, "2026-02-28"),
        ("2024-01-31T10:00:00+01:00", "months", 1, "2024-02-29"),
        ("2024-02-29T10:00:00+01:00", "months", 12, "2025-02-28"),
        ("2026-11-22T09:15:00+01:00", "months", 36, "2029-11-22"),
        ("2026-12-31T22:59:59+00:00", "months", 1, "2027-01-31"),
        ("2026-12-31T23:00:00+00:00", "months", 1, "2027-02-01"),  # already New Year in Berlin
        ("2026-02-25T10:00:00+01:00", "months", 1, "2026-03-25"),
        ("2026-02-28T10:00:00+01:00", "months", 1, "2026-03-28"),  # the clock jumps that night
        ("2026-08-15T10:00:00+02:00", "quarter", 3, "2026-12-31"),
        ("2026-11-30T10:00:00+01:00", "quarter", 3, "2027-03-31"),
        ("2026-03-31T23:30:00+02:00", "quarter", 0, "2026-03-31"),
        ("2026-01-01T00:00:00+01:00", "year", 36, "2029-12-31"),
        ("2026-12-31T23:59:00+01:00", "year", 12, "2027-12-31"),
    ],
)
def test_points_live_to_the_end_of_a_local_day(earned, rule, months, last):
    ends = expires_at(datetime.fromisoformat(earned), rule, months, "Europe/Berlin")
    assert ends.tzinfo is UTC
    assert last_day(ends, "Europe/Berlin") == date.fromisoformat(last)
    local = ends.astimezone(BERLIN)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)


@pytest.mark.parametrize(
    ("earned", "zone", "ends"),
    [
        ("2026-02-28T12:00:00+01:00", "Europe/Berlin", "2026-03-28T23:00:00+00:00"),
        ("2026-03-01T12:00:00+01:00", "Europe/Berlin", "2026-04-01T22:00:00+00:00"),
        ("2017-09-14T12:00:00-03:00", "America/Sao_Paulo", "2017-10-15T03:00:00+00:00"),  # 00:00 was skipped
        ("2026-09-30T12:00:00-04:00", "America/Havana", "2026-10-31T04:00:00+00:00"),
        ("2025-10-01T12:00:00-04:00", "America/Havana", "2025-11-02T04:00:00+00:00"),  # 00:30 comes twice
    ],
)
def test_the_next_day_begins_once_even_where_the_clock_is_changed_at_midnight(earned, zone, ends):
    found = expires_at(datetime.fromisoformat(earned), "months", 1, zone)
    assert found == datetime.fromisoformat(ends)
    assert found.astimezone(ZoneInfo(zone)).date() == last_day(found, zone) + timedelta(days=1)


ZONES = ["Europe/Berlin", "America/Sao_Paulo", "Pacific/Auckland", "America/Havana", "Asia/Kathmandu"]


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 120),
    st.sampled_from(ZONES),
)
def test_quarter_and_year_only_lengthen_the_life_of_points(earned, months, zone):
    ends = [expires_at(earned, rule, months, zone) for rule in ("months", "quarter", "year")]
    assert earned < ends[0] <= ends[1] <= ends[2]
    born, last = earned.astimezone(ZoneInfo(zone)).date(), last_day(ends[0], zone)
    assert (last.year - born.year) * 12 + last.month - born.month == months
    assert last.day == born.day or (last.day < born.day and (last + timedelta(days=1)).day == 1)
