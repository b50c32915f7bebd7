"""The e-invoice of the settlement: an `Invoice` as EN 16931 in the CII syntax (ZUGFeRD, Factur-X). The XML depends on
the invoice alone, no clock and no catalogue of translations, so that drawn again years later it is the same bytes.
"""

from datetime import date
from decimal import Decimal

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration, TradeParty
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.trade import TradeSettlement
from drafthorse.models.tradelines import LineItem

from partners.settlement.content import TYPE_CODES, Company, Invoice, InvoiceLine, VatSum
from partners.settlement.einvoice_check import check
from partners.settlement.invoice_words import exemption, sentences

__all__ = ["check", "operator", "partner", "sign", "type_code", "xml"]

PROFILE = "urn:cen.eu:en16931:2017"
CORRECTED = "384"  # UNTDID 1001
POINTS = "C62"  # UN/ECE recommendation 20: one of what the line names
# UNTDID 4461, "clearing between partners". Not 58 or 59: whether money moves, and which way, only the partner's whole
# position tells; the notice of that payment names mandate and account.
CLEARING = "97"


def xml(invoice: Invoice) -> bytes:
    """The XML of this invoice, profile EN 16931. Let `check` see it before it is issued."""
    document = Document()
    document.context.guideline_parameter.id = PROFILE
    document.header.id = invoice.number
    document.header.type_code = type_code(invoice)
    document.header.issue_date_time = invoice.issued_on
    for sentence in sentences(invoice)[1:]:
        document.header.notes.add(IncludedNote(content=sentence))
    agreement = document.trade.agreement
    agreement.buyer_reference = partner(invoice).code
    _party(agreement.seller, invoice.seller, seller=True)
    _party(agreement.buyer, invoice.buyer, seller=False)
    for position, line in enumerate(invoice.lines, 1):
        document.trade.items.add(_line(invoice, position, line))
    document.trade.delivery.event.occurrence = invoice.ends  # a supply over a period is done on its last day
    _settlement(document.trade.settlement, invoice)
    return bytes(document.serialize(schema=None))


def type_code(invoice: Invoice) -> str:
    """UNTDID 1001: 380, 381 or 389, and 384 for what takes one of them back."""
    return CORRECTED if invoice.cancels else TYPE_CODES[invoice.kind]


def sign(invoice: Invoice) -> int:
    """-1 where the amounts stand negative. A corrected invoice (384) is read as an invoice: taking back a claim it is
    negative, taking back a credit note it claims again, so it is positive. A 381 with positive sums would validate as
    well, but then the readers' books would show a credit and not the cancellation of a document they know.
    """
    return -1 if invoice.cancels and invoice.kind != "fee_credit" else 1


def operator(invoice: Invoice) -> Company:
    """Who issues the paper: the coalition, which on a self-billed invoice is the buyer."""
    return invoice.buyer if invoice.kind == "self_billed" else invoice.seller


def partner(invoice: Invoice) -> Company:
    """The other side: who gets the paper."""
    return invoice.seller if invoice.kind == "self_billed" else invoice.buyer


def _party(party: TradeParty, company: Company, seller: bool) -> None:
    party.id = company.code
    party.name = company.legal_name
    party.address.postcode = company.post_code
    party.address.line_one = company.street
    party.address.city_name = company.city
    party.address.country_id = company.country
    if company.email:
        party.electronic_address.uri_ID = ("EM", company.email)
    if company.vat_id:
        party.tax_registrations.add(TaxRegistration(id=("VA", company.vat_id)))
    if seller and company.tax_number:  # the standard knows no tax number of a buyer
        party.tax_registrations.add(TaxRegistration(id=("FC", company.tax_number)))


def _line(invoice: Invoice, position: int, line: InvoiceLine) -> LineItem:
    """Prices may not be negative (BR-27), so a cancellation takes back the quantity."""
    item = LineItem()
    item.document.line_id = str(position)
    item.product.name = line.text
    item.agreement.net.amount = _digits(line.price_ct.scaleb(-2))
    item.delivery.billed_quantity = (_digits(line.quantity * sign(invoice)), POINTS)
    tax = item.settlement.trade_tax
    tax.type_code = "VAT"
    tax.category_code = _category(invoice, line.vat_bp)
    tax.rate_applicable_percent = _euros(line.vat_bp)
    item.settlement.monetary_summation.total_amount = _euros(line.net_cents * sign(invoice))
    return item


def _settlement(settlement: TradeSettlement, invoice: Invoice) -> None:
    settlement.currency_code = "EUR"
    settlement.payment_means.add(PaymentMeans(type_code=CLEARING))
    for rate in invoice.vat:
        settlement.trade_tax.add(_tax(invoice, rate))
    settlement.period.start = invoice.begins
    settlement.period.end = invoice.ends
    settlement.terms.add(_terms(sentences(invoice)[0], invoice.due_on))
    _sums(settlement, invoice)
    if invoice.cancels:
        settlement.invoice_referenced_document.issuer_assigned_id = invoice.cancels
        if invoice.cancels_on:
            settlement.invoice_referenced_document.issue_date_time = invoice.cancels_on


def _tax(invoice: Invoice, rate: VatSum) -> ApplicableTradeTax:
    tax = ApplicableTradeTax(type_code="VAT", category_code=_category(invoice, rate.vat_bp))
    tax.calculated_amount = _euros(rate.vat_cents * sign(invoice))
    tax.basis_amount = _euros(rate.net_cents * sign(invoice))
    tax.rate_applicable_percent = _euros(rate.vat_bp)
    if invoice.seller.small_business:  # of the reasons that have a code (VATEX) none is § 19 UStG
        tax.exemption_reason = exemption(invoice)
    return tax


def _terms(text: str, due_on: date) -> PaymentTerms:
    terms = PaymentTerms(description=text)
    terms.due = due_on
    return terms


def _sums(settlement: TradeSettlement, invoice: Invoice) -> None:
    sums, turn = settlement.monetary_summation, sign(invoice)
    sums.line_total = _euros(invoice.net_cents * turn)
    sums.tax_basis_total = Decimal(_euros(invoice.net_cents * turn))
    sums.tax_total = (_euros(invoice.vat_cents * turn), "EUR")
    sums.grand_total = Decimal(_euros(invoice.gross_cents * turn))
    sums.prepaid_total = _euros(invoice.prepaid_cents * turn)
    sums.due_amount = _euros((invoice.gross_cents - invoice.prepaid_cents) * turn)


def _category(invoice: Invoice, vat_bp: int) -> str:
    """UNTDID 5305: E exempt, S standard (any rate above zero), Z a rate of zero."""
    if invoice.seller.small_business:
        return "E"
    return "S" if vat_bp else "Z"


def _euros(cents: int) -> str:
    """Hundredths as text: cents as euros, basis points as percent."""
    return _digits(Decimal(cents).scaleb(-2))


def _digits(value: Decimal) -> str:
    """Never in powers of ten, which XML Schema's decimal does not know."""
    return f"{value:f}"
