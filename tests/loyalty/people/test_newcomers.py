from datetime import date

import pytest

from loyalty.errors import Invalid
from loyalty.people.newcomers import Newcomer, checked, clean_email, clean_name, clean_phone

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("spoken", "kept"),
    [
        ("0170 1234567", "+491701234567"),
        ("+49 (0)170 / 123-45-67", "+491701234567"),
        ("0043 660 1234567", "+436601234567"),
        ("170 1234567", "+491701234567"),
    ],
)
def test_it_writes_a_phone_number_with_its_country(spoken: str, kept: str) -> None:
    assert clean_phone(spoken) == kept


@pytest.mark.parametrize(
    "spoken", ["", "0", "12", "call me", "+0123456789", "0170 12345678901234", "٠١٧٠١٢٣٤٥٦٧"]
)
def test_it_refuses_what_nobody_can_dial(spoken: str) -> None:
    with pytest.raises(Invalid, match="phone_invalid"):
        clean_phone(spoken)


def test_it_keeps_addresses_in_lower_case() -> None:
    assert clean_email(" Anna@Street.Example ") == "anna@street.example"


NO_ADDRESSES = (
    "", "anna", "anna@", "@street.example", "a b@street.example", "a..b@street.example", "anna@street",
    "anna@-street.example", "anna@street.example\n.x", "a" * 250 + "@b.de",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_it_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(Invalid, match="email_invalid"):
        clean_email(text)


def test_it_collapses_spaces_and_composes_names() -> None:
    assert clean_name("  Anna   Lena ", "first_name") == "Anna Lena"
    assert clean_name("Zoe\u0308", "first_name") == "Zoë"


@pytest.mark.parametrize("name", ["Anna\n", "An\x00na", "An\tna", "\u202eannA", "A\ud800", "x" * 81, "   "])
def test_it_refuses_names_that_break_a_line_or_a_screen(name: str) -> None:
    with pytest.raises(Invalid, match="name_invalid"):
        clean_name(name, "first_name", shortest=1)


def test_it_counts_years_to_the_birthday() -> None:
    assert checked(Newcomer("Anna", born_on=date(2010, 11, 22)), TODAY, 16).born_on == date(2010, 11, 22)
    with pytest.raises(Invalid, match="too_young"):
        checked(Newcomer("Ben", born_on=date(2010, 11, 23)), TODAY, 16)


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(1899, 12, 31)])
def test_it_refuses_birthdays_that_cannot_be(day: date) -> None:
    with pytest.raises(Invalid, match="born_on_invalid"):
        checked(Newcomer("Ben", born_on=day), TODAY, 16)


def test_it_speaks_german_and_english_only() -> None:
    with pytest.raises(Invalid, match="language_unknown"):
        checked(Newcomer("Clara", language="fr"), TODAY, 16)
