"""Companies: checked before they stand on papers, and the name alone where nobody entered anything."""

from dataclasses import asdict, replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from loyalty.errors import Invalid, Missing
from loyalty.models.oversight import AuditLog
from partners.settlement import companies, content
from partners.settlement.companies import CompanyIn
from partners.settlement.models import Company

KERN = CompanyIn(
    "Bäckerei Kern GmbH", "Marktplatz 3", "70173", "Stuttgart", vat_id="DE136695976", tax_number="93815/08152",
    email="buero@kern.example", iban="DE02120300000000202051", bic="BYLADEM1001", datev_consultant=1001,
    datev_client=1, chart="SKR04", language="en",
)  # fmt: skip
ADMIN = uuid4()


@pytest.fixture
def put(session, at, new_id):
    """`put(company)` of the operator, or of a partner. Commits."""

    def entered(company, partner_id=None):
        companies.put(session, partner_id, company, ADMIN, at, new_id)
        session.commit()

    return entered


def counts(session):
    session.rollback()
    return [session.scalar(select(func.count()).select_from(table)) for table in (Company, AuditLog)]


def test_it_stands_on_papers_as_it_was_entered(session, baker, put) -> None:
    put(KERN, baker.partner_id)
    shown = companies.of(session, baker.partner_id)
    assert shown == content.Company(
        "baker", "Bäckerei Kern GmbH", "Marktplatz 3", "70173", "Stuttgart", "DE", "DE136695976", "93815/08152",
        False, "buero@kern.example", "DE02120300000000202051", "BYLADEM1001", "en",
    )  # fmt: skip
    row = companies.entered(session, baker.partner_id)
    assert {name: getattr(row, name) for name in asdict(KERN)} == asdict(KERN)
    assert companies.operator(session).legal_name == "Emma"


def test_it_is_brought_into_one_form(session, put) -> None:
    put(
        replace(
            KERN, legal_name="  Cafe\u0301   Kern ", vat_id="de 136.695.976", iban="de02 1203 0000 0000 2020 51",
            bic="byladem1001", email=" Buero@Kern.Example ", creditor_id="de98 zzz 09999999999", post_code=" 70173 ",
        )
    )  # fmt: skip
    row = companies.entered(session, None)
    assert (row.legal_name, row.vat_id, row.iban) == ("Café Kern", "DE136695976", "DE02120300000000202051")
    assert (row.bic, row.email, row.post_code) == ("BYLADEM1001", "buero@kern.example", "70173")
    assert row.creditor_id == "DE98ZZZ09999999999"


def test_where_nothing_was_entered_the_name_stands_alone(session, baker) -> None:
    assert companies.of(session, baker.partner_id) == content.Company("baker", "Bäckerei Kern", "", "", "")
    assert companies.operator(session) == content.Company("operator", "Emma", "", "", "")
    with pytest.raises(Missing, match="partner_unknown"):
        companies.of(session, uuid4())


def test_a_change_takes_the_place_of_what_was(session, baker, put) -> None:
    for partner_id in (None, baker.partner_id):
        put(KERN, partner_id)
        put(replace(KERN, street="Marktplatz 4", iban=None, small_business=True), partner_id)
        row = companies.entered(session, partner_id)
        assert (row.street, row.iban, row.small_business) == ("Marktplatz 4", None, True)
    assert counts(session)[0] == 2


