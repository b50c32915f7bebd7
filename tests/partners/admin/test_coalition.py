"""The coalition's own settings and company: changed with a deed, refused without a trace."""

from decimal import Decimal

import pytest
from sqlalchemy import select, update

from loyalty.models.oversight import AuditLog
from partners.models import Staff
from partners.settlement import coalition as settings_of
from partners.settlement import companies
from partners.settlement.coalition import Settings
from tests.coalition import open_coalition
from tests.partners.admin.money import digest
from tests.partners.admin.rooms import admin_desk, furnished, unchanged
from tests.partners.settlement.registered import OPERATOR

ROOM = "/admin/coalition"
FORM = {
    "funding": "prefunded", "breakage": "rewards", "service_fee_ct": "0,2", "fee_vat_bp": "19", "objection_days": "60",
    "due_days": "7", "four_eyes_points": "1000", "pending_days": "14",
}  # fmt: skip


@pytest.fixture
def coalition(session):
    return furnished(session)


@pytest.fixture
def desk(app, coalition):
    seat = admin_desk(app)
    seat.get(ROOM)
    return seat


def test_settings_are_changed(desk, session) -> None:
    page = desk.then(ROOM, **FORM)
    assert "Die Einstellungen sind gespeichert." in page and 'value="0,2"' in page and 'value="60"' in page
    assert settings_of.settings(session) == Settings(
        "prefunded", "rewards", Decimal("0.2"), 1900, 60, 7, 1000, 14
    )
    assert session.scalars(select(AuditLog)).one().facts["due_days"] == [14, 7]


def test_funding_is_fixed_once_there_are_points(desk, session) -> None:
    page = desk.get(ROOM).text
    assert "Steht fest, denn es gibt schon Punkte." in page and 'name="funding" value="prefunded"' in page
    with unchanged(session):
        answer = desk.post(ROOM, **FORM | {"funding": "at_redemption"})
    assert answer.status_code == 409 and "bleibt" in answer.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due_days": "91"}, "Bitte eine Zahl von 0 bis 90 eingeben."), ({"due_days": ""}, "Bitte eine Zahl"),
        ({"pending_days": "1,5"}, "Bitte eine Zahl"), ({"service_fee_ct": "0,0001"}, "Bitte eine Zahl"),
        ({"service_fee_ct": "1001"}, "Ein Preis"), ({"fee_vat_bp": "-1"}, "Bitte eine Zahl"),
        ({"breakage": "mine"}, "Bitte einen der"), ({"four_eyes_points": "-1"}, "Bitte eine Zahl von 0"),
    ],
)  # fmt: skip
def test_refused_settings_keep_what_was_typed(desk, session, changes, words) -> None:
    with unchanged(session):
        answer = desk.post(ROOM, **FORM | changes)
    assert answer.status_code == 422 and words in answer.text
    assert 'value="60"' in answer.text and answer.text.count('aria-invalid="true"') == 1


def test_the_operator_s_company_is_entered(desk, session) -> None:
    assert "die eigene Firma vervollständigen" in desk.get(ROOM).text
    entered = {
        name: value for name in OPERATOR.__dataclass_fields__
        if (value := getattr(OPERATOR, name)) is not None and name != "small_business"
    }  # fmt: skip
    page = desk.then(f"{ROOM}/company", **entered)
    assert "die eigene Firma vervollständigen" not in page
    assert companies.entered(session, None).creditor_id == OPERATOR.creditor_id
    with unchanged(session):
        answer = desk.post(f"{ROOM}/company", **entered | {"creditor_id": "DE1"})
    assert answer.status_code == 422 and "Diese Gläubiger-ID" in answer.text


def test_funding_may_be_chosen_before_the_first_point(app, session) -> None:
    coalition = open_coalition(session)

    session.execute(update(Staff).where(Staff.id == coalition.admins[0]).values(password=digest()))
    session.commit()
    desk = admin_desk(app)
    assert '<select id="settings-funding"' in desk.get(ROOM).text
    desk.then(ROOM, **FORM | {"funding": "at_redemption"})
    assert settings_of.settings(session).funding == "at_redemption"
