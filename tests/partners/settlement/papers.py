"""Companies and invoices as examples: the coalition of the street, its bakery, a winery, a small bookshop."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from partners.settlement.content import Company, Invoice, InvoiceKind, InvoiceLine, VatSum

COALITION = Company(
    "street",
    "Mühlenstraßen-Gemeinschaft eG",
    "Mühlenstraße 1",
    "24103",
    "Kiel",
    vat_id="DE123456789",
    tax_number="20/293/01234",
    email="abrechnung@muehlenstrasse.example",
    iban="DE02120300000000202051",
    bic="BYLADEM1001",
)
BAKER = Company(
    "baker",
    "Bäckerei Grüße & Söhne GmbH",
    "Mühlenstraße 4",
    "24103",
    "Kiel",
    vat_id="DE987654321",
    email="buero@baeckerei.example",
)
WINERY = Company("winery", "Vinařství Žižka & Łoś", "Hafengasse 7", "24105", "Kiel", vat_id="DE111222333")
BOOKS = Company(
    "books",
    "Bücherstube Inh. Jörg Weiß",
    "Kirchplatz 2",
    "24103",
    "Kiel",
    tax_number="19/815/04711",
    small_business=True,
)


def line(text: str, points: int, price_ct: str, vat_bp: int) -> InvoiceLine:
    """`points` at `price_ct`, rounded half up to the cent."""
    price = Decimal(price_ct)
    net = (points * price).quantize(Decimal(1), ROUND_HALF_UP)
    return InvoiceLine(text, Decimal(points), price, int(net), vat_bp)


def invoice(
    *lines: InvoiceLine, kind: InvoiceKind = "fee_invoice", prepaid_cents: int = 0, **more: object
) -> Invoice:
    """November's invoice over these lines, with everything added up."""
    parties = (BAKER, COALITION) if kind == "self_billed" else (COALITION, BAKER)
    vat = tuple(_vat(rate, lines) for rate in sorted({line.vat_bp for line in lines}, reverse=True))
    net, tax = sum(line.net_cents for line in lines), sum(rate.vat_cents for rate in vat)
    made = Invoice(
        "2026-11-0042", kind, date(2026, 12, 1), date(2026, 11, 1), date(2026, 11, 30), *parties, lines, vat, net, tax,
        net + tax, prepaid_cents, date(2026, 12, 15),
    )  # fmt: skip
    return replace(made, **more)


def _vat(vat_bp: int, lines: tuple[InvoiceLine, ...]) -> VatSum:
    net = sum(line.net_cents for line in lines if line.vat_bp == vat_bp)
    vat = (Decimal(net * vat_bp) / 10_000).quantize(Decimal(1), ROUND_HALF_UP)
    return VatSum(vat_bp, net, int(vat))


FEE = invoice(line("Servicegebühr je ausgegebenem Punkt", 18_432, "0.150", 1900))
FEE_OF_RATES = invoice(
    line("Servicegebühr je ausgegebenem Punkt", 18_432, "0.150", 1900),
    line("Verfallene Punkte, Oktober", 640, "0.840336", 1900),
    line("Mitgliedszeitung", 120, "25", 700),
    prepaid_cents=640,
)
CREDIT = invoice(line("Servicegebühr zurückgegebener Punkte", 310, "0.150", 1900), kind="fee_credit")
SELF_BILLED = invoice(
    line("Eingelöste Punkte zu 19 %", 5_210, "0.840336134", 1900),
    line("Eingelöste Punkte zu 7 %", 2_140, "0.934579439", 700),
    kind="self_billed",
)
SMALL = invoice(
    line("Eingelöste Punkte", 900, "1.000", 0), kind="self_billed", seller=BOOKS, number="2026-11-0043"
)
PREPAID = replace(FEE, prepaid_cents=FEE.gross_cents)
ZERO = invoice(line("Servicegebühr je ausgegebenem Punkt", 0, "0.150", 1900))
ENGLISH = replace(FEE_OF_RATES, language="en", buyer=replace(WINERY, country="CZ"))


def cancellation(of: Invoice) -> Invoice:
    """What takes `of` back, two weeks later."""
    return replace(
        of, number="2026-11-0099", issued_on=date(2026, 12, 15), cancels=of.number, cancels_on=of.issued_on
    )
