"""Card numbers, rotating codes, PINs, claim codes and masks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Malformed
from loyalty.rules.cardnumber import (
    CLAIM_SIGNS,
    CardRead,
    claim_as_made,
    claim_code,
    code_at,
    key_of,
    luhn,
    make,
    mask_email,
    mask_name,
    mask_phone,
    matching_step,
    parse,
    pin_hash,
)

ANNA = "2700417003829152"
SECRET = b"12345678901234567890123456789012"  # of RFC 6238, appendix B
digits = st.text("0123456789", min_size=13, max_size=13)


def refused(text):
    with pytest.raises(Malformed, match="card_invalid") as refusal:
        parse(text)
    return refusal.value.field == "card"


@pytest.mark.parametrize(("number", "check"), [("7992739871", "3"), ("0", "0"), ("411111111111111", "1")])
def test_the_check_digit_is_the_published_one(number, check):
    assert luhn(number) == check


@given(digits)
def test_a_made_card_can_be_read(random_digits):
    number = make(random_digits)
    assert number[:15] == "27" + random_digits
    assert parse(number) == CardRead(number, None)
    assert parse(number + "004711") == CardRead(number, "004711")


@given(digits, st.integers(0, 15), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(random_digits, place, shift):
    number = make(random_digits)
    wrong = str((int(number[place]) + shift) % 10)
    assert refused(number[:place] + wrong + number[place + 1 :])


@given(digits, st.integers(2, 14))
def test_every_swap_of_neighbours_is_caught_but_0_and_9(random_digits, place):
    number = make(random_digits)
    pair = number[place : place + 2]
    swapped = number[:place] + pair[::-1] + number[place + 2 :]
    if pair[0] == pair[1] or set(pair) == {"0", "9"}:
        assert parse(swapped)
    else:
        assert refused(swapped)


@pytest.mark.parametrize(
    "text",
    ["", "27", ANNA[:15], ANNA + "1", ANNA + "12345", ANNA + "1234567", " " + ANNA[1:], ANNA[:15] + "²",
     "٢٧٠٠٤١٧٠٠٣٨٢٩١٥٢", ANNA + "12345x", "1" + ANNA[1:], "27x0417003829152", "0" * 16, "\ud800" * 16, "2" * 10**6],
)  # fmt: skip
def test_what_is_no_card_is_refused(text):
    assert refused(text)


def test_a_card_is_not_made_of_anything_but_13_digits():
    for wrong in ("1" * 12, "1" * 14, "12345678901²3", "١" * 13):
        with pytest.raises(ValueError, match="13 digits"):
            make(wrong)


@pytest.mark.parametrize(
    ("unix", "code"),
    [(59, "119246"), (1111111109, "084774"), (1111111111, "062674"), (1234567890, "819424"), (2000000000, "698825"),
     (20000000000, "737706")],
)  # fmt: skip
def test_the_rotating_code_is_that_of_rfc_6238(unix, code):
    assert code_at(SECRET, unix // 30) == code


@given(st.binary(min_size=20, max_size=32), st.integers(90, 4 * 10**9), st.integers(-3, 3))
def test_a_code_holds_in_its_window_and_the_ones_beside_it(secret, unix, drift):
    at = datetime.fromtimestamp(unix, UTC)
    step = unix // 30 + drift
    found = matching_step(secret, code_at(secret, step), at)
    if abs(drift) <= 1:
        assert code_at(secret, found) == code_at(secret, step)
    else:
        assert found is None or code_at(secret, found) == code_at(secret, step)


def test_a_code_matches_nothing_when_too_old_or_no_code():
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    code = code_at(SECRET, int(at.timestamp()) // 30)
    assert matching_step(SECRET, code, at) == int(at.timestamp()) // 30
    assert matching_step(SECRET, code, at + timedelta(seconds=59)) is not None
    assert matching_step(SECRET, code, at + timedelta(seconds=60)) is None
    for wrong in ("", "²²²²²²", "\ud800", code + "0"):
        assert matching_step(SECRET, wrong, at) is None


def test_keys_and_pins_are_kept_as_codes_that_need_the_servers_key():
    anna, ben = UUID(int=1), UUID(int=2)
    codes = {
        key_of(b"k" * 32, ANNA), key_of(b"l" * 32, ANNA), pin_hash(b"k" * 32, anna, "4711"),
        pin_hash(b"k" * 32, ben, "4711"), pin_hash(b"k" * 32, anna, "4712"), pin_hash(b"l" * 32, anna, "4711"),
    }  # fmt: skip
    assert len(codes) == 6
    assert {len(code) for code in codes} == {32}
    assert pin_hash(b"k" * 32, anna, "4711") == pin_hash(b"k" * 32, anna, "4711")


@given(st.binary(min_size=5, max_size=9))
def test_a_claim_code_can_be_typed(entropy):
    code = claim_code(entropy)
    assert len(code) == 9 and code[4] == "-"
    assert set(code) <= {*CLAIM_SIGNS, "-"}
    assert claim_as_made(f" {code.lower().replace('-', ' ')} ") == code


def test_claim_codes_use_all_their_bits():
    assert claim_code(b"\0" * 5) == "AAAA-AAAA"
    assert claim_code(b"\xff" * 5) == "9999-9999"
    assert len({claim_code((1 << bit).to_bytes(5, "big")) for bit in range(40)}) == 40


def test_masks_show_enough_to_ask_and_too_little_to_know():
    names = {"Anna Kaiser": "Anna K.", "Anna": "Anna", " Clara von  Berg ": "Clara B.", "": ""}
    assert {name: mask_name(name) for name in names} == names
    assert [mask_phone(phone) for phone in ("+49 170 1234567", "07", "")] == ["••• 67", "••• 07", "••• "]
    assert mask_email("anna@street.example") == "a•••@s•••.example"
    assert mask_email("broken") == mask_email("anna@") == mask_email("@street") == "•••"
