"""What a run means for the books, as balanced bookings: of the operator, and of one partner. Every line goes through
the clearing account, which comes out at zero; what is left is the position. Texts are German, as DATEV is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask_babel import force_locale
from flask_babel import gettext as _

from loyalty.errors import Invalid
from partners.settlement.charts import Chart, input_key
from partners.settlement.content import Invoice, Statement
from partners.settlement.datev import Booking
from partners.settlement.words import figure_name, line_name

FEES = ("fee", "fee_vat")
FEE_SIGNS = {"fee_invoice": 1, "fee_credit": -1}


@dataclass
class _Journal:
    """Bookings so far, all for one clearing account."""

    chart: Chart
    bookings: list[Booking] = field(default_factory=list)

    def post(
        self, cents: int, debit: str, credit: str, day: date, document: str, text: str, key: str | None = None,
        taxed: str = "",
    ) -> None:  # fmt: skip
        """From `credit` to `debit`, the other way round below zero, nothing at zero. `key` is of account `taxed`."""
        if cents < 0:
            debit, credit = credit, debit
        side = "credit" if key and taxed == credit else "debit"
        if cents:
            self.bookings.append(Booking(abs(cents), debit, credit, key, day, document, text, taxed=side))

    def clear(self, cents: int, account: str, day: date, document: str, text: str) -> None:
        """What comes to us (below zero: what we owe) for what stands on `account`."""
        self.post(cents, self.chart.clearing, account, day, document, text)

    def close(self, cents: int, personal: str | None, day: date, document: str, text: str) -> None:
        """What is left, as a claim or (below zero) a debt; on the account of a person where there is one."""
        left = personal or (self.chart.receivable if cents > 0 else self.chart.payable)
        self.post(cents, left, self.chart.clearing, day, document, text)


def bookings_for_partner(
    statement: Statement, invoices: Iterable[Invoice], chart: Chart, day: date | None = None
) -> tuple[Booking, ...]:
    """What the statement and the invoices that came with it are in the partner's books, on `day` or the day of issue.

    A statement or invoice that cancels another books that one's amounts the other way round. Needs an application
    context. Raises Invalid `unbalanced`, `invoices_differ`, `vat_rate_unknown`.
    """
    with force_locale("de"):
        return _of_partner(statement, list(invoices), _Journal(chart), day or statement.issued_on)


def bookings_for_operator(
    figures: Mapping[str, int],
    statements: Sequence[Statement],
    invoices: Iterable[Invoice],
    chart: Chart,
    day: date,
    personal: Mapping[str, str] | None = None,
) -> tuple[Booking, ...]:
    """What a run is in the operator's books. `figures` are the run's (`loyalty.rules.netting`); `personal` holds debtor
    accounts by the partners' codes. Needs an application context.

    Raises Invalid `unbalanced`, `invoices_differ`, `vat_rate_unknown`.
    """
    positions = sum(_sign(one) * one.position_cents for one in statements)
    if sum(figures.values()) + positions:
        raise Invalid("unbalanced", "figures", cents=sum(figures.values()) + positions)
    with force_locale("de"):
        return _of_operator(figures, statements, list(invoices), _Journal(chart), day, personal or {})


def _of_partner(
    statement: Statement, invoices: Sequence[Invoice], journal: _Journal, day: date
) -> tuple[Booking, ...]:
    sign, chart = _sign(statement), journal.chart
    if sum(line.cents for line in statement.lines) != statement.position_cents:
        raise Invalid("unbalanced", "lines")
    for line in statement.lines:
        if line.kind not in FEES:
            account = _account_of_line(chart, line.kind, sign * line.cents)
            text = f"{line_name(line.kind)} {statement.period}"
            journal.clear(sign * line.cents, account, day, statement.number, text)
    fees = [one for one in invoices if one.kind in FEE_SIGNS]
    for one in fees:
        _book_fee(journal, one, day)
    charged = -sign * sum(line.cents for line in statement.lines if line.kind in FEES)
    became_fee = sum(_sign(one) * one.gross_cents for one in fees) - charged
    if abs(became_fee) > sum(one.prepaid_cents for one in fees):
        raise Invalid("invoices_differ", "invoices", cents=became_fee)
    journal.clear(became_fee, chart.points, day, statement.number, _("Expired points, now a fee"))
    for one in invoices:
        if one.kind == "self_billed":
            _book_sale(journal, one, day)
    text = f"{_('Settlement')} {statement.period}"
    journal.close(sign * statement.position_cents, None, day, statement.number, text)
    return tuple(journal.bookings)


def _account_of_line(chart: Chart, kind: str, cents: int) -> str:
    accounts = {
        "funded": chart.points, "returned": chart.points, "breakage": chart.points, "owed": chart.provision,
        "reimbursed": chart.taken, "correction": chart.income if cents > 0 else chart.expense,
    }  # fmt: skip
    if kind not in accounts:
        raise Invalid("kind_unknown", "kind", kind=kind)
    return accounts[kind]


def _book_fee(journal: _Journal, invoice: Invoice, day: date) -> None:
    """Bought of the operator; a small business takes no input VAT out of it."""
    for rate in invoice.vat:
        key = None if invoice.buyer.small_business else input_key(rate.vat_bp)
        cents = _sign(invoice) * (rate.net_cents + rate.vat_cents)
        account, clearing = journal.chart.fee, journal.chart.clearing
        text = f"{_('Service fee')} {invoice.seller.legal_name}"
        journal.post(cents, account, clearing, day, invoice.number, text, key, taxed=account)


def _book_sale(journal: _Journal, invoice: Invoice, day: date) -> None:
    """Rewards sold to the operator; the claim goes down again with the statement's line."""
    for rate in invoice.vat:
        cents = _sign(invoice) * (rate.net_cents + rate.vat_cents)
        revenue = journal.chart.revenue_at(rate.vat_bp)
        journal.post(cents, journal.chart.taken, revenue, day, invoice.number, _("Rewards for points"))


