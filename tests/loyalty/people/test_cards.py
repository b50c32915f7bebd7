import random
from datetime import timedelta

import pytest

from loyalty.errors import Conflict, Missing
from loyalty.models.people import Card
from loyalty.people import cards


def test_it_knows_whose_card_it_is(session, join) -> None:
    anna = join(session, "Anna")
    holder = cards.who(session, anna.card)
    assert (holder.member_id, holder.wallet_id) == (anna.member_id, anna.wallet_id)


def test_it_takes_another_number_when_one_is_taken(session, join, at) -> None:
    anna = join(session, "Anna")
    same, draws = random.Random(5), iter([b"\0" * 8, b"\0" * 8])
    first = cards.issue(session, anna.member_id, at, lambda size: next(draws, None) or same.randbytes(size))
    second = cards.issue(session, anna.member_id, at, lambda size: next(draws, None) or same.randbytes(size))
    assert first.startswith("270000000000000")
    assert second != first


def test_a_replaced_card_says_so_and_the_new_one_works(session, join, at, entropy) -> None:
    anna = join(session, "Anna")
    fresh = cards.replace(session, anna.card, at, entropy)
    with pytest.raises(Conflict) as refused:
        cards.who(session, anna.card)
    assert (refused.value.code, refused.value.facts) == ("card_blocked", {"replaced": True})
    assert cards.who(session, fresh).member_id == anna.member_id
    with pytest.raises(Conflict):
        cards.replace(session, anna.card, at, entropy)


def test_a_lost_card_is_blocked_at_once_and_can_be_replaced_later(session, join, at, entropy) -> None:
    anna = join(session, "Anna")
    cards.block(session, anna.card, at)
    cards.block(session, anna.card, at + timedelta(days=1))
    assert session.get(Card, anna.card).blocked_at == at
    assert cards.current(session, anna.member_id) is None
    fresh = cards.replace(session, anna.card, at + timedelta(days=2), entropy)
    assert cards.current(session, anna.member_id) == fresh


def test_an_unknown_card_is_missing(session) -> None:
    with pytest.raises(Missing, match="card_unknown"):
        cards.who(session, "2700000000000006")
