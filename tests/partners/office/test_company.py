"""The own company: entered, corrected, refused field by field; an owner's room."""

import pytest
from sqlalchemy import func, select

from loyalty.models.oversight import AuditLog
from partners.settlement import companies
from partners.settlement.models import Company

ROOM = "/office/company"
GIVEN = {
    "legal_name": "Bäckerei Kern GmbH", "street": "Marktplatz 1", "post_code": "10115", "city": "Berlin",
    "country": "DE", "language": "de", "email": "buero@kern.example", "vat_id": "DE 811 907 980", "tax_number": "",
    "small_business": "", "iban": "DE02 1203 0000 0000 2020 51", "bic": "", "datev_consultant": "1001",
    "datev_client": "12", "chart": "SKR04",
}  # fmt: skip


@pytest.fixture
def owner(february, sit_down):
    return sit_down("owner@baker.example")


def entered(session, february, code="baker") -> Company:
    session.rollback()
    return companies.entered(session, february.coalition.partner(code))


def kept(session, february) -> tuple[object, ...]:
    row = entered(session, february)
    columns = [getattr(row, column.name) for column in Company.__table__.columns]
    return (*columns, session.scalar(select(func.count()).select_from(AuditLog)))


def test_what_was_entered_stands_in_the_form(owner) -> None:
    page = owner.get(ROOM).text
    assert 'value="Baker Müller &amp; Söhne"' in page and 'value="DE02120300000000202051"' in page
    assert "mit dem Mandat EMMA-BAKER vom 1. Januar 2026" in page


def test_an_owner_changes_the_company(session, february, owner) -> None:
    answer = owner.post(ROOM, data=GIVEN)
    assert (answer.status_code, answer.location) == (303, ROOM)
    assert "Ihre Firmendaten sind gespeichert." in owner.get(ROOM).text
    row = entered(session, february)
    assert (row.legal_name, row.vat_id, row.iban, row.bic, row.chart) == (
        "Bäckerei Kern GmbH", "DE811907980", "DE02120300000000202051", None, "SKR04",
    )  # fmt: skip
    assert (row.datev_consultant, row.datev_client, row.small_business) == (1001, 12, False)
    assert entered(session, february, "drinks").legal_name == "Drinks Müller & Söhne"


def test_a_small_business_says_so(session, february, owner) -> None:
    owner.post(ROOM, data=GIVEN | {"small_business": "1", "vat_id": "", "tax_number": "30/123/45678"})
    row = entered(session, february)
    assert (row.small_business, row.vat_id, row.tax_number) == (True, None, "30/123/45678")
    assert '<option value="1" selected>' in owner.get(ROOM).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("iban", "DE03120300000000202051", "In dieser IBAN steckt ein Tippfehler"),
        ("vat_id", "DE811907981", "In dieser USt-IdNr. steckt ein Tippfehler"),
        ("post_code", "1011", "hat fünf Ziffern"),
        ("legal_name", "", "1 bis 120 Zeichen"),
        ("country", "XX", "wählen Sie ein Land"),
        ("datev_client", "zwölf", "Bitte eine Zahl eingeben."),
        ("datev_consultant", "1000", "Bitte eine Zahl eingeben."),
        ("email", "kern", "keine E-Mail-Adresse"),
        ("bic", "ABC", "In diesem BIC"),
        ("chart", "SKR99", "angebotenen"),
        ("tax_number", "12", "10, 11 oder 13 Ziffern"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(session, february, owner, field, value, words) -> None:
    before = kept(session, february)
    answer = owner.post(ROOM, data=GIVEN | {field: value})
    assert answer.status_code == 422 and words in answer.text
    assert 'value="Marktplatz 1"' in answer.text  # what was typed is not lost
    assert f'href="#{field}"' in answer.text and f'id="{field}"' in answer.text
    assert kept(session, february) == before


def test_before_anything_was_entered_the_name_is_there(session, february, owner) -> None:
    session.query(Company).delete()
    session.commit()
    page = owner.get(ROOM).text
    assert 'value="Baker"' in page
    assert owner.post(ROOM, data=GIVEN).status_code == 303
    assert entered(session, february).city == "Berlin"


@pytest.mark.parametrize("who", ["accountant", "staff"])
def test_it_is_the_owners_room(session, february, sit_down, who) -> None:
    client, before = sit_down(f"{who}@baker.example"), kept(session, february)
    assert client.get(ROOM).status_code == client.post(ROOM, data=GIVEN).status_code == 403
    assert kept(session, february) == before
    assert 'href="/office/company"' not in client.get("/office").text


def test_an_admin_has_no_office(session, february, app) -> None:
    assert app.test_client().get(ROOM).status_code == 302
