"""Down to the receipt: every movement once, page by page, with own receipts and never anybody else's."""

import pytest

from partners.settlement import movements, receipts, runs
from tests.coalition import day, open_coalition
from tests.partners.office.settled import settled

MARCH = day(3, 1)


def all_pages(session, run, partner_id, size):
    """Every page in turn, as one list; no page longer than asked for."""
    found, after = [], 0
    while after is not None:
        page, after = receipts.page(session, run, partner_id, after, size)
        assert len(page) <= size
        found += page
    return found


@pytest.fixture
def february(session):
    return settled(session)


@pytest.mark.parametrize("code", ["baker", "drinks", "books"])
@pytest.mark.parametrize(("size", "window"), [(50, 5_000), (1, 5_000), (2, 1), (3, 4)])
def test_the_pages_together_are_the_movements(session, february, monkeypatch, code, size, window) -> None:
    monkeypatch.setattr(receipts, "WINDOW", window)
    run, partner_id = runs.get(session, february.run_id), february.coalition.partner(code)
    found = all_pages(session, run, partner_id, size)
    lots = list(movements.of_run(session, run, partner_id))
    assert [one.sequence for one in found] == list(dict.fromkeys(one.sequence for one in lots))
    assert sum(one.exact_ct for one in found) == sum(one.exact_ct for one in lots)
    assert sum(one.points for one in found) == sum(one.points for one in lots)
    assert {one.receipt for one in found} == {one.receipt for one in lots}


def test_the_own_receipt_that_earned_the_points_is_named(session, february) -> None:
    run, baker = runs.get(session, february.run_id), february.coalition.partner("baker")
    found = receipts.page(session, run, baker)[0]
    (wine,) = [one for one in found if one.at_partner == "drinks" and one.points == -120]
    (part,) = wine.parts
    assert (part.earned.number, part.earned.day, part.earned.cents, part.earned.shop) == (
        "B-0815", day(2, 3).date(), 30_100, "Baker",
    )  # fmt: skip
    # What happened at the drinks shop is the drinks shop's.
    assert (wine.receipt, wine.reward, wine.spent_cents) == (None, None, None)


def test_the_own_till_tells_what_it_gave_but_not_who_sold(session, february) -> None:
    run, drinks = runs.get(session, february.run_id), february.coalition.partner("drinks")
    (wine,) = [one for one in receipts.page(session, run, drinks)[0] if one.points == -120]
    assert (wine.receipt, wine.reward, wine.spent_cents) == ("D-0100", "Flasche Rotwein", 899)
    (part,) = wine.parts
    assert (part.earned, part.issuer_id) == (None, february.coalition.partner("baker"))
    assert [(one.line, one.points, one.exact_ct) for one in part.effects] == [
        (("reimbursed", None), 120, 120)
    ]


def test_a_redemption_of_many_lots_is_one_movement_of_many_parts(session) -> None:
    coalition = open_coalition(session)
    for number in range(1, 7):
        coalition.buy(session, "anna", "baker", 1_000, day(2, number))
        session.commit()
    coalition.redeem(session, "anna", "drinks", 60, day(2, 20))
    session.commit()
    run = runs.get(session, coalition.settle(session, "2026-02", MARCH))
    found = all_pages(session, run, coalition.partner("baker"), 2)
    assert [len(one.parts) for one in found] == [1] * 6 + [6]
    assert found[-1].points == -60


def test_a_page_behind_the_end_is_empty(session, february) -> None:
    run, baker = runs.get(session, february.run_id), february.coalition.partner("baker")
    assert receipts.page(session, run, baker, run.last_sequence) == ([], None)
