"""One partner's page: versions, company, mandate and exit, each changed with a deed or refused without a trace."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from loyalty.models.oversight import AuditLog
from partners import contracts
from partners.settlement import companies, mandates
from partners.settlement.models import PartnerExit
from tests.coalition import day
from tests.partners.admin.rooms import admin_desk, furnished, unchanged
from tests.partners.settlement.registered import register_all

FAR = date(2035, 5, 1)
TERMS = {
    "valid_from": FAR.isoformat(), "point_value_ct": "1,000", "service_fee_ct": "0.125", "reimbursement_ct": "0,9",
    "funding": "at_redemption", "breakage": "operator", "fee_vat_bp": "7", "credit_limit_cents": "1234,50",
    "deposit_cents": "", "redeemer_supplies": "operator",
}  # fmt: skip
COMPANY = {
    "legal_name": "Bäckerei Kern GmbH", "street": "Markt 1", "post_code": "10115", "city": "Berlin", "country": "DE",
    "language": "en", "chart": "SKR04", "vat_id": "DE811907980", "iban": "DE02120300000000202051",
    "datev_consultant": "1001",
}  # fmt: skip
EXIT = {"leaves_on": "2040-01-31", "cut_off_on": "29.02.2040", "carrier": "operator", "guarantee_cents": "50"}


@pytest.fixture
def coalition(session):
    return furnished(session)


@pytest.fixture
def baker(coalition):
    return coalition.partner("baker")


@pytest.fixture
def path(baker) -> str:
    return f"/admin/partners/{baker}"


@pytest.fixture
def desk(app, coalition, path):
    seat = admin_desk(app)
    seat.get(path)
    return seat


def refused(desk, session, path, status, words, **fields):
    """What is said of a form that changes nothing."""
    with unchanged(session):
        answer = desk.post(path, **fields)
    assert answer.status_code == status and words in answer.text
    return answer.text


def test_it_shows_all_about_the_partner(desk, path) -> None:
    page = desk.get(path).text
    assert "Baker" in page and "über 80\N{NO-BREAK SPACE}% der Kreditlinie" in page and "0,15 ct" in page
    assert "Für Belege und Zahlungen fehlt noch: Name, Straße, Post" in page
    assert page.count('<span class="mark good">gilt</span>') == 1


def test_a_new_version_is_agreed(desk, session, path, baker, coalition) -> None:
    page = desk.then(f"{path}/contract", **TERMS)
    assert "Die neue Fassung ist vereinbart." in page and "kommt noch" in page and "1. Mai 2035" in page
    newest = contracts.versions(session, baker)[0]
    assert (newest.service_fee_ct, newest.reimbursement_ct, newest.fee_vat_bp) == (
        Decimal("0.125"), Decimal("0.9"), 700,
    )  # fmt: skip
    assert (newest.credit_limit_cents, newest.deposit_cents, newest.funding, newest.breakage) == (
        123_450, 0, "at_redemption", "operator",
    )  # fmt: skip
    assert newest.redeemer_supplies == "operator"
    assert session.scalars(select(AuditLog.action)).all() == ["contract_added"]
    # The next one is filled in with what the latest says, and empty prices are the coalition's.
    assert 'value="0,125"' in page and 'value="1234,50"' in page and 'value="7"' in page
    later = {"valid_from": "02.05.2035", "redeemer_supplies": "partner"}
    desk.then(f"{path}/contract", **later)
    session.rollback()
    usual = contracts.versions(session, baker)[0]
    assert (usual.service_fee_ct, usual.funding, usual.fee_vat_bp, usual.credit_limit_cents) == (
        Decimal("0.15"), "prefunded", 1900, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"valid_from": "2026-01-02"}, "Eine neue Fassung beginnt frühestens morgen."),
        ({"valid_from": ""}, "Bitte ein Datum"),
        ({"valid_from": "31.02.2040"}, "Bitte ein Datum"),
        ({"point_value_ct": "1.234,5"}, "Bitte eine Zahl"),
        ({"fee_vat_bp": "19,123"}, "Bitte eine Zahl"),
        ({"fee_vat_bp": "101"}, "Ein Satz"),
        ({"credit_limit_cents": "viel"}, "Bitte eine Zahl"),
        ({"deposit_cents": "-1"}, "Betrag"),
        ({"reimbursement_ct": "2"}, "Erstattung"),
        ({"funding": "never"}, "Bitte einen der"),
    ],
)
def test_a_refused_version_keeps_what_was_typed(desk, session, path, changes, words) -> None:
    page = refused(desk, session, f"{path}/contract", 422, words, **TERMS | changes)
    assert 'value="0.125"' in page and page.count('aria-invalid="true"') == 1


def test_versions_do_not_overlap(desk, session, path) -> None:
    desk.then(f"{path}/contract", **TERMS)
    refused(desk, session, f"{path}/contract", 409, "Eine neue Fassung beginnt nach der", **TERMS)


def test_the_company_is_entered_and_changed(desk, session, path, baker) -> None:
    page = desk.then(f"{path}/company", **COMPANY)
    assert "Die Firmendaten sind gespeichert." in page and "Bäckerei Kern GmbH, Markt 1" in page
    assert "das Mandat vermerken" in page  # the next step
    desk.then(f"{path}/company", **COMPANY | {"small_business": "1", "datev_consultant": ""})
    company = companies.entered(session, baker)
    assert (company.small_business, company.datev_consultant, company.chart, company.language) == (
        True, None, "SKR04", "en",
    )  # fmt: skip
    session.rollback()
    assert [deed.facts["fields"] for deed in session.scalars(select(AuditLog))][-1] == [
        "small_business", "datev_consultant",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vat_id": "DE811907981"}, "USt-IdNr."), ({"iban": "DE02"}, "IBAN"), ({"post_code": "1"}, "Postleitzahl"),
        ({"datev_client": "x"}, "Bitte eine Zahl"), ({"legal_name": ""}, "Zeile"),
        ({"creditor_id": "DE1"}, "Gläubiger-ID"),
    ],
)  # fmt: skip
def test_a_refused_company_keeps_what_was_typed(desk, session, path, changes, words) -> None:
    page = refused(desk, session, f"{path}/company", 422, words, **COMPANY | changes)
    assert 'value="Markt 1"' in page


def test_a_mandate_is_noted_replaced_and_revoked(desk, session, path, baker) -> None:
    signed = {"reference": "EMMA-BAKER-1", "scheme": "CORE", "signed_on": "2026-01-05"}
    assert "Das Mandat ist vermerkt." in desk.then(f"{path}/mandate", **signed)
    page = desk.then(f"{path}/mandate", **signed | {"reference": "EMMA-BAKER-2", "scheme": "B2B"})
    assert "widerrufen am" in page and "EMMA-BAKER-3" in page
    live = mandates.live(session, baker)
    assert (live.reference, live.scheme) == ("EMMA-BAKER-2", "B2B")
    desk.then(f"{path}/mandate/{live.id}/revoke")
    session.rollback()
    assert mandates.live(session, baker) is None
    assert sorted(session.scalars(select(AuditLog.action))) == [
        "mandate_revoked", "mandate_revoked", "mandate_signed", "mandate_signed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reference": "//"}, "Eine Referenz hat"), ({"scheme": "SDD"}, "Bitte einen der"),
        ({"signed_on": "2040-01-01"}, "Bitte ein Datum"), ({"signed_on": "gestern"}, "Bitte ein Datum"),
    ],
)  # fmt: skip
def test_a_refused_mandate_leaves_all_as_it_was(desk, session, path, changes, words) -> None:
    signed = {"reference": "EMMA-BAKER-1", "scheme": "CORE", "signed_on": "2026-01-05"}
    refused(desk, session, f"{path}/mandate", 422, words, **signed | changes)


def test_a_mandate_of_somebody_else_is_not_found(desk, session, path, coalition) -> None:
    register_all(session, coalition)
    foreign = mandates.live(session, coalition.partner("drinks")).id
    taken = {"reference": "EMMA-DRINKS", "scheme": "CORE", "signed_on": "2026-01-05"}
    refused(desk, session, f"{path}/mandate", 409, "Ein anderes Mandat", **taken)
    with unchanged(session):
        assert desk.post(f"{path}/mandate/{foreign}/revoke").status_code == 404


def test_an_exit_is_noted_once(desk, session, path, baker) -> None:
    page = desk.then(f"{path}/exit", **EXIT)
    assert "Der Austritt ist vermerkt." in page and "29. Februar 2040" in page and "50,00" in page
    noted = session.get(PartnerExit, baker)
    assert (noted.leaves_on, noted.cut_off_on, noted.carrier, noted.guarantee_cents) == (
        date(2040, 1, 31), date(2040, 2, 29), "operator", 5_000,
    )  # fmt: skip
    refused(desk, session, f"{path}/exit", 409, "Dieser Austritt ist schon vermerkt.", **EXIT)
    refused(desk, session, f"{path}/exit/close", 409, "Der Austritt kann ab dem Tag nach")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"leaves_on": "2026-01-01"}, "Dieser Tag ist schon vorbei."), ({"leaves_on": ""}, "Bitte ein Datum"),
        ({"cut_off_on": "2040-01-01"}, "Der Stichtag kann nicht vor"), ({"carrier": "nobody"}, "Bitte einen der"),
        ({"guarantee_cents": "-5"}, "Betrag"), ({"guarantee_cents": "x"}, "Bitte eine Zahl"),
    ],
)  # fmt: skip
def test_a_refused_exit_leaves_all_as_it_was(desk, session, path, changes, words) -> None:
    refused(desk, session, f"{path}/exit", 422, words, **EXIT | changes)


def test_it_says_what_keeps_an_exit_open(desk, session, path) -> None:
    desk.then(f"{path}/exit", **EXIT)
    past = day(1, 5).date()
    session.execute(update(PartnerExit).values(leaves_on=past, cut_off_on=past + timedelta(days=9)))
    session.commit()
    assert "Austritt abschließen" in desk.get(path).text
    page = refused(desk, session, f"{path}/exit/close", 409, "Von diesem Partner ist noch etwas offen.")
    assert "Noch offen: ein Lauf bis zum Stichtag" in page


def test_nobody_s_page_is_not_found(desk, session) -> None:
    nowhere = f"/admin/partners/{uuid4()}"
    assert desk.get(nowhere).status_code == 404
    with unchanged(session):
        for section, fields in (
            ("contract", TERMS), ("company", COMPANY), ("exit", EXIT), ("exit/close", {}),
            ("mandate", {"reference": "M", "scheme": "CORE", "signed_on": "2026-01-05"}),
        ):  # fmt: skip
            assert desk.post(f"{nowhere}/{section}", **fields).status_code == 404, section
