"""The books of a preview and of the run made of it are the same, and leave nothing over."""

import pytest

from partners.admin import books
from partners.settlement import closing, runs
from tests.partners.admin.money import FEBRUARY, MARCH, prepared, street


@pytest.mark.parametrize("funding", ["prefunded", "at_redemption"])
def test_the_run_says_what_the_preview_said(session, funding):
    coalition = street(session, funding=funding)
    closing.catch_up(session, MARCH)
    seen = books.of_outcome(session, runs.preview(session, FEBRUARY))
    run_id = prepared(session, coalition)
    assert books.of_run(session, runs.get(session, run_id)) == seen
    assert seen.rest_cents == 0 and seen.paid_out - seen.collected == seen.partners_cents


def test_the_worked_month(session):
    coalition = street(session)
    found = books.of_run(session, runs.get(session, prepared(session, coalition)))
    assert [(account.name, account.cents) for account in found.accounts] == [
        ("Baker", -1079), ("Books", -221), ("Drinks", -147),
    ]  # fmt: skip
    assert found.figures == (("fee_net", 300), ("fee_vat", 57), ("pool", 1090))
    assert [(line.kind, line.points, line.cents, line.vat_bp) for line in found.accounts[0].lines] == [
        ("funded", 1000, -1000, None), ("breakage", 100, 100, None), ("fee", 1000, -150, None),
        ("fee_vat", 0, -29, 1900),
    ]  # fmt: skip
    assert (found.paid_out, found.collected, found.operator_cents, found.heat.cents) == (0, 1447, 1447, 750)


def test_who_had_nothing_is_not_there(session):
    coalition = street(session)
    prepared(session, coalition)
    closing.catch_up(session, MARCH)
    assert books.of_outcome(session, runs.preview(session, "2026-03")).accounts == ()
