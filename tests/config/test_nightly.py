"""A night's steps on the real database: points expire, old slips and old wrong tries go."""

from datetime import UTC, date, datetime, timedelta

from config import nightly
from loyalty.people import throttle
from loyalty.rules.terms import Programme
from tests.street import NOON, open_street


def test_it_does_every_step_until_nothing_is_due(app, act, session, owner):
    street = open_street(session, programme=Programme(expiry_months=1))
    act(lambda s: street.buy(s, "anna", "baker", 500))
    act(lambda s: throttle.note(s, "login:x", NOON, throttle.LOGIN))
    at = NOON + timedelta(days=100)
    with app.app_context():
        assert nightly.run(at) == {"wallets": 1, "slips": 1, "tries": 1, "exits": 0, "heads": 0, "outbox": 0}
        assert nightly.run(at) == {"wallets": 0, "slips": 0, "tries": 0, "exits": 0, "heads": 0, "outbox": 0}
    assert owner.execute("SELECT points FROM transfer WHERE kind = 'expire'").fetchall() == [(5,)]


def test_it_ends_a_day_by_the_coalitions_clock(app, database):
    with app.app_context():
        assert nightly.end_of(date(2026, 3, 28)) == datetime(2026, 3, 28, 23, tzinfo=UTC)
