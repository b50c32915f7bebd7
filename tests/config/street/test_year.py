"""The street's year comes from a seed: the same one makes the same baskets, another one others."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from config.street.people import DAYS, MEMBERS, people
from config.street.shops import SHOPS
from config.street.year import CLOSED, ZONE, visits

TODAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def year(seed=1, today=TODAY):
    rng = random.Random(seed)
    persons = people(today, rng)
    return persons, visits(persons, today, rng)


def test_a_seed_decides_about_everything():
    assert year() == year() != year(seed=2)


@pytest.mark.parametrize("today", [TODAY, datetime(2028, 2, 29, 23, 59, tzinfo=UTC)])
def test_people_shop_while_they_are_members_and_doors_are_open(today):
    persons, bought = year(today=today)
    plans = {plan.code: plan for plan in SHOPS}
    assert len(persons) == MEMBERS and len({(one.first_name, one.last_name) for one in persons}) == MEMBERS
    assert bought and bought == sorted(bought, key=lambda visit: visit.basket.purchased_at)
    assert today - bought[0].basket.purchased_at > timedelta(days=DAYS - 60)
    for visit in bought:
        when, person = visit.basket.purchased_at, persons[visit.household]
        assert person.joined < when < (person.left or today)
        local = when.astimezone(ZONE)
        opens, closes = plans[visit.shop].hours[local.weekday()] or (24, 0)
        assert opens <= local.hour < closes and (local.month, local.day) not in CLOSED


def test_baskets_are_such_as_a_till_would_send():
    for visit in year()[1]:
        basket = visit.basket
        assert basket.total_cents == sum(line.gross_cents for line in basket.lines) > 0
        assert all(line.quantity > 0 and line.name and line.category for line in basket.lines)
        assert visit.back is None or basket.lines[visit.back].kind == "goods"
    receipts = [(visit.shop, visit.basket.receipt) for visit in year()[1]]
    assert len(set(receipts)) == len(receipts)


def test_anna_is_loyal_ben_has_lapsed_and_clara_is_new():
    bought = year()[1]
    anna, ben, clara = (
        [visit.basket.purchased_at for visit in bought if visit.household == who] for who in range(3)
    )
    assert len(anna) > 150 and anna[-1] > TODAY - timedelta(days=10)
    assert len(ben) > 20 and ben[-1] < TODAY - timedelta(days=150)
    assert 1 <= len(clara) < 30 and clara[0] > TODAY - timedelta(days=20)
