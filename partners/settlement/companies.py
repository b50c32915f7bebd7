"""Who stands on papers: the companies of partners and of the operator, as they were entered and checked.

What is changed here holds for papers to come; those that were issued keep what they say.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from uuid import UUID

from babel import Locale
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Invalid, Missing
from loyalty.models.coalition import Coalition
from loyalty.people import deeds
from loyalty.people.newcomers import LANGUAGES, clean_email
from partners.models import Partner
from partners.settlement import content
from partners.settlement.charts import CHARTS
from partners.settlement.iban import check_bic, check_creditor_id, check_iban
from partners.settlement.models import Company

NewId = Callable[[], UUID]
OPERATOR = "operator"
LONGEST = {"legal_name": 120, "street": 120, "city": 80, "post_code": 16, "tax_number": 30}
# Babel's list of territories without what is none in ISO 3166.
NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
COUNTRIES = {code for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", code)} - NO_COUNTRIES
GERMAN_VAT_ID = re.compile(r"DE[1-9][0-9]{8}")
VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,12}")
GERMAN_TAX_NUMBER = re.compile(r"[0-9]{10,11}|[0-9]{13}")
CONSULTANTS, CLIENTS = range(1001, 10_000_000), range(1, 100_000)  # DATEV's numbers


@dataclass(frozen=True, slots=True)
class CompanyIn:
    """What is entered about a company. `country` is ISO 3166 alpha-2, `chart` the one of its books."""

    legal_name: str
    street: str
    post_code: str
    city: str
    country: str = "DE"
    vat_id: str | None = None
    tax_number: str | None = None
    small_business: bool = False
    email: str | None = None
    language: str = "de"
    iban: str | None = None
    bic: str | None = None
    creditor_id: str | None = None
    datev_consultant: int | None = None
    datev_client: int | None = None
    chart: str = "SKR03"


def put(
    session: Session,
    partner_id: UUID | None,
    company: CompanyIn,
    staff_id: UUID | None,
    at: datetime,
    new_id: NewId,
) -> None:
    """Enter a partner's company, or (None) the operator's, or change it. The same again: nothing.

    Raises Missing `partner_unknown`; Invalid naming the field.
    """
    if partner_id is not None and session.get(Partner, partner_id) is None:
        raise Missing("partner_unknown", "partner")
    values = asdict(checked(company))
    before = entered(session, partner_id)
    changed = [name for name in values if before is None or getattr(before, name) != values[name]]
    if not changed:
        return
    row = upsert(Company).values(id=new_id(), partner_id=partner_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["partner_id"], set_=values))
    deeds.note(session, "company_changed", staff_id, at, new_id, None, partner_id, {"fields": changed})


def entered(session: Session, partner_id: UUID | None) -> Company | None:
    """All that was entered about a partner's company, or (None) the operator's."""
    whose = Company.partner_id == partner_id if partner_id else Company.partner_id.is_(None)
    return session.scalar(select(Company).where(whose).execution_options(populate_existing=True))


def of(session: Session, partner_id: UUID) -> content.Company:
    """A partner's company as papers show it; its name alone where nothing was entered. Raises Missing."""
    partner = session.execute(select(Partner.code, Partner.name).where(Partner.id == partner_id)).first()
    if partner is None:
        raise Missing("partner_unknown", "partner")
    return _shown(partner.code, partner.name, entered(session, partner_id))


def operator(session: Session) -> content.Company:
    """The operator's company as papers show it; the coalition's name alone where nothing was entered."""
    return _shown(OPERATOR, session.scalars(select(Coalition.name)).one(), entered(session, None))


def checked(company: CompanyIn) -> CompanyIn:
    """The same company, everything in one form. Raises Invalid naming the field."""
    if company.language not in LANGUAGES:
        raise Invalid("language_unknown", "language")
    if company.chart not in CHARTS:
        raise Invalid("word_unknown", "chart")
    if company.country not in COUNTRIES:
        raise Invalid("country_unknown", "country")
    if company.country == "DE" and not re.fullmatch("[0-9]{5}", company.post_code.strip()):
        raise Invalid("post_code_invalid", "post_code")
    _check_number(company.datev_consultant, CONSULTANTS, "datev_consultant")
    _check_number(company.datev_client, CLIENTS, "datev_client")
    return replace(
        company,
        legal_name=_line(company.legal_name, "legal_name"),
        street=_line(company.street, "street"),
        post_code=_line(company.post_code, "post_code"),
        city=_line(company.city, "city"),
        vat_id=check_vat_id(company.vat_id) if company.vat_id else None,
        tax_number=_tax_number(company.tax_number, company.country) if company.tax_number else None,
        email=clean_email(company.email) if company.email else None,
        iban=check_iban(company.iban) if company.iban else None,
        bic=check_bic(company.bic) if company.bic else None,
        creditor_id=check_creditor_id(company.creditor_id) if company.creditor_id else None,
    )


def check_vat_id(vat_id: str) -> str:
    """A VAT identification number without blanks, dots and dashes. Germany's have a check digit (ISO 7064 Mod 11,10),
    others are looked at only from afar. Raises Invalid `vat_id_invalid`.
    """
    clean = re.sub(r"[\s.\-]", "", vat_id).upper()
    known = GERMAN_VAT_ID.fullmatch(clean) if clean.startswith("DE") else VAT_ID.fullmatch(clean)
    if not known or (clean.startswith("DE") and _mod_11_10(clean[2:-1]) != int(clean[-1])):
        raise Invalid("vat_id_invalid", "vat_id")
    return clean


def _mod_11_10(digits: str) -> int:
    """The check digit that follows `digits`."""
    product = 10
    for digit in digits:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return (11 - product) % 10


def _tax_number(tax_number: str, country: str) -> str:
    """Germany's has 10, 11 or (the same everywhere) 13 digits, with slashes and blanks as its office writes it."""
    if country == "DE" and not GERMAN_TAX_NUMBER.fullmatch(re.sub("[ /]", "", tax_number)):
        raise Invalid("tax_number_invalid", "tax_number")
    return _line(tax_number, "tax_number")


def _line(text: str, field: str) -> str:
    """One line of printable characters, composed (NFC), single blanks, not empty."""
    clean = re.sub(" +", " ", unicodedata.normalize("NFC", text)).strip(" ")
    printable = not any(unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" for sign in clean)
    if not 1 <= len(clean) <= LONGEST[field] or not printable:
        raise Invalid("line_invalid", field, longest=LONGEST[field])
    return clean


def _check_number(number: int | None, allowed: range, field: str) -> None:
    if number is not None and number not in allowed:
        raise Invalid("number_invalid", field, lowest=allowed[0], highest=allowed[-1])


def _shown(code: str, name: str, row: Company | None) -> content.Company:
    if row is None:
        return content.Company(code, name, "", "", "")
    names = (field.name for field in fields(content.Company) if field.name != "code")
    return content.Company(code=code, **{name: getattr(row, name) for name in names})
