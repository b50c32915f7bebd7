"""Account numbers, banks and creditors: a wrong digit is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Invalid
from partners.settlement.iban import check_bic, check_creditor_id, check_iban


def code_of(refusal: pytest.ExceptionInfo[Invalid]) -> tuple[str, str | None]:
    return refusal.value.code, refusal.value.field


def test_it_writes_an_iban_without_blanks_in_capitals() -> None:
    assert check_iban(" de89 3704 0044 0532 0130 00 ") == "DE89370400440532013000"
    assert check_iban("AT611904300234573201") == "AT611904300234573201"


@pytest.mark.parametrize(
    "text",
    ["", "DE", "DE89370400440532013001", "DE8937040044053201300", "ZZ89370400440532013000", "not an IBAN"],
)
def test_it_refuses_what_is_no_iban(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_iban(text)
    assert code_of(refusal) == ("iban_invalid", "iban")


@given(place=st.integers(4, 21), step=st.integers(1, 9))
def test_it_finds_every_single_wrong_digit(place: int, step: int) -> None:
    right = "DE89370400440532013000"
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]
    with pytest.raises(Invalid, match="iban_invalid"):
        check_iban(wrong)


def test_it_refuses_accounts_sepa_does_not_reach() -> None:
    with pytest.raises(Invalid) as refusal:
        check_iban("TR330006100519786457841326")
    assert (code_of(refusal), refusal.value.facts) == (("iban_outside_sepa", "iban"), {"country": "TR"})


def test_it_takes_bics_of_8_and_11() -> None:
    assert (check_bic("cobadeff"), check_bic("COBADEFFXXX")) == ("COBADEFF", "COBADEFFXXX")


@pytest.mark.parametrize("text", ["", "COBADEF", "COBAXXFF", "COBADEFFXXXX", "C0BA DEFF 1"])
def test_it_refuses_what_is_no_bic(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_bic(text)
    assert code_of(refusal) == ("bic_invalid", "bic")


def test_it_takes_the_bundesbanks_example_of_a_creditor() -> None:
    assert check_creditor_id("de98 ZZZ 0999 9999 999") == "DE98ZZZ09999999999"


def test_it_leaves_the_business_code_out_of_the_check_digits() -> None:
    assert check_creditor_id("DE98ABC09999999999") == "DE98ABC09999999999"


@pytest.mark.parametrize(
    "text",
    ["", "DE99ZZZ09999999999", "DE98ZZZ0999999999", "DE98ZZZ09999999998", "98ZZZ09999999999", "DE98ZZZ"],
)
def test_it_refuses_what_is_no_creditor(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_creditor_id(text)
    assert code_of(refusal) == ("creditor_id_invalid", "creditor_id")
