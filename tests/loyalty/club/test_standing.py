import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from loyalty.club.standing import place
from loyalty.models.club import MemberStanding
from loyalty.people import members
from loyalty.people.newcomers import Newcomer
from loyalty.rules.ids import uuid7

AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def anna(session):
    entropy = random.Random(1).randbytes
    person = members.sign_up(
        session, Newcomer("Anna"), "1", AT, lambda: uuid7(AT, entropy(10)), entropy, b"k"
    )
    return person.member_id


def test_it_places_and_moves_a_member(session, anna) -> None:
    place(session, anna, "silver", Fraction(3, 2), True, AT)
    place(session, anna, "silver", Fraction(3, 2), True, AT + timedelta(days=1))
    standing = session.get(MemberStanding, anna)
    assert (standing.tier, standing.factor, standing.club, standing.since) == (
        "silver",
        Decimal("1.500"),
        True,
        AT,
    )
    place(session, anna, None, Fraction(1), False, AT + timedelta(days=2))
    session.refresh(standing)
    assert (standing.tier, standing.factor, standing.since) == (None, 1, AT + timedelta(days=2))


def test_a_factor_the_table_cannot_hold_is_refused(session, anna) -> None:
    with pytest.raises(ValueError, match="three decimals"):
        place(session, anna, "gold", Fraction(4, 3), False, AT)
