"""The invoice people read, opened again: its e-invoice inside, PDF/A-3 outside, and the same numbers on both."""

import io
import sys
from collections.abc import Callable
from dataclasses import replace

import facturx
import pytest
from pypdf import PdfReader

from loyalty.errors import Conflict, Invalid
from partners.settlement import einvoice, invoice_paper
from partners.settlement.content import Invoice
from tests.partners.settlement import papers
from tests.partners.settlement.papers import (
    CREDIT,
    FEE,
    FEE_OF_RATES,
    PREPAID,
    SELF_BILLED,
    SMALL,
    cancellation,
)

Draw = Callable[[Invoice], bytes]


@pytest.fixture
def draw(application) -> Draw:
    """Draws with the real WeasyPrint, inside the application but without a database."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        pytest.skip(
            "Pango is not installed: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        )

    def run(invoice: Invoice) -> bytes:
        with application.app_context():
            return invoice_paper.pdf(invoice)

    return run


def said(pdf: bytes) -> str:
    """All words of all pages, one space between them."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("invoice", [FEE_OF_RATES, CREDIT, SELF_BILLED, SMALL, cancellation(FEE)])
def test_it_carries_its_own_e_invoice(draw, invoice):
    name, xml = facturx.get_facturx_xml_from_pdf(draw(invoice))
    assert name == "factur-x.xml"
    assert xml == einvoice.xml(invoice)


def test_it_is_an_archive_of_profile_en_16931(draw):
    reader = PdfReader(io.BytesIO(draw(FEE)))
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in xmp
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert root["/AF"].get_object()[0].get_object()["/AFRelationship"] == "/Alternative"
    assert root["/Lang"] == "de"
    assert reader.metadata.title == "Rechnung 2026-11-0042"
    assert reader.metadata.author == "Mühlenstraßen-Gemeinschaft eG"


def test_it_embeds_the_letters_it_is_written_in(draw):
    page = PdfReader(io.BytesIO(draw(papers.ENGLISH))).pages[0]
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object() for font in page["/Resources"]["/Font"].values()
    ]
    names = {font["/BaseFont"].split("+")[1].split("-")[0] for font in fonts}
    assert names == {"Bricolage", "Figtree"}
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def test_it_shows_parties_lines_rates_and_totals(draw):
    words = said(draw(FEE_OF_RATES))
    for shown in (
        "Rechnung", "2026-11-0042", "1. Dezember 2026", "1.–30. Nov", "Bäckerei Grüße & Söhne GmbH", "DE987654321",
        "Servicegebühr je ausgegebenem Punkt 18.432 0,15 19 % 27,65 €", "0,840336", "Summe netto 63,03 €",
        "USt. 19 % auf 33,03 € 6,28 €", "USt. 7 % auf 30,00 € 2,10 €", "Gesamtbetrag 71,41 €",
        "Bereits verrechnet −6,40 €", "Fällig am 15. Dezember 2026 65,01 €", "bitte nicht gesondert zahlen",
        "DE123456789", "20/293/01234", "DE02 1203 0000 0000 2020 51", "BYLADEM1001", "Seite 1 / 1",
    ):  # fmt: skip
        assert shown in words, shown


def test_it_speaks_english_where_the_invoice_does(draw):
    words = said(draw(papers.ENGLISH))
    for shown in (
        "Invoice",
        "Vinařství Žižka & Łoś",
        "Czechia",
        "Total €71.41",
        "Due on December 15, 2026 €65.01",
    ):
        assert shown in words, shown
    assert "Rechnung" not in words


def test_it_calls_a_self_billed_invoice_gutschrift_and_a_credit_note_not(draw):
    words = said(draw(SELF_BILLED))
    assert "Gutschrift Bei Ihnen eingelöste Punkte" in words
    assert "Zu Ihren Gunsten am 15. Dezember 2026 73,50 €" in words
    assert "Mühlenstraße 1 · 24103 Kiel Bäckerei Grüße" in words, "the coalition issues it, though it buys"
    credit = said(draw(CREDIT))
    assert "Rechnungskorrektur" in credit
    assert "Gutschrift" not in credit
    assert "Zu Ihren Gunsten" in credit


def test_it_shows_no_vat_of_a_small_business_and_says_why(draw):
    words = said(draw(SMALL))
    assert "§ 19 UStG" in words
    assert "Ihre Steuernummer 19/815/04711" in words
    assert "Summe netto" not in words
    assert "USt." not in words.split("Bankverbindung")[0].replace("UStG", "").replace("USt-IdNr.", "")


def test_it_turns_the_amounts_of_a_cancelled_invoice_and_says_which_way_the_rest_goes(draw):
    words = said(draw(cancellation(FEE)))
    assert "Stornorechnung Storno zu 2026-11-0042 vom 01.12.2026." in words
    assert "−18.432" in words
    assert "Gesamtbetrag −32,90 €" in words
    assert "Zu Ihren Gunsten am 15. Dezember 2026 32,90 €" in words
    assert "Fällig am 15. Dezember 2026 0,56 €" in said(draw(cancellation(CREDIT)))
    assert "Fällig am 15. Dezember 2026 73,50 €" in said(draw(cancellation(SELF_BILLED)))


def test_it_says_that_nothing_is_left_to_pay(draw):
    assert "Kein offener Betrag 0,00 €" in said(draw(PREPAID))


def test_it_repeats_number_heads_and_foot_on_every_sheet(draw):
    lines = [
        papers.line(f"Servicegebühr, Kalenderwoche {week}", 1_000 + week, "0.15", 1900) for week in range(40)
    ]
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(draw(papers.invoice(*lines)))).pages]
    assert len(pages) > 1
    for position, page in enumerate(pages, 1):
        words = " ".join(page.split())
        assert "2026-11-0042" in words
        assert f"Seite {position} / {len(pages)}" in words
    assert "Preis in ct" in pages[1]


def test_it_draws_nothing_that_the_check_refuses(draw):
    with pytest.raises(Invalid) as refused:
        draw(replace(FEE, gross_cents=1))
    assert refused.value.code == "gross_mismatch"


@pytest.mark.parametrize("part", ["facturx", "weasyprint"])
def test_it_says_which_part_is_missing(application, monkeypatch, part):
    monkeypatch.setitem(sys.modules, part, None)
    with application.app_context(), pytest.raises(Conflict) as refused:
        invoice_paper.pdf(FEE)
    assert refused.value.code == "papers_missing"
