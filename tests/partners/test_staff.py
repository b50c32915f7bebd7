import pytest

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.people.passwords import hashed
from partners import staff


def test_whoever_was_created_may_sign_in_until_they_leave(session, baker, at, new_id) -> None:
    stored = hashed("emma-demo-street")
    clara = staff.create(
        session, "Owner@bakery.example", "Clara Kern", "owner", baker.partner_id, stored, new_id
    )
    assert staff.verify(session, " owner@BAKERY.example", "emma-demo-street").id == clara
    assert staff.verify(session, "owner@bakery.example", "emma-demo-strasse") is None
    assert staff.verify(session, "nobody@bakery.example", "emma-demo-street") is None
    staff.set_password(session, clara, hashed("another-password"))
    assert staff.verify(session, "owner@bakery.example", "emma-demo-street") is None
    staff.leave(session, clara, at)
    assert staff.verify(session, "owner@bakery.example", "another-password") is None


def test_admins_belong_to_no_partner_and_others_to_one(session, baker, new_id) -> None:
    for role, partner_id in (("admin", baker.partner_id), ("owner", None), ("king", None)):
        with pytest.raises(Invalid, match="role_invalid"):
            staff.create(session, "a@street.example", "Anna", role, partner_id, "x", new_id)


def test_an_address_is_taken_once(session, new_id) -> None:
    staff.create(session, "admin@street.example", "Anna", "admin", None, "x", new_id)
    with pytest.raises(Conflict, match="email_taken"):
        staff.create(session, "ADMIN@street.example", "Ben", "admin", None, "x", new_id)


def test_nobody_is_missing(session, at, new_id) -> None:
    with pytest.raises(Missing):
        staff.leave(session, new_id(), at)
