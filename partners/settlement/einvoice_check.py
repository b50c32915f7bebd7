"""Looks at an e-invoice before it is issued and refuses one that contradicts itself or that the law calls incomplete.
Reads the XML, not the invoice behind it: what is sent is what was checked. Never changes anything."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from lxml import etree

from loyalty.errors import Invalid

RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
NAMES = {"ram": RAM, "rsm": RSM, "udt": UDT}
CENT = Decimal("0.01")
SETTLEMENT = "//ram:ApplicableHeaderTradeSettlement"
SUMS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
ADDRESS = ("PostcodeCode", "LineOne", "CityName", "CountryID")
Rate = tuple[str, Decimal]  # category, percent


def check(xml: bytes) -> None:
    """Nothing when the e-invoice may be issued.

    Raises Invalid `not_xml`, `number_missing`, `address_missing` (seller or buyer), `tax_id_missing` (seller),
    `lines_missing`, `line_mismatch` (line), `net_mismatch`, `vat_mismatch` (percent), `exempt_with_vat`,
    `gross_mismatch`, `due_mismatch`, `period_reversed`, `cancels_nothing`, `not_a_number`, and
    `einvoice_schema` where factur-x is installed and its schema finds more.
    """
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as broken:
        raise Invalid("not_xml", "xml") from broken
    _refuse_incomplete(root)
    _refuse_sums(root)
    _refuse_vat(root)
    _refuse_schema(xml)


def _refuse_incomplete(root: etree._Element) -> None:
    if not _text(root, "/*/rsm:ExchangedDocument/ram:ID"):
        raise Invalid("number_missing", "number")
    for side in ("Seller", "Buyer"):
        party = f"//ram:{side}TradeParty"
        known = [_text(root, f"{party}/ram:PostalTradeAddress/ram:{part}") for part in ADDRESS]
        if not all([_text(root, f"{party}/ram:Name"), *known]):
            raise Invalid("address_missing", side.lower())
    if not _text(root, "//ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID"):
        raise Invalid("tax_id_missing", "seller")
    begins, ends = (
        _text(root, f"{SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:{end}DateTime/udt:DateTimeString")
        for end in ("Start", "End")
    )
    if begins > ends:
        raise Invalid("period_reversed", "ends")
    reference = _text(root, f"{SETTLEMENT}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID")
    if _text(root, "/*/rsm:ExchangedDocument/ram:TypeCode") == "384" and not reference:
        raise Invalid("cancels_nothing", "cancels")


def _refuse_sums(root: etree._Element) -> None:
    lines = list(_lines(root))
    if not lines:
        raise Invalid("lines_missing", "lines")
    for position, (_, quantity, price, net) in enumerate(lines, 1):
        if (
            abs(quantity * price - net) >= CENT
        ):  # within a cent, as a share by largest remainder may round either way
            raise Invalid("line_mismatch", "lines", line=position)
    net = sum(line[3] for line in lines)
    if (
        not net
        == _amount(root, f"{SUMS}/ram:LineTotalAmount")
        == _amount(root, f"{SUMS}/ram:TaxBasisTotalAmount")
    ):
        raise Invalid("net_mismatch", "net_cents")
    gross = _amount(root, f"{SUMS}/ram:GrandTotalAmount")
    if gross != net + _amount(root, f"{SUMS}/ram:TaxTotalAmount"):
        raise Invalid("gross_mismatch", "gross_cents")
    prepaid = _amount(root, f"{SUMS}/ram:TotalPrepaidAmount")
    due = _amount(root, f"{SUMS}/ram:DuePayableAmount")
    if gross - prepaid != due or abs(prepaid) > abs(gross) or prepaid * gross < 0:
        raise Invalid("due_mismatch", "prepaid_cents")


def _refuse_vat(root: etree._Element) -> None:
    """Every rate's net is its lines'. Its tax may be a cent off: taken out of a gross sum, it rounds the other way."""
    expected: dict[Rate, Decimal] = defaultdict(Decimal)
    for rate, *_, net in _lines(root):
        expected[rate] += net
    total = Decimal()
    for tax in root.findall(f".//{{{RAM}}}ApplicableHeaderTradeSettlement/{{{RAM}}}ApplicableTradeTax"):
        rate, vat = _rate(tax), _amount(tax, "ram:CalculatedAmount")
        category, percent = rate
        if category == "E" and (percent or vat):
            raise Invalid("exempt_with_vat", "vat")
        net = _amount(tax, "ram:BasisAmount")
        exact = (net * percent / 100).quantize(CENT, ROUND_HALF_UP)
        if expected.pop(rate, None) != net or abs(exact - vat) > CENT:
            raise Invalid("vat_mismatch", "vat", percent=str(percent))
        total += vat
    if expected or total != _amount(root, f"{SUMS}/ram:TaxTotalAmount"):
        raise Invalid("vat_mismatch", "vat")


def _refuse_schema(xml: bytes) -> None:
    try:
        import facturx
    except ImportError:  # the extra `documents`; what is above stands without it
        return
    try:
        facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    except Exception as found:  # it raises nothing narrower
        raise Invalid("einvoice_schema", "xml", reason=str(found)) from found


def _lines(root: etree._Element) -> Iterator[tuple[Rate, Decimal, Decimal, Decimal]]:
    """Rate, quantity, price and net of every line."""
    for line in root.findall(f".//{{{RAM}}}IncludedSupplyChainTradeLineItem"):
        tax = line.find(f".//{{{RAM}}}ApplicableTradeTax")
        yield (
            _rate(tax),
            _amount(line, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"),
            _amount(line, ".//ram:NetPriceProductTradePrice/ram:ChargeAmount"),
            _amount(line, ".//ram:LineTotalAmount"),
        )


def _rate(tax: etree._Element) -> Rate:
    return _text(tax, "ram:CategoryCode"), _amount(tax, "ram:RateApplicablePercent")


def _amount(node: etree._Element, path: str) -> Decimal:
    """Zero where there is none. Raises Invalid `not_a_number`."""
    written = _text(node, path) or "0"
    try:
        amount = Decimal(written)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise Invalid("not_a_number", path.rpartition(":")[2], value=written)
    return amount


def _text(node: etree._Element, path: str) -> str:
    """Of the first such node, without the space around it; empty when there is none."""
    found = node.xpath(path, namespaces=NAMES)
    return (found[0].text or "").strip() if found else ""
