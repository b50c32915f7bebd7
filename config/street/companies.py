"""The companies behind the demo street, as they stand on papers. Numbers pass their checks and belong to nobody."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from config.street.opening import Opened
from partners.settlement import companies, mandates
from partners.settlement.companies import CompanyIn

OPERATOR = CompanyIn(
    "Einkaufsstraße Musterstadt eG", "Marktplatz 1", "12345", "Musterstadt", vat_id="DE136695976",
    email="buero@street.example", iban="DE89370400440532013000", bic="COBADEFFXXX",
    creditor_id="DE98ZZZ09999999999", datev_consultant=1001, datev_client=100,
)  # fmt: skip
SHOPS = {
    "baker": CompanyIn(
        "Bäckerei Sonnenkorn GmbH", "Marktstraße 12", "12345", "Musterstadt", vat_id="DE811907980",
        email="owner@bakery.example", iban="DE02120300000000202051", bic="BYLADEM1001",
        datev_consultant=1001, datev_client=101,
    ),
    "drinks": CompanyIn(
        "Getränke Quelle OHG", "Marktstraße 14", "12345", "Musterstadt", vat_id="DE129273398",
        email="owner@drinks.example", iban="DE02500105170137075030", bic="INGDDEFFXXX",
        datev_consultant=1001, datev_client=102, chart="SKR04",
    ),
    "books": CompanyIn(
        "Britta Seiten, Buchhandlung Lesezeichen", "Marktstraße 3", "12345", "Musterstadt",
        tax_number="30/123/45678", small_business=True, email="owner@books.example",
        iban="DE02100500000054540402", bic="BELADEBEXXX",
    ),
    "butcher": CompanyIn(
        "Metzgerei Hofmann KG", "Brunnengasse 7", "12345", "Musterstadt", vat_id="DE119429301",
        email="owner@butcher.example", iban="DE02300209000106531065", bic="CMCIDEDDXXX",
        datev_consultant=1001, datev_client=104,
    ),
}  # fmt: skip
SIGNED = date(2025, 1, 2)


def register(session: Session, shops: dict[str, Opened], at: datetime, new_id: Callable[[], UUID]) -> None:
    """Enter the operator and the shops, each with a mandate; the drinks store lets nobody collect from it."""
    companies.put(session, None, OPERATOR, None, at, new_id)
    for code, company in SHOPS.items():
        partner_id = shops[code].place.partner_id
        companies.put(session, partner_id, company, None, at, new_id)
        if code != "drinks":
            mandates.sign(session, partner_id, f"STREET-{code.upper()}", "CORE", SIGNED, None, at, new_id)
