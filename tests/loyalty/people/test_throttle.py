from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from loyalty.models.people import WrongTry
from loyalty.people import throttle
from loyalty.people.throttle import CARD_CODE


def test_it_closes_after_five_and_opens_again(session, at) -> None:
    until = [throttle.note(session, "card:1", at, CARD_CODE) for _ in range(5)][-1]
    assert until == at + CARD_CODE.pause
    assert throttle.blocked(session, "card:1", at) == until
    assert throttle.blocked(session, "card:2", at) is None
    assert throttle.blocked(session, "card:1", until) is None
    assert throttle.note(session, "card:1", until, CARD_CODE) == until + 2 * CARD_CODE.pause


def test_old_tries_are_forgotten(session, at) -> None:
    for _ in range(4):
        throttle.note(session, "card:1", at, CARD_CODE)
    later = at + CARD_CODE.window + timedelta(seconds=1)
    assert throttle.note(session, "card:1", later, CARD_CODE) is None
    assert session.get(WrongTry, "card:1").tries == 1


def test_a_right_try_forgives(session, at) -> None:
    for _ in range(5):
        throttle.note(session, "card:1", at, CARD_CODE)
    throttle.clear(session, "card:1")
    assert throttle.blocked(session, "card:1", at) is None


def test_tries_at_once_are_all_counted(session, at, act) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: act(lambda s: throttle.note(s, "card:1", at, CARD_CODE)), range(20)))
    assert session.get(WrongTry, "card:1").tries == 20


def test_a_bucket_names_nobody() -> None:
    name = throttle.bucket(b"k", "login", "anna@street.example")
    assert name.startswith("login:") and "anna" not in name
    assert name != throttle.bucket(b"another", "login", "anna@street.example")


def test_it_sweeps_what_is_old(session, at) -> None:
    throttle.note(session, "card:1", at, CARD_CODE)
    throttle.note(session, "card:2", at + timedelta(days=2), CARD_CODE)
    assert throttle.sweep(session, at + timedelta(days=1)) == 1