def _of_operator(
    figures: Mapping[str, int], statements: Sequence[Statement], invoices: Sequence[Invoice], journal: _Journal,
    day: date, personal: Mapping[str, str],
) -> tuple[Booking, ...]:  # fmt: skip
    chart = journal.chart
    run = f"RUN-{statements[0].run_number}" if statements else "RUN"
    for one in invoices:
        (_book_revenue if one.kind in FEE_SIGNS else _book_purchase)(journal, one, day)
    journal.clear(_kept(figures, invoices), chart.income, day, run, figure_name("breakage"))
    accounts = {"spread": chart.income, "pool": chart.pool, "programme": chart.points}
    for kind, account in accounts.items():
        journal.clear(figures.get(kind, 0), account, day, run, figure_name(kind))
    correction = figures.get("correction", 0)
    account = chart.income if correction > 0 else chart.expense
    journal.clear(correction, account, day, run, figure_name("correction"))
    for one in statements:
        owes = -_sign(one) * one.position_cents
        text = f"{_('Settlement')} {one.period} {one.partner.legal_name}"
        journal.close(owes, personal.get(one.partner.code), day, one.number, text)
    return tuple(journal.bookings)


def _kept(figures: Mapping[str, int], invoices: Iterable[Invoice]) -> int:
    """Expired points kept that are not on an invoice. Those that are have become a fee, and are revenue already."""
    expired = figures.get("breakage", 0) + figures.get("rewards", 0)
    invoiced = sum(_sign(one) * one.gross_cents for one in invoices if one.kind in FEE_SIGNS)
    became_fee = invoiced - figures.get("fee_net", 0) - figures.get("fee_vat", 0)
    if not min(0, expired) <= became_fee <= max(0, expired):
        raise Invalid("invoices_differ", "invoices", cents=became_fee)
    return expired - became_fee


def _book_revenue(journal: _Journal, invoice: Invoice, day: date) -> None:
    """The fee; its accounts take the VAT out by themselves."""
    for rate in invoice.vat:
        cents = _sign(invoice) * (rate.net_cents + rate.vat_cents)
        text = f"{_('Service fee')} {invoice.buyer.legal_name}"
        journal.clear(cents, journal.chart.revenue_at(rate.vat_bp), day, invoice.number, text)


def _book_purchase(journal: _Journal, invoice: Invoice, day: date) -> None:
    """Rewards bought of a partner: paid out of the pool, which is income at the moment the points are redeemed."""
    for rate in invoice.vat:
        cents = _sign(invoice) * (rate.net_cents + rate.vat_cents)
        services, text = journal.chart.services, f"{_('Rewards for points')} {invoice.seller.legal_name}"
        journal.post(
            cents, services, journal.chart.income, day, invoice.number, text, input_key(rate.vat_bp), services
        )


def _sign(paper: Statement | Invoice) -> int:
    """-1 for what lowers: a credit note, or a paper that takes back another; +1 for a credit note taken back."""
    lowers = isinstance(paper, Invoice) and paper.kind == "fee_credit"
    return -1 if lowers != bool(paper.cancels) else 1
