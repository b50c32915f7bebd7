"""The statement and the advice on paper: drawn for real, and read back as text."""

import io
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from pypdf import PdfReader

from loyalty.errors import Conflict
from partners.settlement import statement_paper
from partners.settlement.content import RateSum
from tests.partners.settlement.papers import BAKER
from tests.partners.settlement.statements import (
    ADVICE,
    BAKER_RUN,
    BOOKS_RUN,
    PAID_OUT,
    SEAL,
    WINERY_RUN,
    movements,
)


@pytest.fixture(autouse=True)
def spoken(application: Flask) -> Iterator[None]:
    with application.app_context():
        yield


def words_of(content: bytes) -> str:
    """All that can be read, every gap one blank."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return " ".join(" ".join(pages).split())


def test_it_says_first_what_is_paid_or_collected() -> None:
    collected = words_of(statement_paper.pdf(BAKER_RUN, []))
    assert "Sie zahlen 10,79 €" in collected and "Per Lastschrift am 15. Dezember 2026." in collected
    paid = words_of(statement_paper.pdf(replace(PAID_OUT, language="en"), []))
    assert "You receive €12.34" in paid
    assert "We transfer it on December 15, 2026, account ending in 2051." in paid
    nothing = replace(BAKER_RUN, lines=(), position_cents=0)
    assert "Nichts ist fällig" in words_of(statement_paper.pdf(nothing, []))


def test_it_shows_every_line_with_points_and_cents_and_the_result() -> None:
    words = words_of(statement_paper.pdf(BAKER_RUN, []))
    for line in (
        "Punkte ausgegeben",
        "1.000 −10,00 €",
        "100 1,00 €",
        "1.000 −1,50 €",
        "Servicegebühr −0,29 €",
    ):
        assert line in words
    assert "Ergebnis −10,79 €" in words


def test_it_shows_matrix_vat_notice_and_supplies() -> None:
    words = words_of(statement_paper.pdf(WINERY_RUN, []))
    assert "Bäckerei Grüße & Söhne 300 3,00 €" in words and "Summe 500 5,00 €" in words
    assert "19 % 180 1,80 € Ohne Verkauf dahinter 20 0,20 €" in words
    assert "19 % 420 4,20 € 7 % (geschätzt nach Ihrem üblichen Satz) 80 0,80 €" in words
    assert "Bitte geben Sie diese Seite Ihrer Steuer" in words


def test_it_asks_no_vat_return_of_a_small_business() -> None:
    words = words_of(statement_paper.pdf(replace(BOOKS_RUN, vat_notice=(RateSum(0, 5, 5),)), []))
    assert "Als Kleinunternehmer berechnen Sie keine Umsatzsteuer" in words
    assert "Für Ihre Umsatzsteuer" not in words


def test_it_carries_the_seal_in_groups_and_the_way_to_check_it() -> None:
    words = words_of(statement_paper.pdf(BAKER_RUN, []))
    assert "Bewegung 184.233" in words and "python verify.py export.json" in words
    assert " ".join(SEAL[at : at + 8] for at in range(0, 64, 8)) in words
    assert "Bitte wenden Sie es bis zum 14. Januar 2027 ein" in words


def test_it_shows_the_first_movements_and_says_how_many_more_there_are() -> None:
    words = words_of(statement_paper.pdf(BAKER_RUN, movements(12), limit=10))
    assert "02.11. 08:03 Punkte ausgegeben Bäckerei Grüße & Söhne 4711 – 1 −0,0118 €" in words
    assert "02.11. 08:24 Punkte eingelöst Vinařství Žižka 4714 4003 −13 0,0000 €" in words
    assert "4720" in words and "4721" not in words
    assert "2 weitere Bewegungen stehen in der CSV-Datei" in words
    assert "weitere" not in words_of(statement_paper.pdf(BAKER_RUN, movements(10), limit=10))


def test_it_draws_five_hundred_movements_of_which_each_has_its_line() -> None:
    words = words_of(statement_paper.pdf(replace(BAKER_RUN, language="en"), movements(501)))
    assert words.count("Points redeemed Vinařství") == 125
    assert "1 more movement is in the CSV file of this statement." in words


def test_it_says_when_it_takes_another_back() -> None:
    words = words_of(statement_paper.pdf(replace(BAKER_RUN, cancels="A-2026-0001"), []))
    assert "Abrechnung A-2026-0001 ist aufgehoben." in words
    assert "Ihr Ergebnis von −10,79 € gilt nicht mehr." in words
    assert "Lastschrift" not in words


def test_it_prints_names_as_they_are_and_never_as_markup() -> None:
    evil = replace(BAKER_RUN, partner=replace(BAKER, legal_name='<img src="http://x/"><b>Kern</b>'))
    assert '<img src="http://x/"><b>Kern</b>' in words_of(statement_paper.pdf(evil, []))


def test_it_draws_an_advice_that_is_no_invoice_and_shows_no_vat() -> None:
    words = words_of(statement_paper.advice_pdf(ADVICE))
    assert "Keine Rechnung" in words and "5,00 € für Prämien" in words
    assert "Diese Mitteilung ist keine Rechnung und weist keine Umsatzsteuer aus." in words
    assert "19 % 420 4,20 €" in words and "7 % (geschätzt nach Ihrem üblichen Satz) 80 0,80 €" in words
    assert "0,67" not in words and "3,53" not in words  # the VAT in 4,20 € and what is left without it


def test_it_draws_an_advice_in_english_and_one_taken_back() -> None:
    assert "Not an invoice €5.00 for rewards" in words_of(
        statement_paper.advice_pdf(replace(ADVICE, language="en"))
    )
    back = words_of(statement_paper.advice_pdf(replace(ADVICE, cancels="E-2026-0001")))
    assert "Mitteilung E-2026-0001 ist aufgehoben." in back


def test_it_says_when_papers_cannot_be_drawn_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    unread = movements(3)
    for draw in (lambda: statement_paper.pdf(BAKER_RUN, unread), lambda: statement_paper.advice_pdf(ADVICE)):
        with pytest.raises(Conflict, match="papers_missing"):
            draw()
    assert next(unread).receipt == "4711"
