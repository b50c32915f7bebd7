import pytest

from loyalty.errors import Invalid
from loyalty.people import cards
from loyalty.people.finding import find


def test_it_finds_by_beginning_of_name_or_last_name(session, join) -> None:
    anna = join(session, "Anna", "Käfer", email="anna@street.example", phone="0170 1234567")
    join(session, "Ben", "Kaiser")
    for typed in ("anna", "ANNA KÄ", "käfer", "Käfer, Anna", "  anna   käfer "):
        assert [found.member_id for found in find(session, typed)] == [anna.member_id], typed
    shown = find(session, "käf")[0]
    assert (shown.display_name, shown.phone, shown.email) == ("Anna K.", "••• 67", "a•••@s•••.example")
    assert shown.card == anna.card


def test_it_finds_by_phone_however_it_is_written(session, join) -> None:
    anna = join(session, "Anna", phone="0170 1234567")
    for typed in ("+49 170 1234567", "0170/123", "0049 170 12"):
        assert [found.member_id for found in find(session, typed)] == [anna.member_id], typed


@pytest.mark.parametrize("typed", ["%%%", "___", "A%a", "an\\", "nna"])
def test_wildcards_stand_for_themselves(session, join, typed: str) -> None:
    join(session, "Anna", "Kaiser")
    assert find(session, typed) == ()


def test_it_shows_ten_at_most(session, join) -> None:
    for number in range(12):
        join(session, "Anna", f"K{chr(97 + number)}")
    assert len(find(session, "anna")) == 10


def test_it_shows_no_card_that_is_blocked(session, join, at) -> None:
    anna = join(session, "Anna", "Kaiser")
    cards.block(session, anna.card, at)
    assert find(session, "kaiser")[0].card is None


@pytest.mark.parametrize("typed", ["", "  a ", "an", "01", "+49", "an\x00na", "1" * 200, "anna²"])
def test_it_refuses_too_little_and_nonsense(session, typed: str) -> None:
    with pytest.raises(Invalid, match="query_invalid"):
        find(session, typed)
