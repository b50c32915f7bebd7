import pytest

from loyalty.errors import Conflict, Missing
from loyalty.models.people import Profile
from loyalty.people import profiles
from loyalty.people.newcomers import Newcomer


def test_it_replaces_all_that_was_told(session, join, at) -> None:
    anna = join(session, "Anna", "Kaiser", email="anna@street.example", phone="0170 1234567")
    profiles.change(
        session, anna.member_id, Newcomer("Anna", "König", "anna@home.example", language="en"), at
    )
    profile = session.get(Profile, anna.member_id)
    assert (profile.last_name, profile.email, profile.phone) == ("König", "anna@home.example", None)


def test_an_address_of_another_is_refused(session, join, at) -> None:
    join(session, "Ben", email="ben@street.example")
    anna = join(session, "Anna", email="anna@street.example")
    with pytest.raises(Conflict, match="email_taken"):
        profiles.change(session, anna.member_id, Newcomer("Anna", email="ben@street.example"), at)
    assert session.get(Profile, anna.member_id).email == "anna@street.example"


def test_nobody_is_missing(session, new_id, at) -> None:
    with pytest.raises(Missing):
        profiles.change(session, new_id(), Newcomer("Clara"), at)
