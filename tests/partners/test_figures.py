"""Figures of a day: what was bought, given back, spent and undone, at these tills and no others."""

from datetime import date, timedelta

from partners import figures
from partners.figures import Figures
from tests.street import NOON, open_street

DAY = date(2026, 11, 20)
BERLIN = "Europe/Berlin"


def test_a_day_adds_up(session):
    street = open_street(session)
    bread = street.buy(session, "anna", "baker", 5_000, NOON)
    street.buy(session, "anna", "baker", 1_000, NOON + timedelta(hours=1))
    street.buy(session, "ben", "baker", 2_000, NOON + timedelta(hours=2))
    street.buy(session, "ben", "drinks", 9_900, NOON)
    wine = street.redeem(session, "anna", "baker", points=20, at=NOON + timedelta(hours=2))
    street.redeem(session, "anna", "baker", points=5, at=NOON + timedelta(hours=3))
    street.undo(session, "baker", wine.id, at=NOON + timedelta(hours=4))
    street.bring_back(session, "baker", bread.id, at=NOON + timedelta(hours=5))
    session.commit()
    found = figures.on(session, [street.places["baker"].till_id], DAY, BERLIN)
    assert (found.customers, found.purchases, found.turnover_cents) == (2, 3, 8_000)
    assert (found.given, found.taken, found.taken_cents) == (30, 5, 5)


def test_a_day_without_anything_is_zero(session):
    street = open_street(session)
    assert figures.on(session, [street.places["baker"].till_id], DAY, BERLIN) == Figures()
    assert figures.on(session, [], DAY, BERLIN) == Figures()


def test_every_day_has_its_bar(session):
    street = open_street(session)
    street.buy(session, "anna", "baker", 5_000, NOON)
    session.commit()
    bars = figures.turnover(session, [street.places["baker"].till_id], DAY, 3)
    assert bars == [(date(2026, 11, 18), 0), (date(2026, 11, 19), 0), (DAY, 5_000)]
