"""Slips go after 90 days; the purchases they were written for stay."""

from datetime import timedelta

from loyalty.points import slips
from tests.street import NOON, open_street


def test_it_throws_old_slips_away_in_batches(act, session, owner):
    street = open_street(session)
    for days in (0, 1, 2, 60):
        act(lambda s, days=days: street.buy(s, "anna", "baker", 500, NOON + timedelta(days=days)))
    night = NOON + timedelta(days=92)
    assert [act(lambda s: slips.sweep(s, night, 1)) for _ in range(3)] == [1, 1, 0]
    assert owner.execute("SELECT count(*) FROM slip").fetchone() == (2,)
    assert owner.execute("SELECT count(*) FROM purchase").fetchone() == (4,)
