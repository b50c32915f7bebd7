"""Points that are out: the lots counted one by one come to the same, by age, by date, and by who stands for them."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from config.sequence import in_order
from loyalty.models.people import Member, Profile
from loyalty.models.points import Lot
from loyalty.points import households
from partners.contracts import Offer
from partners.settlement import exits, outstanding
from partners.settlement.outstanding import Stock
from tests.coalition import day, open_coalition, worked

ZONE = "Europe/Berlin"
TODAY = date(2026, 3, 1)


def by_hand(session) -> Counter:
    """Points by issuer, lot by lot."""
    found: Counter = Counter()
    for lot in session.scalars(select(Lot)):
        found[lot.issuer_id] += lot.remaining
    return found


def test_it_counts_what_the_lots_hold(session) -> None:
    coalition = open_coalition(session, expiry_months=1, offers={"books": Offer(funding="at_redemption")})
    worked(session, coalition)
    out = outstanding.by_issuer(session, TODAY, ZONE)
    assert {issuer: one.stock.points for issuer, one in out.items()} == {
        issuer: points for issuer, points in by_hand(session).items() if points
    }
    assert sum(one.stock.value_ct for one in out.values()) == Decimal(1090)
    books = out[coalition.partner("books")]
    assert (books.prefunded, books.late) == (Stock(), Stock(400, Decimal(400)))
    assert out[coalition.partner("drinks")].late == Stock()
    for one in out.values():
        assert sum(one.by_age, Stock()) == sum(one.by_term, Stock()) == one.stock


@pytest.mark.parametrize(
    ("months_old", "band"), [(0, 0), (2, 0), (3, 1), (6, 2), (12, 3), (23, 3), (24, 4), (30, 4)]
)
def test_it_knows_how_old_they_are_and_when_they_end(session, months_old, band) -> None:
    coalition = open_coalition(session, expiry_months=36)
    coalition.buy(session, "anna", "baker", 1_000, day(1, 2))
    today = date(2026 + months_old // 12, 1 + months_old % 12, 5)
    out = outstanding.by_issuer(session, today, ZONE)[coalition.partner("baker")]
    assert [one.points for one in out.by_age] == [10 * (place == band) for place in range(5)]
    left = 36 - months_old
    term = 4 if left > 24 else 3 if left > 12 else 2 if left > 6 else 1 if left > 3 else 0
    assert [one.points for one in out.by_term] == [10 * (place == term) for place in range(5)]


def test_points_of_who_left_become_the_coalition_s_after_the_cut_off(session) -> None:
    coalition = open_coalition(session)
    coalition.buy(session, "anna", "baker", 1_000, day(1, 2))
    coalition.buy(session, "anna", "drinks", 500, day(1, 2))
    exits.give_notice(
        session, coalition.partner("baker"), date(2026, 1, 31), date(2026, 2, 15), "operator", 0,
        coalition.admins[0], day(1, 5), in_order(day(1, 5)),
    )  # fmt: skip
    before = outstanding.by_issuer(session, date(2026, 2, 15), ZONE)
    after = outstanding.by_issuer(session, date(2026, 2, 16), ZONE)
    assert {issuer: one.stock.points for issuer, one in before.items()} == {
        coalition.partner("baker"): 10, coalition.partner("drinks"): 5,
    }  # fmt: skip
    assert {issuer: one.stock.points for issuer, one in after.items()} == {
        None: 10, coalition.partner("drinks"): 5,
    }  # fmt: skip


def test_it_tells_what_became_of_lots_whose_date_came(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    found = outstanding.ended(session, day(2, 12), date(2026, 2, 12), ZONE)
    # January's lots: 400 of the baker, 300 of them spent; 260 of the drinks shop, 200 of them spent.
    assert found == {coalition.partner("baker"): (300, 100), coalition.partner("drinks"): (200, 60)}
    assert outstanding.ended(session, day(2, 9), date(2026, 2, 9), ZONE) == {}
    year_on = day(2, 12) + timedelta(days=366)
    assert coalition.partner("drinks") not in outstanding.ended(session, year_on, year_on.date(), ZONE)


def test_what_moved_or_came_back_counts_once(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    coalition.buy(session, "anna", "baker", 10_000, day(1, 10))
    spent = coalition.redeem(session, "anna", "drinks", 60, day(1, 12))
    session.commit()
    people = select(Profile.first_name, Member).join(Member, Member.id == Profile.member_id)
    members = dict(session.execute(people).all())
    households.join(session, members["Anna"].id, members["Ben"].wallet_id, day(1, 13), in_order(day(1, 13)))
    session.commit()
    coalition.redeem(session, "anna", "drinks", 10, day(1, 14))
    coalition.undo(session, "drinks", spent.id, day(1, 15))
    session.commit()
    coalition.night(session, day(3, 20))
    session.commit()
    found = outstanding.ended(session, day(3, 21), date(2026, 3, 21), ZONE)
    assert found == {coalition.partner("baker"): (10, 90)}
