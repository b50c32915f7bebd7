"""Words and references in SEPA's letters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Invalid
from partners.settlement.sepa_words import check_reference, check_words, sepa_text

ALLOWED = re.compile(r"[A-Za-z0-9/?:().,'+ -]*")


@pytest.mark.parametrize(
    "text, words",
    [
        ("Bäckerei Müßig & Söhne", "Baeckerei Muessig + Soehne"),
        ("Ökoladen Über", "Oekoladen Ueber"),
        ("Café Łódź, Ærø", "Cafe Lodz, Aeroe"),
        ("Ba\u0308ckerei", "Baeckerei"),  # typed as a and two dots
        ("Kaffee* „Röst“ – 5 €", "Kaffee Roest - 5 EUR"),
        ("Punkte\n\tund  Zeilen", "Punkte und Zeilen"),
        ("Ἀθήνα 東京", ""),
    ],
)
def test_it_spells_in_sepas_letters(text: str, words: str) -> None:
    assert sepa_text(text, 70) == words


@given(st.text(max_size=200), st.sampled_from([35, 70, 140]))
def test_it_leaves_only_what_banks_take(text: str, limit: int) -> None:
    words = sepa_text(text, limit)
    assert ALLOWED.fullmatch(words) and len(words) <= limit and words == words.strip()
    assert sepa_text(words, limit) == words


def test_it_refuses_a_name_of_which_nothing_is_left() -> None:
    with pytest.raises(Invalid) as refusal:
        check_words("東京", 70, "name")
    assert (refusal.value.code, refusal.value.field) == ("text_empty", "name")


@pytest.mark.parametrize("text", ["", "Ä1", "A" * 36, "/A", "A/", "A//B", " A", "A ", "A_B", "A\n"])
def test_it_refuses_references_a_bank_would_change(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_reference(text, "end_to_end_id")
    assert (refusal.value.code, refusal.value.field) == ("reference_invalid", "end_to_end_id")


@pytest.mark.parametrize("text", ["A", "EMMA-12-0A1B2C3D4E5F", "M 2026/7 (a)", "A" * 35])
def test_it_leaves_good_references_as_they_are(text: str) -> None:
    assert check_reference(text, "end_to_end_id") == text
