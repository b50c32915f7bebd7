import pytest

from loyalty.errors import Conflict, Forbidden
from loyalty.models.people import Profile
from loyalty.people import claims

KEY = b"a card key for tests, long enough for all"


def test_it_hands_a_membership_over_once(session, join, at) -> None:
    anna = join(session, "Anna")
    typed = anna.claim_code.lower().replace("-", " ")
    member_id = claims.claim(session, anna.card, typed, "Anna@street.example", "$argon2id$", at, KEY)
    profile = session.get(Profile, member_id)
    assert (member_id, profile.email, profile.password) == (
        anna.member_id,
        "anna@street.example",
        "$argon2id$",
    )
    with pytest.raises(Conflict, match="claim_used"):
        claims.claim(session, anna.card, anna.claim_code, "ben@street.example", "$argon2id$", at, KEY)


def test_the_code_of_another_card_is_wrong(session, join, at) -> None:
    anna, ben = join(session, "Anna"), join(session, "Ben")
    with pytest.raises(Forbidden, match="claim_wrong"):
        claims.claim(session, anna.card, ben.claim_code, "anna@street.example", "$argon2id$", at, KEY)


def test_a_taken_address_leaves_the_code_good(session, join, at) -> None:
    join(session, "Ben", email="ben@street.example")
    anna = join(session, "Anna")
    with pytest.raises(Conflict, match="email_taken"):
        claims.claim(session, anna.card, anna.claim_code, "ben@street.example", "$argon2id$", at, KEY)
    assert (
        claims.claim(session, anna.card, anna.claim_code, "anna@street.example", "x", at, KEY)
        == anna.member_id
    )
