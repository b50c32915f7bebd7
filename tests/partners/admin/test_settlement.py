"""The list of runs, the period that is next, its preview that adds up to zero, and preparing it."""

from datetime import UTC, datetime

import pytest

from config.sequence import in_order
from partners.admin import settlement
from partners.settlement import closing, runs
from tests.coalition import day, open_coalition
from tests.partners.admin.money import FEBRUARY, MARCH, prepared, sign_in, street, written

ROOM = "/admin/settlement"
EURO = "\N{NO-BREAK SPACE}€"


@pytest.fixture
def coalition(session):
    opened = street(session)
    closing.catch_up(session, datetime.now(UTC))
    session.commit()
    return opened


@pytest.fixture
def desk(app, coalition):
    return sign_in(app, "first@street.example")


def test_the_first_period_is_that_of_the_first_fact(desk):
    page = desk.get(ROOM).text
    assert "Als Nächstes: 1.–31. Jan. 2026" in page and "period=2026-01" in page
    assert "Noch kein Lauf" in page


def test_a_period_that_is_open_says_so(session, app):
    open_coalition(session)
    session.commit()
    now = datetime.now(UTC)
    assert settlement.next_period(session, now).label == f"{closing.today(session, now):%Y-%m}"


@pytest.mark.parametrize(("settled", "following"), [("2026-02", "2026-03"), ("2026-W09", "2026-W10")])
def test_months_follow_months_and_weeks_follow_weeks(session, settled, following):
    coalition = open_coalition(session)
    coalition.settle(session, settled, day(3, 2))
    assert settlement.next_period(session, day(3, 2)).label == following


def test_the_preview_adds_up_to_zero_on_the_screen(desk, session):
    before = written(session)
    page = desk.get(f"{ROOM}/preview?period={FEBRUARY}").text
    for amount in (f"-10,79{EURO}", f"-1,47{EURO}", f"-2,21{EURO}", f"14,47{EURO}"):
        assert amount in page
    assert f"<strong data-zero>0,00{EURO}</strong>" in page
    assert "Lauf vorbereiten" in page and written(session) == before


def test_a_period_that_is_not_over_can_be_looked_at_but_not_prepared(desk, session):
    label = f"{closing.today(session, datetime.now(UTC)):%Y-%m}"
    desk.get(ROOM)
    page = desk.get(f"{ROOM}/preview?period={label}").text
    assert "Was bis dahin geschieht" in page and 'name="period"' not in page
    before = written(session)
    refused = desk.post(ROOM, period=label)
    assert refused.status_code == 409 and "noch nicht vorbei" in refused.text
    assert written(session) == before


@pytest.mark.parametrize("label", ["", "2026-13", "February", "2026-02\x00"])
def test_what_is_no_period_is_refused_where_it_was_typed(desk, session, label):
    before = written(session)
    answer = desk.client.get(f"{ROOM}/preview", query_string={"period": label})
    assert answer.status_code == 422 and "Ein Zeitraum ist ein Monat" in answer.text
    desk.get(ROOM)
    assert desk.post(ROOM, period=label).status_code == 422
    assert written(session) == before


def test_preparing_leads_to_the_run_and_asked_again_to_the_same(desk, session):
    desk.get(ROOM)
    first = desk.post(ROOM, period=FEBRUARY)
    assert first.status_code == 303
    assert desk.post(ROOM, period=FEBRUARY).location == first.location
    assert "Der Lauf ist vorbereitet" in desk.get(first.location).text
    (run,) = runs.listed(session)
    assert run.state == "prepared" and first.location.endswith(str(run.id))


def test_the_list_tells_sums_and_who(desk, session, coalition):
    run_id = prepared(session, coalition)
    page = desk.get(ROOM).text
    assert "wartet auf Freigabe" in page and f"14,47{EURO}" in page
    assert "Sie haben diesen Lauf vorbereitet" in page and f"{ROOM}/runs/{run_id}" in page
    runs.release(session, run_id, coalition.admins[1], MARCH, in_order(MARCH))
    session.commit()
    page = desk.get(ROOM).text
    assert "freigegeben" in page and "Second" in page and "Als Nächstes: 1.–31. März 2026" in page


def test_while_one_run_waits_no_other_is_prepared(desk, session, coalition):
    prepared(session, coalition)
    page = desk.get(f"{ROOM}/preview?period=2026-03").text
    assert "Erst muss der Lauf davor" in page and "Zum Lauf, der wartet" in page
    before = written(session)
    refused = desk.post(ROOM, period="2026-03")
    assert refused.status_code == 409 and "Der Lauf 2026-02 wartet" in refused.text
    assert written(session) == before


def test_a_settled_period_is_not_looked_at_again(desk, session, coalition):
    prepared(session, coalition)
    answer = desk.get(f"{ROOM}/preview?period=2026-01")
    assert answer.status_code == 409 and "schon abgerechnet" in answer.text


@pytest.mark.parametrize("path", [ROOM, f"{ROOM}/preview?period=2026-02", "/admin/payments", "/admin/cases"])
def test_only_admins_come_in(app, coalition, path):
    assert sign_in(app, "owner@baker.example").get(path).status_code == 403
    answer = app.test_client().get(path)
    assert answer.status_code == 302 and "/login" in answer.location
