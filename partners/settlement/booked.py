"""A run as a file for the bookkeeper: a partner's bookings out of its papers, the operator's out of all of them."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.errors import Conflict
from loyalty.models.coalition import Coalition
from loyalty.rules.periods import month_of
from partners.settlement import bookings, charts, companies, datev, papers
from partners.settlement.content import Advice, Invoice, Statement
from partners.settlement.datev import Header
from partners.settlement.models import Company, SettlementRun


def for_partner(session: Session, run: SettlementRun, partner_id: UUID, at: datetime) -> bytes:
    """The run in a partner's own books, DATEV's format. Needs an application context.

    Raises Conflict `datev_missing` before the tax adviser's numbers were entered, `papers_not_issued`.
    """
    company = _with_datev(session, partner_id)
    statements, invoices = _apart(papers.in_force(session, run.id, partner_id))
    rows = bookings.bookings_for_partner(statements[0], invoices, charts.chart(company.chart))
    return datev.export(rows, _header(session, company, statements[0].issued_on, run, at))


def for_operator(session: Session, run: SettlementRun, at: datetime) -> bytes:
    """The run in the operator's books: fees, VAT, the pool, and what each partner gets or owes. Raises as above."""
    company = _with_datev(session, None)
    statements, invoices = _apart(papers.in_force(session, run.id))
    day = statements[0].issued_on
    rows = bookings.bookings_for_operator(run.figures, statements, invoices, charts.chart(company.chart), day)
    return datev.export(rows, _header(session, company, day, run, at))


def _with_datev(session: Session, partner_id: UUID | None) -> Company:
    company = companies.entered(session, partner_id)
    if company is None or company.datev_consultant is None or company.datev_client is None:
        raise Conflict("datev_missing", "datev_consultant")
    return company


def _apart(contents: list[Statement | Invoice | Advice]) -> tuple[list[Statement], list[Invoice]]:
    statements = [one for one in contents if isinstance(one, Statement)]
    if not statements:
        raise Conflict("papers_not_issued", "run")
    return statements, [one for one in contents if isinstance(one, Invoice)]


def _header(session: Session, company: Company, day: date, run: SettlementRun, at: datetime) -> Header:
    """For the month in which the papers were issued; fiscal years begin in January."""
    assert company.datev_consultant is not None and company.datev_client is not None
    month, zone = month_of(day), ZoneInfo(session.scalars(select(Coalition.time_zone)).one())
    return Header(
        company.datev_consultant, company.datev_client, date(day.year, 1, 1), month.begins, month.last,
        company.chart, f"Emma {run.period}", at.astimezone(zone),
    )  # fmt: skip
