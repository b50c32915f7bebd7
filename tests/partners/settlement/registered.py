"""Companies of a test's coalition, as they stand on papers: with tax numbers and accounts that pass their checks."""

from datetime import date

from sqlalchemy.orm import Session

from config.sequence import in_order
from partners.settlement import companies, mandates
from partners.settlement.companies import CompanyIn
from tests.coalition import OPENED, Coalition

OPERATOR = CompanyIn(
    "Einkaufsstraße eG", "Marktplatz 1", "10115", "Berlin", vat_id="DE136695976", email="buero@street.example",
    iban="DE89370400440532013000", bic="COBADEFFXXX", creditor_id="DE98ZZZ09999999999", datev_consultant=1001,
    datev_client=1,
)  # fmt: skip
ACCOUNTS = {
    "baker": ("DE811907980", "DE02120300000000202051", "BYLADEM1001"),
    "drinks": ("DE129273398", "DE02500105170137075030", "INGDDEFFXXX"),
    "books": ("DE119429301", "DE02100500000054540402", "BELADEBEXXX"),
}


def register_all(
    session: Session, coalition: Coalition, street: str = "Lindenweg 3", small: tuple[str, ...] = ()
) -> None:
    """Enter the operator and every shop; `small` ones are small businesses. Each shop's account may be collected on."""
    companies.put(session, None, OPERATOR, None, OPENED, in_order(OPENED))
    for code in coalition.places:
        vat_id, iban, bic = ACCOUNTS[code]
        company = CompanyIn(
            f"{code.title()} Müller & Söhne", street, "10117", "Berlin", vat_id=None if code in small else vat_id,
            tax_number="30/123/45678" if code in small else None, small_business=code in small,
            email=f"owner@{code}.example", iban=iban, bic=bic, datev_consultant=1002, datev_client=7,
        )  # fmt: skip
        companies.put(session, coalition.partner(code), company, None, OPENED, in_order(OPENED))
        if mandates.live(session, coalition.partner(code)) is None:
            mandates.sign(
                session, coalition.partner(code), f"EMMA-{code.upper()}", "B2B" if code == "drinks" else "CORE",
                date(2026, 1, 1), None, OPENED, in_order(OPENED),
            )  # fmt: skip
    session.commit()
