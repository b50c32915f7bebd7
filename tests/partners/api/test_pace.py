"""Limits in memory: counted per name, forgotten with the window."""

from partners.api.pace import MOST_NAMES, Pace


def test_it_lets_so_many_through_in_a_window() -> None:
    now = [100.0]
    pace = Pace(1.0, lambda: now[0])
    assert [pace.hit("till", 3) for _ in range(5)] == [True, True, True, False, False]
    assert pace.hit("another", 3)
    now[0] += 1.0
    assert pace.hit("till", 3)


def test_looking_counts_nothing() -> None:
    pace = Pace(60.0, lambda: 0.0)
    assert all(pace.open("address", 1) for _ in range(3))
    pace.hit("address", 1)
    assert not pace.open("address", 1)


def test_many_names_do_not_fill_the_memory() -> None:
    pace = Pace(60.0, lambda: 0.0)
    for number in range(MOST_NAMES * 2):
        pace.hit(str(number), 1)
    assert len(pace.counts) <= MOST_NAMES
