"""The list: what the running month comes to, and the released runs; each partner its own alone."""

from datetime import UTC, date, datetime

import pytest

from config.sequence import in_order
from loyalty.people import passwords
from partners import staff
from partners.office import phrases, statements
from partners.settlement import closing, runs
from partners.settlement.legs import OpenItem
from partners.settlement.models import Leg
from tests.coalition import day, open_coalition, worked
from tests.partners.office.settled import PASSWORD, settled

MARCH = day(3, 1)
LIST = "/office/statements"
MONEY = "\N{NO-BREAK SPACE}€"


def test_an_owner_sees_what_is_due_and_what_it_comes_to_so_far(february, sit_down) -> None:
    page = sit_down("owner@baker.example").get(LIST).text
    assert f"Sie zahlen 0,52{MONEY}" in page and f"Sie würden 0,51{MONEY} zahlen" in page
    assert "noch nicht endgültig" in page and "Offen seit 15.03.2026" in page
    assert "AB-2026-00001" in page and f"/office/statements/{february.run_id}" in page


def test_nobody_sees_what_another_partner_gets(february, sit_down) -> None:
    page = sit_down("owner@drinks.example").get(LIST).text
    assert "0,52" not in page and "0,51" not in page and "AB-2026-00001" not in page
    assert "AB-2026-00003" in page


def test_an_accountant_reads_and_others_do_not(february, sit_down, app) -> None:
    assert sit_down("accountant@baker.example").get(LIST).status_code == 200
    assert sit_down("staff@baker.example").get(LIST).status_code == 403
    assert app.test_client().get(LIST).status_code == 302


def test_so_far_is_what_the_run_will_say(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    closing.catch_up(session, day(2, 28))
    session.commit()
    seen = {
        code: statements.so_far(session, coalition.partner(code), day(2, 28)) for code in coalition.places
    }
    session.rollback()
    run_id = coalition.settle(session, "2026-02", MARCH)
    assert {code: one.cents for code, one in seen.items()} == coalition.positions(session, run_id)
    for code, one in seen.items():
        rows = runs.lines(session, run_id)[coalition.partner(code)]
        assert sum(cents for _kind, _points, cents in one.lines) == runs.sum_of(rows)
    assert statements.so_far(session, coalition.partner("baker"), day(2, 28)) is None  # settled now


def test_a_run_that_waits_for_its_release_is_announced_without_its_amounts(session, sit_down) -> None:
    opened = settled(session, pay=True)
    waiting = runs.prepare(session, "2026-10", opened.coalition.admins[0], datetime.now(UTC), in_order(MARCH))
    session.commit()
    client = sit_down("owner@baker.example")
    page = client.get(LIST).text
    assert "wird gerade geprüft" in page and str(waiting) not in page and "Eingezogen" in page
    assert client.get(f"{LIST}/{waiting}").status_code == 404


def test_before_the_first_run_the_page_says_so(session, sit_down) -> None:
    coalition = open_coalition(session)
    staff.set_password(session, coalition.owners["baker"], passwords.hashed(PASSWORD))
    session.commit()
    page = sit_down("owner@baker.example").get(LIST).text
    assert "Noch keine Abrechnung" in page and "Noch nichts." in page


@pytest.mark.parametrize(
    ("cents", "paid", "returned", "today", "shown"),
    [
        (500, 500, False, date(2026, 3, 1), ("good", "Ausgezahlt")),
        (-500, -500, False, date(2026, 3, 1), ("good", "Eingezogen")),
        (500, 0, False, date(2026, 3, 15), ("", "Auszahlung am 15.03.2026")),
        (-500, 0, False, date(2026, 3, 15), ("", "Einzug am 15.03.2026")),
        (-500, 0, True, date(2026, 3, 20), ("bad", "Von der Bank zurückgekommen")),
        (-500, -200, False, date(2026, 3, 15), ("warn", "Teilweise bezahlt")),
        (-500, -200, False, date(2026, 3, 16), ("warn", "Offen seit 15.03.2026")),
    ],
)
def test_it_says_how_far_a_payment_is(app, cents, paid, returned, today, shown) -> None:
    item = OpenItem(Leg(cents=cents, due_on=date(2026, 3, 15)), "baker", "Baker", "2026-02", paid, returned)
    with app.test_request_context():
        assert phrases.payment(item, today) == shown


def test_where_nothing_is_due_there_is_nothing_to_pay(app) -> None:
    with app.test_request_context():
        assert phrases.payment(None, date(2026, 3, 1)) == ("", "Nichts zu zahlen")
