"""Mandates: checked when they are noted, one live for each partner, and revoked for good."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.oversight import AuditLog
from partners import shops
from partners.settlement import mandates
from partners.settlement.models import Mandate

ADMIN = uuid4()
SIGNED = date(2026, 11, 22)


@pytest.fixture
def sign(session, baker, at, new_id):
    """`sign("M-1")`: the baker's mandate. Commits."""

    def signed(reference, scheme="CORE", signed_on=SIGNED, partner_id=None):
        partner_id = partner_id or baker.partner_id
        number = mandates.sign(session, partner_id, reference, scheme, signed_on, ADMIN, at, new_id)
        session.commit()
        return number

    return signed


def counts(session):
    session.rollback()
    return [session.scalar(select(func.count()).select_from(table)) for table in (Mandate, AuditLog)]


def test_it_is_live_until_it_is_revoked(session, baker, sign, at, new_id) -> None:
    assert mandates.live(session, baker.partner_id) is None
    number = sign("KERN/2026-1", "B2B")
    found = mandates.live(session, baker.partner_id)
    assert found is not None
    assert (found.id, found.reference, found.scheme, found.signed_on) == (
        number,
        "KERN/2026-1",
        "B2B",
        SIGNED,
    )
    assert found.used_at is None
    mandates.revoke(session, number, ADMIN, at, new_id)
    session.commit()
    assert mandates.live(session, baker.partner_id) is None
    before = counts(session)
    mandates.revoke(session, number, ADMIN, at + timedelta(days=1), new_id)
    session.commit()
    assert counts(session) == before
    assert [one.revoked_at for one in mandates.listed(session, baker.partner_id)] == [at]


def test_a_new_one_revokes_the_old(session, baker, sign, at) -> None:
    old, new = sign("M-1"), sign("M-2")
    live = mandates.live(session, baker.partner_id)
    assert live is not None and live.id == new
    assert {one.id: one.revoked_at for one in mandates.listed(session, baker.partner_id)} == {
        old: at,
        new: None,
    }


def test_two_at_once_leave_one_live(act, session, baker, at, new_id) -> None:
    session.commit()

    def one(place):
        act(lambda s: mandates.sign(s, baker.partner_id, f"M-{place}", "CORE", SIGNED, ADMIN, at, new_id))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, range(4)))
    everyone = mandates.listed(session, baker.partner_id)
    assert len(everyone) == 4 and [one.revoked_at for one in everyone].count(None) == 1


def test_partners_do_not_disturb_each_other(session, baker, sign, at, new_id) -> None:
    drinks = shops.open_partner(session, "drinks", "Getränke", "Laden", at, new_id).partner_id
    first, second = sign("M-1"), sign("M-2", partner_id=drinks)
    live = [mandates.live(session, partner_id) for partner_id in (baker.partner_id, drinks)]
    assert [one.id for one in live if one] == [first, second]


@pytest.mark.parametrize(
    ("reference", "scheme", "signed_on", "code", "field"),
    [
        ("", "CORE", SIGNED, "reference_invalid", "reference"),
        ("x" * 36, "CORE", SIGNED, "reference_invalid", "reference"),
        ("Bäcker-1", "CORE", SIGNED, "reference_invalid", "reference"),
        ("M_1", "CORE", SIGNED, "reference_invalid", "reference"),
        ("M-1\n", "CORE", SIGNED, "reference_invalid", "reference"),
        (" M-1", "CORE", SIGNED, "reference_invalid", "reference"),
        ("/M-1", "CORE", SIGNED, "reference_invalid", "reference"),
        ("M-1/", "CORE", SIGNED, "reference_invalid", "reference"),
        ("M//1", "CORE", SIGNED, "reference_invalid", "reference"),
        ("M-1", "COR1", SIGNED, "word_unknown", "scheme"),
        ("M-1", "CORE", SIGNED + timedelta(days=1), "date_invalid", "signed_on"),
        ("M-1", "CORE", date(2009, 10, 31), "date_invalid", "signed_on"),
    ],
)
def test_what_a_bank_would_refuse_is_not_written(
    session, sign, reference, scheme, signed_on, code, field
) -> None:
    session.commit()
    with pytest.raises(Invalid) as refusal:
        sign(reference, scheme, signed_on)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert counts(session) == [0, 0]


def test_every_sign_that_banks_know_is_taken(session, baker, sign) -> None:
    for reference in ("aZ09+?/:().,'-x", "A B", "x" * 35):
        sign(reference)
        live = mandates.live(session, baker.partner_id)
        assert live is not None and live.reference == reference


def test_a_reference_stands_for_one_mandate(session, baker, sign, at, new_id) -> None:
    sign("M-1")
    drinks = shops.open_partner(session, "drinks", "Getränke", "Laden", at, new_id).partner_id
    session.commit()
    before = counts(session)
    for partner_id in (baker.partner_id, drinks):
        with pytest.raises(Conflict, match="mandate_reference_taken"):
            sign("M-1", partner_id=partner_id)
        assert counts(session) == before
    assert mandates.live(session, baker.partner_id) is not None


def test_nobody_signs_and_nothing_is_revoked(session, sign, at, new_id) -> None:
    session.commit()
    with pytest.raises(Missing, match="partner_unknown"):
        sign("M-1", partner_id=uuid4())
    session.rollback()
    with pytest.raises(Missing, match="mandate_unknown"):
        mandates.revoke(session, uuid4(), ADMIN, at, new_id)
    assert counts(session) == [0, 0]


def test_deeds_are_noted_without_the_reference(session, baker, sign) -> None:
    old, new = sign("GEHEIM-1"), sign("GEHEIM-2", "B2B")
    noted = {
        (row.action, row.object_id): (row.partner_id, row.facts) for row in session.scalars(select(AuditLog))
    }
    assert noted == {
        ("mandate_signed", old): (baker.partner_id, {"scheme": "CORE"}),
        ("mandate_revoked", old): (baker.partner_id, {}),
        ("mandate_signed", new): (baker.partner_id, {"scheme": "B2B"}),
    }
