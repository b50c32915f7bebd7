"""The sentences an invoice has to say beside its numbers, in its own language. They stand here and not in the catalogue
of translations because they are part of an issued document: a better wording must not change one drawn again later.
"""

from dataclasses import dataclass

from partners.settlement.content import Invoice


@dataclass(frozen=True, slots=True)
class Words:
    """What can have to be said, in one language."""

    terms: str
    small_business: str
    self_billed: str
    cancels: str  # followed by its number
    of: str  # followed by its day
    day: str  # for strftime


WORDS = {
    "de": Words(
        "Wird über die Verrechnung der Gemeinschaft beglichen; bitte nicht gesondert zahlen.",
        "Steuerfrei für Kleinunternehmer nach § 19 UStG; es wird keine Umsatzsteuer ausgewiesen.",
        "Gutschrift: Abrechnung durch den Leistungsempfänger (§ 14 Abs. 2 UStG).",
        "Storno zu",
        "vom",
        "%d.%m.%Y",
    ),
    "en": Words(
        "Settled through the clearing of the coalition; please make no separate payment.",
        "Exempt as a small business under § 19 UStG (German VAT Act); no VAT is charged.",
        "Self-billing: issued by the recipient of the supply (Gutschrift, § 14 (2) UStG).",
        "Cancels",
        "of",
        "%Y-%m-%d",
    ),
}


def sentences(invoice: Invoice) -> tuple[str, ...]:
    """What this invoice says: the terms of payment first, and last, where it is one, that it is a cancellation."""
    spoken = WORDS[invoice.language]
    said = [spoken.terms]
    if invoice.kind == "self_billed":
        said.append(spoken.self_billed)
    if invoice.seller.small_business:
        said.append(spoken.small_business)
    if invoice.cancels:
        on = f" {spoken.of} {invoice.cancels_on.strftime(spoken.day)}" if invoice.cancels_on else ""
        said.append(f"{spoken.cancels} {invoice.cancels}{on}.")
    return tuple(said)


def exemption(invoice: Invoice) -> str:
    """Why a small business charges no VAT."""
    return WORDS[invoice.language].small_business
