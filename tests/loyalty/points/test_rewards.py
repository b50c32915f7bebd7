"""Rewards on the shelf: validity, stock, and the last bottle that two members want at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.points import rewards

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def partner_id(owner) -> UUID:
    partner_id = uuid4()
    owner.execute(
        "INSERT INTO partner (id, code, name, joined_at) VALUES (%s, 'drinks', 'Drinks', now())", [partner_id]
    )
    return partner_id


def wine(session, partner_id, **more):
    reward = rewards.create(session, uuid4(), partner_id, "Red wine", 500, 890, **more)
    session.commit()
    return reward


def test_it_offers_what_is_valid_and_in_stock(session, partner_id):
    bottle = wine(session, partner_id, min_age=18)
    wine(session, partner_id, valid_from=AT + timedelta(days=1))
    wine(session, partner_id, valid_until=AT)
    wine(session, partner_id, stock=0)
    rewards.retire(session, wine(session, partner_id).id, partner_id, AT)
    assert [reward.id for reward in rewards.offered(session, partner_id, AT)] == [bottle.id]
    assert [reward.id for reward in rewards.offered(session, None, AT)] == [bottle.id]
    assert rewards.offered(session, uuid4(), AT) == []


def test_it_gives_the_last_piece_to_one_member_only(act, session, partner_id, owner):
    bottle = wine(session, partner_id, stock=3)

    def one(_):
        try:
            return act(lambda inside: rewards.take(inside, bottle.id, partner_id, AT)).points
        except Conflict as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(one, range(12)))
    assert sorted(map(str, told)) == ["500"] * 3 + ["reward_sold_out"] * 9
    assert owner.execute("SELECT stock FROM reward").fetchone() == (0,)


def test_it_is_unknown_elsewhere_and_out_of_season(session, partner_id):
    bottle = wine(session, partner_id, valid_until=AT)
    for where, when in ((partner_id, AT), (uuid4(), AT - timedelta(days=1))):
        with pytest.raises(Missing, match="reward_unknown"):
            rewards.take(session, bottle.id, where, when)


def test_it_puts_back_what_was_counted(session, partner_id):
    counted, endless = wine(session, partner_id, stock=1), wine(session, partner_id)
    for bottle in (counted, endless):
        rewards.take(session, bottle.id, partner_id, AT)
        rewards.put_back(session, bottle.id)
        session.refresh(bottle)
    assert (counted.stock, endless.stock) == (1, None)


def test_it_changes_terms_only_when_the_last_piece_goes(session, partner_id, owner):
    bottle = wine(session, partner_id, stock=2)
    revisions = []
    for _ in range(2):
        rewards.take(session, bottle.id, partner_id, AT)
        session.commit()
        revisions.append(owner.execute("SELECT revision FROM terms_revision").fetchone()[0])
    assert revisions[1] == revisions[0] + 1


def test_it_updates_and_refuses_nonsense(session, partner_id):
    bottle = wine(session, partner_id)
    assert rewards.update(session, bottle.id, partner_id, points=400, stock=5).points == 400
    for field, value in (("points", 0), ("stock", -1), ("name", ""), ("id", uuid4()), ("vat_bp", 10001)):
        with pytest.raises(Invalid) as refusal:
            rewards.update(session, bottle.id, partner_id, **{field: value})
        assert (refusal.value.code, refusal.value.field) == ("reward_invalid", field)
        session.rollback()
    with pytest.raises(Missing):
        rewards.update(session, bottle.id, uuid4(), points=1)
