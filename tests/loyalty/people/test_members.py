import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from loyalty.db import constraint
from loyalty.errors import Conflict, Invalid
from loyalty.models.people import Card, Claim, Member, Profile
from loyalty.models.points import Wallet
from loyalty.people import members
from loyalty.people.members import Origin
from loyalty.people.newcomers import Newcomer
from loyalty.rules.cardnumber import parse

KEY = b"a card key for tests, long enough for all"


def test_it_gives_a_member_wallet_profile_card_and_claim_code(session, join, at) -> None:
    anna = join(session, "Anna", "Kaiser", email="Anna@Street.example", phone="0170 1234567")
    assert session.get(Wallet, anna.wallet_id).balance == 0
    assert session.get(Member, anna.member_id).joined_at == at
    profile = session.get(Profile, anna.member_id)
    assert (profile.email, profile.phone) == ("anna@street.example", "+491701234567")
    assert parse(anna.card).number == anna.card
    assert session.get(Card, anna.card).member_id == anna.member_id
    assert anna.claim_code.encode() not in session.get(Claim, anna.member_id).digest


def test_one_address_belongs_to_one_member(session, join) -> None:
    join(session, "Anna", email="anna@street.example")
    session.commit()
    with pytest.raises(Conflict) as refused:
        join(session, "Ben", email="ANNA@street.example")
    assert (refused.value.code, refused.value.field) == ("email_taken", "email")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Member)) == 1


def test_members_without_address_do_not_collide(session, join) -> None:
    assert join(session, "Anna").member_id != join(session, "Anna").member_id


def test_whoever_chose_a_password_needs_no_claim_code(session, at, new_id, entropy) -> None:
    clara = members.sign_up(
        session, Newcomer("Clara"), "1", at, new_id, entropy, KEY, password_hash="$argon2id$"
    )
    assert clara.claim_code is None
    assert session.get(Claim, clara.member_id) is None


def test_the_same_call_of_a_till_makes_one_member(session, at, new_id, entropy) -> None:
    origin = Origin(new_id(), "key-1", b"f")
    members.sign_up(session, Newcomer("Anna"), "1", at, new_id, entropy, KEY, origin)
    with pytest.raises(IntegrityError) as refused:
        members.sign_up(session, Newcomer("Anna"), "1", at, new_id, entropy, KEY, origin)
    assert constraint(refused.value) == "member_till_id_key_key"


def test_it_asks_for_the_terms_version(session, at, new_id, entropy) -> None:
    with pytest.raises(Invalid, match="terms_version_invalid"):
        members.sign_up(session, Newcomer("Anna"), "", at, new_id, entropy, KEY)
