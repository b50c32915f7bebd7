"""Values as strict as the format says, and places that lead to them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from config.scenario.nodes import Node, Unreadable, parse


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1, column 1: no JSON"),
        ('{"a": 1,}', "line 1, column"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": -Infinity}', "-Infinity is no number"),
        (f'{{"a": {"9" * 5000}}}', "no JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_it_reads_json_and_nothing_that_resembles_it(text, words):
    with pytest.raises(Unreadable, match=words):
        parse(text)


def test_it_names_the_place_of_a_member_that_stands_there_twice():
    node = parse('{"events": [{}, {"at": 1, "do": 2, "at": 1}]}')
    with pytest.raises(Unreadable, match=r"^events\[1\].at: stands there twice$"):
        node.members(("events",))["events"].items()[1].members(("at", "do"))


def test_it_knows_members_by_name_and_guesses_what_was_meant():
    node = Node({"membr": 1, "at": 2}, "events[0]")
    with pytest.raises(Unreadable, match=r"^events\[0\].membr: unknown; did you mean member\?$"):
        node.members(("at", "member"))
    with pytest.raises(Unreadable, match=r"^events\[0\].do: missing$"):
        node.members(("do",), ("membr", "at"))
    with pytest.raises(Unreadable, match=r'^events\[0\]."\\u0000 x": unknown$'):
        Node({"\0 x": 1}, "events[0]").members(())
    with pytest.raises(Unreadable, match=r"^events\[0\]: must be an object, not \[\]$"):
        Node([], "events[0]").members(())


@pytest.mark.parametrize("value", [True, 1.0, Decimal("1.0"), "1", None, 0, 8, -1, 10**40])
def test_a_whole_number_is_an_int_in_its_range(value):
    assert Node(7, "n").whole(1, 7) == 7
    with pytest.raises(Unreadable, match=r"^n: must be"):
        Node(value, "n").whole(1, 7)


@pytest.mark.parametrize("value", [True, "7", None, -1, 101, Decimal("5.555"), Decimal("100.01")])
def test_a_percentage_has_two_decimals_at_most(value):
    assert [Node(good, "n").percent() for good in (7, 0, 100, Decimal("5.5"))] == [700, 0, 10_000, 550]
    with pytest.raises(Unreadable, match=r"^n: must"):
        Node(value, "n").percent()


@pytest.mark.parametrize(
    "value", [1, Decimal("1.000"), True, "1,000", "1.0005", "-1", "1e3", " 1", "", "9", "NaN", "٣"]
)
def test_a_price_is_a_string_of_whole_thousandths(value):
    assert Node("1.150", "n").decimal(Decimal(0), Decimal(2)) == Decimal("1.15")
    with pytest.raises(Unreadable, match=r"^n: must"):
        Node(value, "n").decimal(Decimal(0), Decimal(2))


@pytest.mark.parametrize("value", ["", " a", "a ", "a\n", "x" * 65, 7, None, "\ud800", "\u202e"])
def test_a_name_is_printable(value):
    assert Node("Café Zwölf", "n").words() == "Café Zwölf"
    with pytest.raises(Unreadable, match=r"^n: must"):
        Node(value, "n").words()


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T09:00:00", "2026-01-05", "2026-02-30T09:00:00Z", "2026-01-05T25:00:00Z", "1999-01-05T09:00:00Z",
        "2026-01-05 09:00:00Z", "2026-01-05T09:00:00+01:00[Europe/Berlin]", 1767603600, None,
    ],
)  # fmt: skip
def test_a_moment_has_an_offset(value):
    assert Node("2026-01-05T09:00:00+01:00", "n").moment() == datetime(2026, 1, 5, 8, tzinfo=UTC)
    with pytest.raises(Unreadable, match=r"^n: "):
        Node(value, "n").moment()


@pytest.mark.parametrize("value", ["2026-02-30", "2026-1-5", "20260105", "2026-01-05T00:00", "2200-01-01", 5])
def test_a_day_is_in_the_calendar(value):
    assert Node("2026-01-05", "n").day().isoformat() == "2026-01-05"
    with pytest.raises(Unreadable, match=r"^n: "):
        Node(value, "n").day()


def test_a_list_has_its_length_and_its_items_their_number():
    assert [node.place for node in Node([1, 2], "lines").items(1, 2)] == ["lines[0]", "lines[1]"]
    for value in ([], [1, 2, 3], {}, "ab", None):
        with pytest.raises(Unreadable, match=r"^lines: must"):
            Node(value, "lines").items(1, 2)
    with pytest.raises(Unreadable, match=r"^do: must be one of a, b, not \[1\]$"):
        Node([1], "do").one_of(("a", "b"))
