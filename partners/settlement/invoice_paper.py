"""The invoice as people read it: a PDF/A-3 that carries its own e-invoice (ZUGFeRD). Both say the same, and nothing is
drawn that `einvoice.check` refuses."""

from types import ModuleType

from flask_babel import force_locale
from flask_babel import gettext as _

from loyalty.errors import Conflict
from partners.settlement import einvoice, paper
from partners.settlement.content import Invoice
from partners.settlement.invoice_words import sentences

ARCHIVED = "pdf/a-3b"  # the only PDF/A that may carry any attachment


def pdf(invoice: Invoice, accent: str | None = None) -> bytes:
    """The PDF with the XML inside, in the coalition's colour `accent` (#rrggbb). Needs an application context.

    Raises Invalid as `einvoice.check` does, Conflict `papers_missing` when the extra `documents` or Pango is missing.
    """
    xml = einvoice.xml(invoice)
    einvoice.check(xml)
    facturx = _facturx()
    with force_locale(invoice.language):
        facts = _facts(invoice)
    drawn = paper.draw("invoice.html", invoice.language, ARCHIVED, accent=accent, **facts)
    return bytes(
        facturx.generate_from_binary(
            drawn,
            xml,
            flavor="factur-x",
            level="en16931",
            check_xsd=False,  # `check` did
            pdf_metadata=_metadata(invoice, str(facts["kind"])),
            lang=invoice.language,
            afrelationship="alternative",  # what German ZUGFeRD asks of this profile: both are the invoice
        )
    )


def _facts(invoice: Invoice) -> dict[str, object]:
    """What the template is told; its words are of the language that is set."""
    return {
        "invoice": invoice,
        "operator": einvoice.operator(invoice),
        "recipient": einvoice.partner(invoice),
        "kind": _kind(invoice),
        "subject": _subject(invoice),
        "turn": einvoice.sign(invoice),
        "taxed": not invoice.seller.small_business,
        "due": _due(invoice),
        "sentences": sentences(invoice)[: -1 if invoice.cancels else None],  # the last is the subject then
    }


def _kind(invoice: Invoice) -> str:
    """The heading. A self-billed invoice must call itself "Gutschrift", so the credit note for fees may not."""
    if invoice.cancels:
        return _("Cancellation")
    if invoice.kind == "self_billed":
        return _("Self-billed invoice")
    return _("Invoice") if invoice.kind == "fee_invoice" else _("Fee correction")


def _subject(invoice: Invoice) -> str:
    if invoice.cancels:
        return sentences(invoice)[-1]
    if invoice.kind == "self_billed":
        return _("Points redeemed at your shop")
    return _("Service fee of the points programme")


def _due(invoice: Invoice) -> str:
    """What stands beside the last amount: which way it goes, and when."""
    rest = (invoice.gross_cents - invoice.prepaid_cents) * einvoice.sign(invoice)
    if not rest:
        return _("Nothing left to pay")
    gives = invoice.kind == "self_billed" or (invoice.kind == "fee_credit" and not invoice.cancels)
    day = paper.day(invoice.due_on)
    if (rest > 0) == gives:
        return _("In your favour on %(day)s", day=day)
    return _("Due on %(day)s", day=day)


def _metadata(invoice: Invoice, kind: str) -> dict[str, str]:
    issuer = einvoice.operator(invoice).legal_name
    title = f"{kind} {invoice.number}"
    return {
        "author": issuer,
        "title": title,
        "subject": f"{title}, {issuer}",
        "keywords": "Factur-X, ZUGFeRD",
    }


def _facturx() -> ModuleType:
    try:
        import facturx
    except ImportError as missing:
        raise Conflict("papers_missing", needs="factur-x") from missing
    return facturx
