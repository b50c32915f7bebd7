"""A run from prepared to booked, by two people at two desks; every step once, every refusal without a trace."""

from uuid import uuid4

import pytest

from partners.admin import run as room
from partners.settlement import companies, drawing, legs, runs
from partners.settlement.companies import CompanyIn
from tests.partners.admin.money import MARCH, prepared, sign_in, street, written

EURO = "\N{NO-BREAK SPACE}€"
STEPS = ("release", "papers", "cash", "booked")


@pytest.fixture
def coalition(session):
    return street(session)


@pytest.fixture
def path(session, coalition):
    return f"/admin/settlement/runs/{prepared(session, coalition)}"


@pytest.fixture
def first(app, path):
    return sign_in(app, "first@street.example")


@pytest.fixture
def second(app, path):
    return sign_in(app, "second@street.example")


@pytest.fixture
def run_id(session, path):
    return runs.listed(session)[0].id


def test_a_run_says_everything(second, path, session, run_id):
    page = second.get(path).text
    for words in ("Bewegungen 1 bis 10", "First", f"-10,79{EURO}", f"3,00{EURO}", "wartet auf Freigabe"):
        assert words in page
    head = runs.get(session, run_id).head
    assert f"<code>{head[:8]}</code>" in page and f"<strong data-zero>0,00{EURO}</strong>" in page
    assert 'class="number heat-9"' in page and f"5,50{EURO}" in page


def test_who_prepared_sees_no_button_and_is_refused(first, path, session):
    page = first.get(path).text
    assert "muss ihn jemand anders freigeben" in page and f"{path}/release" not in page
    before = written(session)
    refused = first.post(f"{path}/release")
    assert refused.status_code == 403 and "zweite Person" in refused.text
    assert written(session) == before


def test_the_second_person_goes_all_the_way(second, path, session, run_id):
    second.get(path)
    assert "Der Lauf ist freigegeben" in second.then(f"{path}/release")
    page = second.then(f"{path}/papers")
    assert "AB-2026-00001" in page and "RE-2026-00001" in page and "Die Dokumente sind ausgestellt" in page
    page = second.then(f"{path}/cash")
    assert "EMMA-1-1-" in page and "bei der Bank" in page
    assert "Alles ist erledigt" in second.then(f"{path}/booked")
    assert set(runs.steps(session, run_id)) == {"prepared", "released", "documents", "cash", "booked"}
    assert len(legs.items(session, run_id)) == 3


def test_every_step_asked_for_again_changes_nothing(second, path, session):
    second.get(path)
    for step in STEPS:
        second.then(f"{path}/{step}")
    before = written(session)
    for step in STEPS:
        second.then(f"{path}/{step}")
    assert written(session) == before


@pytest.mark.parametrize("step", ["papers", "draw", "cash", "booked"])
def test_no_step_before_the_release(second, path, session, step):
    second.get(path)
    before = written(session)
    refused = second.post(f"{path}/{step}")
    assert refused.status_code == 409 and "noch nicht freigegeben" in refused.text
    assert written(session) == before


def test_it_is_not_booked_before_papers_and_cash(second, path, session):
    second.get(path)
    second.then(f"{path}/release")
    for step in ("draw", "booked"):
        before = written(session)
        refused = second.post(f"{path}/{step}")
        assert refused.status_code == 409 and "noch nicht ausgestellt" in refused.text
        assert written(session) == before
    second.then(f"{path}/papers")
    before = written(session)
    refused = second.post(f"{path}/booked")
    assert refused.status_code == 409 and "Bankdateien sind noch nicht erstellt" in refused.text
    assert written(session) == before


def test_files_are_drawn_some_at_a_time(second, path, session, run_id, monkeypatch):
    second.get(path)
    second.then(f"{path}/release")
    second.then(f"{path}/papers")
    everything = len(drawing.undrawn(session, run_id))
    monkeypatch.setattr(room, "FILES_AT_ONCE", everything - 2)
    page = second.then(f"{path}/draw")
    assert f"{everything - 2} von {everything} Dateien sind erzeugt" in page
    assert "files" not in runs.steps(session, run_id)
    second.then(f"{path}/draw")
    session.rollback()
    assert drawing.undrawn(session, run_id) == [] and "files" in runs.steps(session, run_id)


def test_an_incomplete_company_stops_the_papers_and_is_named(second, path, session, coalition):
    nameless = CompanyIn("Bäckerei ohne Nummer", "Lindenweg 3", "10117", "Berlin")
    companies.put(session, None, nameless, None, MARCH, uuid4)
    session.commit()
    second.get(path)
    second.then(f"{path}/release")
    before = written(session)
    refused = second.post(f"{path}/papers")
    assert refused.status_code == 422 and "Bäckerei ohne Nummer" in refused.text
    assert written(session) == before


def test_without_an_account_there_are_no_bank_files(app, session):
    coalition = street(session, companies=False)
    path = f"/admin/settlement/runs/{prepared(session, coalition)}"
    second = sign_in(app, "second@street.example")
    second.get(path)
    second.then(f"{path}/release")
    before = written(session)
    refused = second.post(f"{path}/cash")
    assert refused.status_code == 422 and "noch kein Konto" in refused.text
    assert written(session) == before


def test_a_withdrawn_run_says_by_whom_and_offers_nothing(first, path, session, run_id):
    assert "zurückziehen" in first.get(path).text
    page = first.then(f"{path}/withdraw")
    assert (
        "Zurückgezogen von First" in page and f"{path}/release" not in page and f"{path}/withdraw" not in page
    )
    before = written(session)
    assert first.post(f"{path}/release").status_code == 409
    assert written(session) == before


def test_a_released_run_is_not_withdrawn(second, path, session):
    second.get(path)
    second.then(f"{path}/release")
    before = written(session)
    refused = second.post(f"{path}/withdraw")
    assert refused.status_code == 409 and "ändert sich nicht mehr" in refused.text
    assert written(session) == before


@pytest.mark.parametrize("step", ["", "/release", "/withdraw", "/papers", "/draw", "/cash", "/booked"])
def test_a_run_there_is_not_is_a_404(second, session, step):
    path = f"/admin/settlement/runs/{uuid4()}{step}"
    second.get("/admin/settlement")
    before = written(session)
    answer = second.post(path) if step else second.get(path)
    assert answer.status_code == 404 and written(session) == before


def test_without_a_token_nothing_happens(second, path, session):
    before = written(session)
    assert second.client.post(f"{path}/release").status_code == 400
    assert written(session) == before


def test_others_may_not_act(app, path, session):
    owner = sign_in(app, "owner@baker.example")
    before = written(session)
    for step in (*STEPS, "withdraw", "draw"):
        assert owner.post(f"{path}/{step}").status_code == 403
    assert owner.get(path).status_code == 403 and written(session) == before
