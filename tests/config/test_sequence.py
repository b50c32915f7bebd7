"""Ids of one moment sort in the order they were made."""

from datetime import UTC, datetime, timedelta

from config.sequence import A_MILLISECOND, in_order

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def test_ids_grow_also_when_a_millisecond_is_full():
    new_id = in_order(NOON)
    made = [new_id() for _ in range(2 * A_MILLISECOND + 5)]
    assert made == sorted(set(made))
    assert {one.version for one in made} == {7}
    milliseconds = [one.int >> 80 for one in (made[0], made[-1])]
    assert milliseconds[0] == int(NOON.timestamp() * 1000) and milliseconds[1] - milliseconds[0] == 2


def test_the_same_randomness_makes_the_same_ids():
    ids = [in_order(NOON, lambda size: b"\1" * size)() for _ in range(2)]
    assert ids[0] == ids[1] < in_order(NOON + timedelta(seconds=1), lambda size: b"\1" * size)()
