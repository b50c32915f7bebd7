"""The list of partners: what is in force, who is near the limit, what is missing; and a new one taken in."""

import pytest
from sqlalchemy import select

from loyalty.models.oversight import AuditLog
from partners.models import Partner, Shop
from partners.settlement import exits
from tests.coalition import day
from tests.partners.admin.money import sign_in
from tests.partners.admin.rooms import admin_desk, furnished, unchanged
from tests.partners.settlement.registered import register_all
from tests.street import ids


@pytest.fixture
def coalition(session):
    return furnished(session)


@pytest.fixture
def desk(app, coalition):
    return admin_desk(app)


def test_it_shows_every_partner_in_short(desk) -> None:
    page = desk.get("/admin/partners").text
    assert "3 Firmen" in page and all(name in page for name in ("Baker", "Drinks", "Books"))
    assert "1 ct je Punkt, 0,15 ct Gebühr, bezahlt wird beim Einlösen" in page
    assert "10,79\N{NO-BREAK SPACE}€" in page and "von 13,00\N{NO-BREAK SPACE}€" in page
    assert (
        page.count("über 80\N{NO-BREAK SPACE}% der Kreditlinie") == 1 and page.count("keine Kreditlinie") == 2
    )
    assert page.count("Firmendaten unvollständig") == page.count("kein Mandat") == 3


def test_it_shows_who_is_complete_and_who_leaves(desk, session, coalition) -> None:
    register_all(session, coalition)
    today = day(1, 5, year=2040).date()
    exits.give_notice(
        session, coalition.partner("books"), today, today, "partner", 0, coalition.admins[0], day(3, 1), ids()
    )
    session.commit()
    page = desk.get("/admin/partners").text
    assert page.count("Firmendaten vollständig") == 3 and "kein Mandat" not in page and "Mandat: B2B" in page
    assert page.count("geht am 5. Januar 2040") == 1


def test_it_takes_a_partner_in(desk, session, coalition) -> None:
    desk.get("/admin/partners")
    page = desk.then("/admin/partners", code="butcher", name="Metzgerei Wolf", shop_name="")
    assert "Metzgerei Wolf ist dabei" in page and "Firmendaten vervollständigen" in page
    partner = session.scalars(select(Partner).where(Partner.code == "butcher")).one()
    assert session.scalar(select(Shop.name).where(Shop.partner_id == partner.id)) == "Metzgerei Wolf"
    deed = session.scalars(select(AuditLog)).one()
    assert (deed.action, deed.partner_id, deed.staff_id) == (
        "partner_opened", partner.id, coalition.admins[0]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name", "status", "words"),
    [
        ("baker", "Zweiter Bäcker", 409, "Ein anderer Partner hat dieses Kürzel schon."),
        ("Bäcker", "Zweiter Bäcker", 422, "Ein Kürzel hat 1 bis 40 Kleinbuchstaben"),
        ("second", " ", 422, "Bitte einen Namen eingeben"),
    ],
)
def test_a_refused_partner_leaves_all_as_it_was(desk, session, code, name, status, words) -> None:
    desk.get("/admin/partners")
    with unchanged(session):
        answer = desk.post("/admin/partners", code=code, name=name, shop_name="Ring")
    assert answer.status_code == status and words in answer.text
    assert (
        f'value="{code}"' in answer.text and 'value="Ring"' in answer.text and 'id="new" open' in answer.text
    )


@pytest.mark.parametrize("email", ["owner@baker.example", "cashier@baker.example"])
@pytest.mark.parametrize(
    "path", ["/admin/partners", "/admin/coalition", "/admin/liability", "/admin/liability.csv", "/admin/log"]
)
def test_the_rooms_are_the_coalition_s_alone(app, coalition, session, email, path) -> None:
    desk = sign_in(app, email)
    desk.get("/office")
    assert desk.client.get(path).status_code == 403
    with unchanged(session):
        assert desk.post("/admin/partners", code="own", name="Own").status_code == 403
        assert desk.post("/admin/coalition", due_days=1).status_code == 403
    assert app.test_client().get(path).status_code in (302, 303)


def test_a_form_without_its_token_is_refused(desk, session) -> None:
    with unchanged(session):
        answer = desk.client.post("/admin/partners", data={"code": "butcher", "name": "Wolf"})
    assert answer.status_code == 400
