"""Partners as the coalition's office sees them: contract in force, exposure, company, mandate, exit. It only reads."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.errors import Missing
from partners.contracts import in_force
from partners.models import ContractVersion, Partner
from partners.settlement.models import Company, Exposure, Mandate, PartnerExit

NEEDED = ("street", "post_code", "city", "iban")  # papers and payments cannot do without


@dataclass(frozen=True, slots=True)
class Entry:
    """One partner. `contract`: the version in force, before the first one the first; `mandate`: the live one."""

    partner: Partner
    contract: ContractVersion | None
    exposure: Exposure | None
    company: Company | None
    mandate: Mandate | None
    exit: PartnerExit | None

    @property
    def missing(self) -> list[str]:
        """Fields of the company that papers and payments need and nobody entered; `tax`: neither of the two numbers."""
        return missing(self.company)

    @property
    def limit(self) -> str:
        """`none` without a limit, else `ok`, `warned` from 80 % of it, `held` from 100 %."""
        if self.exposure is None or self.exposure.limit_cents is None:
            return "none"
        return "held" if self.exposure.held else "warned" if self.exposure.warned else "ok"


def listed(session: Session, at: datetime) -> list[Entry]:
    """All partners: those who are here by name, then those who left."""
    partners = list(session.scalars(select(Partner).order_by(Partner.left_at.is_not(None), Partner.name)))
    contracts = in_force(session, at)
    exposures = {one.partner_id: one for one in session.scalars(select(Exposure))}
    companies = {one.partner_id: one for one in session.scalars(select(Company))}
    live = select(Mandate).where(Mandate.revoked_at.is_(None))
    mandates = {one.partner_id: one for one in session.scalars(live)}
    exits = {one.partner_id: one for one in session.scalars(select(PartnerExit))}
    return [
        Entry(one, contracts.get(one.id), exposures.get(one.id), companies.get(one.id), mandates.get(one.id),
              exits.get(one.id))
        for one in partners
    ]  # fmt: skip


def of(session: Session, partner_id: UUID, at: datetime) -> Entry:
    """One partner. Raises Missing `partner_unknown`."""
    for entry in listed(session, at):
        if entry.partner.id == partner_id:
            return entry
    raise Missing("partner_unknown", "partner")


def missing(company: Company | None, collects: bool = False) -> list[str]:
    """What of a company's data papers and payments still need; `collects`: it is the one that makes direct debits."""
    needed = (*NEEDED, "creditor_id") if collects else NEEDED
    if company is None:
        return ["legal_name", *needed, "tax"]
    blank = [name for name in needed if not getattr(company, name)]
    return blank if company.vat_id or company.tax_number else [*blank, "tax"]
