from concurrent.futures import ThreadPoolExecutor

import pytest

from loyalty.errors import Invalid
from loyalty.models.people import Pin
from loyalty.people import pins
from loyalty.people.pins import Checked, Verdict

KEY = b"a card key for tests, long enough for all"


def test_the_right_pin_is_right_and_forgives_wrong_ones(session, join, at) -> None:
    anna = join(session, "Anna")
    pins.choose(session, anna.member_id, "4711", KEY)
    assert pins.check(session, anna.member_id, "4712", KEY, at) == Checked(Verdict.WRONG, 4)
    assert pins.check(session, anna.member_id, "4711", KEY, at) == Checked(Verdict.RIGHT, 5)
    assert pins.check(session, anna.member_id, "4712", KEY, at) == Checked(Verdict.WRONG, 4)


def test_five_wrong_tries_lock_it_even_for_the_right_one(session, join, at) -> None:
    anna = join(session, "Anna")
    pins.choose(session, anna.member_id, "4711", KEY)
    verdicts = [pins.check(session, anna.member_id, "0815", KEY, at) for _ in range(5)]
    assert [checked.tries_left for checked in verdicts] == [4, 3, 2, 1, 0]
    assert verdicts[-1].verdict is Verdict.LOCKED
    assert pins.check(session, anna.member_id, "4711", KEY, at).verdict is Verdict.LOCKED
    pins.choose(session, anna.member_id, "4712", KEY)
    assert pins.check(session, anna.member_id, "4712", KEY, at).verdict is Verdict.RIGHT


def test_many_guesses_at_once_are_no_more_than_five(session, join, at, act) -> None:
    anna = join(session, "Anna")
    pins.choose(session, anna.member_id, "4711", KEY)
    session.commit()
    guess = lambda number: act(lambda s: pins.check(s, anna.member_id, f"{number:04}", KEY, at))  # noqa: E731
    with ThreadPoolExecutor(8) as threads:
        verdicts = [checked.verdict for checked in threads.map(guess, range(5000, 5024))]
    assert verdicts.count(Verdict.WRONG) == 4
    assert verdicts.count(Verdict.LOCKED) == 20
    assert session.get(Pin, anna.member_id).wrong_tries == 5


def test_the_same_pin_looks_different_for_each_member(session, join) -> None:
    anna, ben = join(session, "Anna"), join(session, "Ben")
    for member in (anna, ben):
        pins.choose(session, member.member_id, "4711", KEY)
    assert session.get(Pin, anna.member_id).digest != session.get(Pin, ben.member_id).digest


def test_without_a_pin_nothing_is_right(session, join, at) -> None:
    assert pins.check(session, join(session, "Anna").member_id, "4711", KEY, at).verdict is Verdict.UNSET


@pytest.mark.parametrize("pin", ["", "123", "1234567", "47 1", "٤٧١١", "abcd", "1111", "1234", "654321"])
def test_it_refuses_what_is_no_pin_or_a_weak_one(session, join, pin: str) -> None:
    with pytest.raises(Invalid, match="pin_"):
        pins.choose(session, join(session, "Anna").member_id, pin, KEY)
