"""Liability: what points that are out are worth, whose they are, how they stand in the books; the same as a table."""

from decimal import Decimal
from fractions import Fraction

from flask import Response, render_template
from flask_babel import format_date
from flask_babel import gettext as _

from loyalty.db import transact
from loyalty.rules.money import half_up
from partners import signed_in
from partners.admin import admin
from partners.settlement import closing, liability_sheet, outstanding, paper, volume
from partners.settlement import liability as liability_of
from partners.settlement.liability import Report
from partners.settlement.outstanding import Stock
from partners.signed_in import session, staff_only, today

CSV = "text/csv; charset=utf-8"


@admin.get("/liability")
@staff_only("admin")
def liability() -> str:
    """The report as of now."""
    found = _report()
    return render_template(
        "admin/liability.html",
        report=found,
        ages=list(zip(age_names(), found.by_age, strict=True)),
        terms=list(zip(term_names(), found.by_term, strict=True)),
        cents=cents,
        share=share,
        number=paper.number,
        exact=closing.exact,
        in_percent=in_percent,
        month=lambda day: format_date(day, "MMM yy"),
        day=closing.today(session(), found.at),
        history_months=outstanding.HISTORY_MONTHS,
        warned_cents=volume.WARNED_CENTS,
        notice_cents=volume.NOTICE_CENTS,
    )


@admin.get("/liability.csv")
@staff_only("admin")
def liability_csv() -> Response:
    """The figures by issuer, for a spreadsheet."""
    day, _zone = today()
    content = liability_sheet.csv(_report(), [*age_names(), *term_names()])
    answer = Response(content, content_type=CSV)
    answer.headers.set("Content-Disposition", "attachment", filename=f"emma-liability-{day.isoformat()}.csv")
    return answer


def age_names() -> list[str]:
    """Bands by age, youngest first."""
    return [
        _("up to 3 months old"), _("3 to 6 months old"), _("6 to 12 months old"), _("1 to 2 years old"),
        _("more than 2 years old"),
    ]  # fmt: skip


def term_names() -> list[str]:
    """Bands by when points expire, soonest first."""
    return [
        _("within 3 months"), _("in 3 to 6 months"), _("in 6 to 12 months"), _("in 1 to 2 years"),
        _("in more than 2 years"),
    ]  # fmt: skip


def cents(stock: Stock) -> int:
    """The value of a stock in whole cents."""
    return half_up(Fraction(stock.value_ct))


def share(part: int | Decimal, whole: int | Decimal) -> int:
    """How long a bar is, in thousandths; whatever is there can be seen."""
    if whole <= 0 or part <= 0:
        return 0
    return max(4, min(1000, int(part * 1000 / whole)))


def in_percent(fraction: Fraction) -> str:
    """25 %, with one digit behind the comma where there is one."""
    return paper.percent(half_up(fraction * 1000) * 10)


def _report() -> Report:
    """In a transaction of its own: one snapshot for all figures."""
    at = signed_in.now()
    return transact(lambda session: liability_of.report(session, at))
