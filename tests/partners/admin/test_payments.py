"""Open items with their signs, settling by hand, and who could pay whom directly."""

from uuid import uuid4

import pytest

from config.sequence import in_order
from partners.admin import payments
from partners.settlement import legs, runs
from tests.partners.admin.money import MARCH, prepared, sign_in, street, written

ROOM = "/admin/payments"
EURO = "\N{NO-BREAK SPACE}€"


@pytest.fixture
def run_id(session):
    """February paid at redemption: the baker owes 7.29, drinks get 1.93 and books 1.79."""
    coalition = street(session, funding="at_redemption")
    released = prepared(session, coalition)
    runs.release(session, released, coalition.admins[1], MARCH, in_order(MARCH))
    session.commit()
    return released


@pytest.fixture
def desk(app, run_id):
    desk = sign_in(app, "first@street.example")
    desk.get(ROOM)
    return desk


def leg(session, run_id, code: str):
    session.rollback()
    return next(item for item in legs.items(session, run_id) if item.code == code)


def test_what_is_open_stands_there(desk):
    page = desk.get(ROOM).text
    assert "Baker" in page and f"7,29{EURO}" in page and "wird eingezogen" in page
    assert f"1,93{EURO}" in page and "wird ausgezahlt" in page and "überfällig seit 15.03.2026" in page
    assert 'value="7,29"' in page


@pytest.mark.parametrize(("code", "typed", "cents", "left"), [
    ("baker", "7,29", -729, 0), ("drinks", "1.00", 100, 93), ("books", "1,79 €", 179, 0),
])  # fmt: skip
def test_a_payment_by_hand_has_the_sign_of_what_is_open(desk, session, run_id, code, typed, cents, left):
    item = leg(session, run_id, code)
    page = desk.then(f"{ROOM}/legs/{item.leg.id}", amount=typed, reason="set_off")
    assert "Die Zahlung ist vermerkt" in page
    done = leg(session, run_id, code)
    assert (done.paid_cents, done.open_cents) == (cents, left)
    if left:
        assert f"1,00{EURO} von 1,93{EURO} sind bezahlt" in page


@pytest.mark.parametrize(
    ("amount", "reason", "status"),
    [("", "cash", 422), ("x", "cash", 422), ("0", "cash", 422), ("-1", "cash", 422), ("7,30", "cash", 422),
     ("1", "", 422), ("1", "gift\x00", 422), ("1.234", "cash", 422)],
)  # fmt: skip
def test_a_payment_that_cannot_be_is_refused_and_stays_typed(desk, session, run_id, amount, reason, status):
    item, before = leg(session, run_id, "baker"), written(session)
    refused = desk.post(f"{ROOM}/legs/{item.leg.id}", amount=amount, reason=reason)
    assert refused.status_code == status and f'value="{amount}" aria-invalid="true"' in refused.text
    assert written(session) == before


def test_a_payment_there_is_not_is_a_404(desk, session):
    before = written(session)
    assert desk.post(f"{ROOM}/legs/{uuid4()}", amount="1", reason="cash").status_code == 404
    assert desk.get(f"{ROOM}?run={uuid4()}").status_code == 404
    assert written(session) == before


def test_direct_payments_are_at_most_one_less_than_parties(desk, session, run_id):
    found = payments.direct_payments(session, run_id)
    positions = {key: cents for key, cents in runs.positions(session, run_id).items() if cents}
    assert len(found) <= len(positions)  # with the coalition there is one party more
    for partner, cents in positions.items():
        got = sum(one.cents for one in found if one.payee == partner)
        gave = sum(one.cents for one in found if one.payer == partner)
        assert got - gave == cents
    page = desk.get(f"{ROOM}?run={run_id}").text
    assert '<details class="panel direct" id="direct" open>' in page and "zahlt an" in page


def test_without_a_run_there_is_nothing_to_pay(app, session):
    street(session)
    page = sign_in(app, "first@street.example").get(ROOM).text
    assert "Nichts ist offen" in page and "direct" not in page
