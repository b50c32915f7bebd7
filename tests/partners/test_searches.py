import pytest
from sqlalchemy import select

from loyalty.errors import Invalid
from loyalty.people import members
from loyalty.people.newcomers import Newcomer
from partners.models import AccessLog
from partners.searches import search


def test_every_search_is_logged_by_ids_also_the_one_that_finds_nothing(
    session, baker, at, new_id, entropy
) -> None:
    anna = members.sign_up(session, Newcomer("Anna", "Kaiser"), "1", at, new_id, entropy, b"k")
    for typed in ("kaiser", "kowalski"):
        search(session, typed, baker.partner_id, at, new_id, till_id=baker.till_id)
    first, second = session.scalars(select(AccessLog).order_by(AccessLog.matches.desc())).all()
    assert (first.matches, first.member_ids, first.till_id) == (1, [str(anna.member_id)], baker.till_id)
    assert (second.matches, second.member_ids, second.partner_id) == (0, [], baker.partner_id)


def test_a_search_that_is_refused_saw_nobody(session, baker, at, new_id) -> None:
    with pytest.raises(Invalid):
        search(session, "ka", baker.partner_id, at, new_id)
    assert session.scalars(select(AccessLog)).all() == []
