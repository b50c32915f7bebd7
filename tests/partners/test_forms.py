"""Form fields: German and English writing, and nothing guessed."""

from datetime import date
from decimal import Decimal

import pytest

from loyalty.errors import Invalid
from partners import forms


@pytest.mark.parametrize(
    ("text", "cents"),
    [("12,50", 1250), ("12.5", 1250), (" 12 € ", 1200), ("-0,07", -7), ("\N{MINUS SIGN}3", -300), ("0", 0)],
)
def test_it_reads_euros(text, cents) -> None:
    assert forms.cents(text, "amount") == cents


@pytest.mark.parametrize("text", ["", "1.234", "1.234,50", "12,505", "1e3", "٣", "--1", "12 €€", "NaN"])
def test_it_does_not_guess_euros(text) -> None:
    with pytest.raises(Invalid, match="number_invalid"):
        forms.cents(text, "amount")


def test_it_reads_whole_numbers_and_prices() -> None:
    assert forms.whole(" 1001 ", "number") == 1001
    assert forms.decimal_ct("0,125", "price") == Decimal("0.125")
    assert forms.decimal_ct("1.5", "price") == Decimal("1.5")


@pytest.mark.parametrize("text", ["", "1,5", "²", "1_000"])
def test_it_refuses_what_is_no_whole_number(text) -> None:
    with pytest.raises(Invalid, match="number_invalid"):
        forms.whole(text, "number")


@pytest.mark.parametrize("text", ["", "-1", "0,1255", "Infinity", "1e-3"])
def test_it_refuses_what_is_no_price(text) -> None:
    with pytest.raises(Invalid, match="number_invalid"):
        forms.decimal_ct(text, "price")


def test_it_reads_days() -> None:
    assert forms.day("2026-12-31", "day") == forms.day("31.12.2026", "day") == date(2026, 12, 31)


@pytest.mark.parametrize("text", ["", "2026-02-30", "31.02.2026", "20261231", "12/31/2026"])
def test_it_refuses_what_is_no_day(text) -> None:
    with pytest.raises(Invalid, match="date_invalid"):
        forms.day(text, "day")
