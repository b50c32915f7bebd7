"""The coalition's settings: changed with a deed that says from what to what; funding only before points move."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.errors import Conflict, Invalid
from loyalty.models.oversight import AuditLog
from partners import contracts
from partners.settlement import coalition as settings_of
from partners.settlement.coalition import Settings
from tests.coalition import day, open_coalition

USUAL = Settings("prefunded", "mutual", Decimal("0.150"), 1900, 30, 14, 500, 0)
AT = day(2, 1)


@pytest.fixture
def street(session):
    return open_coalition(session)


def change(session, street, **values) -> None:
    settings_of.change(session, replace(USUAL, **values), street.admins[0], AT, in_order(AT))


def deeds(session) -> list[AuditLog]:
    return list(session.scalars(select(AuditLog)))


def test_it_changes_what_is_new_and_says_from_what(session, street) -> None:
    assert settings_of.settings(session) == USUAL
    before = contracts.revision(session)
    change(session, street, service_fee_ct=Decimal("0.2"), due_days=7, pending_days=14)
    assert settings_of.settings(session) == replace(
        USUAL, service_fee_ct=Decimal("0.2"), due_days=7, pending_days=14
    )
    (deed,) = deeds(session)
    assert (deed.action, deed.staff_id) == ("coalition_changed", street.admins[0])
    assert deed.facts == {"service_fee_ct": ["0.150", "0.2"], "due_days": [14, 7], "pending_days": [0, 14]}
    assert contracts.revision(session) > before  # tills look up how long points are pending


def test_the_same_again_is_no_deed(session, street) -> None:
    change(session, street)
    assert deeds(session) == []


def test_funding_stays_once_points_have_moved(session, street) -> None:
    change(session, street, funding="at_redemption")
    change(session, street)
    assert not settings_of.is_funding_fixed(session)
    street.buy(session, "anna", "baker", 1_000, day(1, 3))
    assert settings_of.is_funding_fixed(session)
    with pytest.raises(Conflict, match="funding_fixed"):
        change(session, street, funding="at_redemption", due_days=3)
    assert settings_of.settings(session) == USUAL and len(deeds(session)) == 2
    change(session, street, breakage="operator")


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("funding", "somehow", "word_unknown"), ("breakage", "", "word_unknown"),
        ("service_fee_ct", Decimal("0.0001"), "price_invalid"), ("service_fee_ct", Decimal(-1), "price_invalid"),
        ("fee_vat_bp", 10_001, "rate_invalid"), ("objection_days", 366, "whole_out_of_range"),
        ("due_days", 91, "whole_out_of_range"), ("due_days", -1, "whole_out_of_range"),
        ("four_eyes_points", -1, "whole_out_of_range"), ("pending_days", 366, "whole_out_of_range"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_changes_nothing(session, street, field, value, refusal) -> None:
    with pytest.raises(Invalid, match=refusal) as refused:
        change(session, street, **{field: value, "objection_days": 1} | {field: value})
    assert refused.value.field == field
    assert settings_of.settings(session) == USUAL
    assert session.scalar(select(func.count()).select_from(AuditLog)) == 0