def test_the_same_again_is_nothing(session, put) -> None:
    put(KERN)
    before = counts(session)
    put(KERN)
    assert counts(session) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"legal_name": " "}, "line_invalid"),
        ({"legal_name": "x" * 121}, "line_invalid"),
        ({"legal_name": "Kern\nGmbH"}, "line_invalid"),
        ({"street": ""}, "line_invalid"),
        ({"city": "Stutt\u2028gart"}, "line_invalid"),
        ({"post_code": "7017"}, "post_code_invalid"),
        ({"post_code": "７０１７３"}, "post_code_invalid"),
        ({"post_code": "x" * 17, "country": "AT"}, "line_invalid"),
        ({"country": "de"}, "country_unknown"),
        ({"country": "ZZ"}, "country_unknown"),
        ({"country": ""}, "country_unknown"),
        ({"vat_id": "DE136695977"}, "vat_id_invalid"),
        ({"vat_id": "DE036695976"}, "vat_id_invalid"),
        ({"vat_id": "136695976"}, "vat_id_invalid"),
        ({"vat_id": "DE13669597"}, "vat_id_invalid"),
        ({"vat_id": "AT"}, "vat_id_invalid"),
        ({"tax_number": "123"}, "tax_number_invalid"),
        ({"tax_number": "93815-08152"}, "tax_number_invalid"),
        ({"tax_number": "123456789012"}, "tax_number_invalid"),
        ({"tax_number": "x" * 31, "country": "AT"}, "line_invalid"),
        ({"email": "kern"}, "email_invalid"),
        ({"language": "fr"}, "language_unknown"),
        ({"chart": "SKR99"}, "word_unknown"),
        ({"iban": "DE03120300000000202051"}, "iban_invalid"),
        ({"bic": "BYLA"}, "bic_invalid"),
        ({"creditor_id": "DE99ZZZ09999999999"}, "creditor_id_invalid"),
        ({"datev_consultant": 1000}, "number_invalid"),
        ({"datev_consultant": 10_000_000}, "number_invalid"),
        ({"datev_client": 0}, "number_invalid"),
        ({"datev_client": 100_000}, "number_invalid"),
    ],
)
def test_what_is_wrong_is_named_and_not_written(session, put, change, code) -> None:
    with pytest.raises(Invalid) as refusal:
        put(replace(KERN, **change))
    assert (refusal.value.code, refusal.value.field) == (code, next(iter(change)))
    assert counts(session) == [0, 0]


def test_nobodys_company_is_missing(session, put) -> None:
    with pytest.raises(Missing, match="partner_unknown"):
        put(KERN, uuid4())
    assert counts(session) == [0, 0]


def test_other_countries_write_things_their_way(session, put) -> None:
    put(
        replace(
            KERN, post_code="A-1010", country="AT", vat_id="ATU 1234 5675", tax_number="12-345/6789",
            iban="AT61 1904 3002 3457 3201",
        )
    )  # fmt: skip
    row = companies.entered(session, None)
    assert (row.post_code, row.vat_id, row.tax_number) == ("A-1010", "ATU12345675", "12-345/6789")


@pytest.mark.parametrize("tax_number", ["93815/08152", "181/815/08155", "2893081508152", "151 815 08156"])
def test_german_tax_numbers_are_written_as_the_office_does(put, session, tax_number) -> None:
    put(replace(KERN, tax_number=tax_number))
    assert companies.entered(session, None).tax_number == tax_number


@pytest.mark.parametrize("vat_id", ["DE136695976", "DE129273398", "DE811907980", "DE123475223"])
def test_vat_ids_of_germany_have_a_check_digit(vat_id) -> None:
    assert companies.check_vat_id(vat_id) == vat_id
    for digit in set("0123456789") - {vat_id[-1]}:
        with pytest.raises(Invalid):
            companies.check_vat_id(vat_id[:-1] + digit)


def test_deeds_name_fields_and_never_what_stands_in_them(session, baker, put, owner) -> None:
    put(KERN, baker.partner_id)
    put(replace(KERN, iban="DE75512108001245126199", bic=None), baker.partner_id)
    rows = session.scalars(
        select(AuditLog).order_by(func.jsonb_array_length(AuditLog.facts["fields"]).desc())
    )
    first, second = rows
    assert {first.action, second.action} == {"company_changed"}
    assert (second.staff_id, second.partner_id, second.facts) == (
        ADMIN, baker.partner_id, {"fields": ["iban", "bic"]},
    )  # fmt: skip
    written = owner.execute("SELECT string_agg(a::text, ' ') FROM audit_log a").fetchone()[0]
    assert not [word for word in ("DE02", "DE75", "Kern", "DE136695976", "93815") if word in written]
