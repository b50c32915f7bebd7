"""Two lists of leaves held against each other: each way to tamper is named, also far apart and at both ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.chain import Link
from loyalty.rules.differences import AHEAD, MOST, Difference, differences


def leaf(number):
    return number.to_bytes(32, "big")


def chain(numbers, hidden=False):
    """Links of these movements, numbered anew from 1."""
    return [
        Link(place, leaf(number), None if hidden else f"t{number}") for place, number in enumerate(numbers, 1)
    ]


WHOLE = range(1, 21)


def test_it_finds_nothing_where_nothing_was_done():
    assert differences(chain(WHOLE), chain(WHOLE)) == []
    assert differences(chain(WHOLE), chain(range(1, 30))) == []  # the chain went on
    assert differences([], chain(WHOLE)) == []


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("place", [1, 7, 20])
def test_it_names_what_was_changed(place, hidden):
    actual = chain(range(1, 25))
    actual[place - 1] = Link(place, leaf(99), f"t{place}")
    assert differences(chain(WHOLE, hidden), actual) == [Difference("changed", place, f"t{place}", place)]


@pytest.mark.parametrize("place", [1, 7, 19])
def test_it_names_what_was_left_out(place):
    actual = chain([number for number in range(1, 25) if number != place])
    assert differences(chain(WHOLE), actual) == [Difference("left_out", place, f"t{place}")]
    assert differences(chain(WHOLE, hidden=True), actual) == [Difference("left_out", place, None)]


@pytest.mark.parametrize("place", [1, 7, 20])
def test_it_names_what_was_invented(place):
    actual = chain([*range(1, place), 99, *range(place, 25)])
    assert differences(chain(WHOLE), actual) == [Difference("invented", place, "t99", place)]


def test_it_names_what_was_swapped():
    neighbours = chain([1, 2, 4, 3, *range(5, 25)])
    assert {one.kind for one in differences(chain(WHOLE), neighbours)} == {"moved"}
    far = chain([1, 15, *range(3, 15), 2, *range(16, 25)])
    assert differences(chain(WHOLE), far) == [
        Difference("moved", 2, "t2", 15),
        Difference("moved", 15, "t15", 2),
    ]


def test_it_names_several_at_once():
    numbers = [1, *range(3, 10), 77, *range(10, 25)]
    actual = chain(numbers)
    actual[12] = Link(13, leaf(88), actual[12].transfer_id)
    assert [(one.kind, one.transfer_id) for one in differences(chain(WHOLE), actual)] == [
        ("left_out", "t2"),
        ("invented", "t77"),
        ("changed", actual[12].transfer_id),
    ]


def test_it_stops_where_all_is_different():
    found = differences(chain(range(10_000)), chain(range(20_000, 30_000)))
    assert MOST <= len(found) <= MOST + 2 * AHEAD


@given(st.integers(1, 3 * AHEAD), st.sampled_from(["changed", "left_out", "invented"]))
def test_it_finds_one_difference_anywhere_in_a_long_list(place, kind):
    long = range(1, 3 * AHEAD + 2)
    numbers = list(long)
    numbers[place - 1 : place if kind != "invented" else place - 1] = [] if kind == "left_out" else [99_999]
    actual = chain([*numbers, *range(50_000, 50_010)])
    if kind == "changed":
        actual[place - 1] = Link(place, leaf(99_999), f"t{place}")
    assert [(one.kind, one.sequence) for one in differences(chain(long), actual)] == [(kind, place)]
