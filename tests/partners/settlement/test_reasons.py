"""Why a line is what it is: the parts add up to it exactly, under every contract, and are those of the books alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from config.sequence import in_order
from partners import contracts
from partners.contracts import Offer
from partners.settlement import corrections, reasons, runs
from tests.coalition import day, open_coalition, worked
from tests.partners.office.settled import settled

MARCH = day(3, 1)


def assert_all_add_up(session, coalition, run_id) -> None:
    run, accounts = runs.get(session, run_id), runs.lines(session, run_id)
    for partner_id, lines in accounts.items():
        found = reasons.of_lines(session, run, partner_id)
        assert found.keys() <= {(line.kind, line.vat_bp) for line in lines}
        for line in lines:
            why = found.get((line.kind, line.vat_bp), [])
            assert sum((one.exact_ct for one in why), Decimal(0)) == line.exact_ct, (partner_id, line.kind)
            if line.kind != "correction":
                assert sum(one.points for one in why) == line.points
                assert all(abs(one.points) * one.price_ct == abs(one.exact_ct) for one in why)


@pytest.mark.parametrize(
    "agreed", [{}, {"funding": "at_redemption"}, {"breakage": "operator"}, {"breakage": "rewards"}]
)
def test_the_parts_add_up_to_every_line(session, agreed) -> None:
    coalition = open_coalition(session, expiry_months=1, **agreed)
    worked(session, coalition)
    assert_all_add_up(session, coalition, coalition.settle(session, "2026-02", MARCH))


def test_they_add_up_with_changed_prices_returns_and_corrections(session) -> None:
    opened = settled(session)
    assert_all_add_up(session, opened.coalition, opened.run_id)


def test_each_contract_version_has_its_own_part(session) -> None:
    coalition = open_coalition(session)
    baker = coalition.partner("baker")
    coalition.buy(session, "anna", "baker", 10_000, day(2, 3))
    contracts.add_version(
        session, baker, day(2, 10), Offer(point_value_ct=Decimal("0.875")), in_order(day(2, 9))
    )
    session.commit()
    coalition.buy(session, "anna", "baker", 5_000, day(2, 12))
    session.commit()
    run_id = coalition.settle(session, "2026-02", MARCH)
    (first, second) = reasons.of_lines(session, runs.get(session, run_id), baker)["funded", None]
    assert (first.points, first.price_ct, first.exact_ct) == (100, 1, -100)
    assert (second.points, second.price_ct, second.exact_ct) == (50, Decimal("0.875"), Decimal("-43.75"))
    assert (first.since < second.since, second.since, {first.whose, second.whose}) == (
        True,
        day(2, 10),
        {baker},
    )


def test_points_paid_at_redemption_are_priced_by_who_redeemed_them(session) -> None:
    offers = {"drinks": Offer(reimbursement_ct=Decimal("0.8"))}
    coalition = open_coalition(session, offers=offers, funding="at_redemption")
    coalition.buy(session, "anna", "baker", 10_000, day(2, 3))
    session.commit()
    coalition.redeem(session, "anna", "drinks", 50, day(2, 4))
    session.commit()
    run_id = coalition.settle(session, "2026-02", MARCH)
    (owed,) = reasons.of_lines(session, runs.get(session, run_id), coalition.partner("baker"))["owed", None]
    assert (owed.points, owed.price_ct, owed.exact_ct) == (50, Decimal("0.8"), -40)
    assert owed.whose == coalition.partner("drinks")


def test_a_correction_tells_its_reason(session) -> None:
    coalition = open_coalition(session)
    first, second = coalition.admins
    baker, new_id = coalition.partner("baker"), in_order(MARCH)
    for cents, reason in ((250, "wrong_points"), (-100, "agreed")):
        number = corrections.make(session, baker, cents, reason, first, MARCH, new_id)
        corrections.approve(session, number, second, MARCH + timedelta(hours=1), new_id)
    session.commit()
    run_id = coalition.settle(session, "2026-02", MARCH)
    found = reasons.of_lines(session, runs.get(session, run_id), baker)
    assert [(one.words, one.exact_ct) for one in found["correction", None]] == [
        ("wrong_points", 250), ("agreed", -100),
    ]  # fmt: skip
    assert reasons.of_lines(session, runs.get(session, run_id), coalition.partner("drinks")) == {}
