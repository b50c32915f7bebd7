"""The liability report as a table for spreadsheets: one row for each issuer, so that sums are the reader's own."""

import io
from csv import writer
from decimal import Decimal
from fractions import Fraction

from flask_babel import get_locale
from flask_babel import gettext as _

from loyalty.rules.money import half_up
from partners.settlement.liability import Issuer, Report
from partners.settlement.sheets import FORMULA_STARTS

THOUSANDTHS = Decimal("0.001")


def csv(report: Report, bands: list[str]) -> bytes:
    """UTF-8 with BOM, semicolons, in German decimal commas. `bands`: names of ages and terms, in the report's order.

    Needs an application context.
    """
    text = io.StringIO()
    rows = writer(text, delimiter=";", lineterminator="\r\n")
    text.write("\ufeff")
    rows.writerow([*_headings(), *(f"{_('Points')}: {band}" for band in bands)])
    rows.writerows([_written(cell) for cell in _cells(issuer)] for issuer in report.issuers)
    return text.getvalue().encode()


def _headings() -> list[str]:
    return [
        _("Code"),
        _("Issuer"),
        _("Points out"),
        _("Value in euros"),
        _("Held by the pool, in euros"),
        _("Provision (HGB), in euros"),
        _("Expected of it, in euros"),
        _("Estimated share that expires"),
        _("Allocated (IFRS 15), in euros"),
        _("Redeemed points"),
        _("Expected points"),
        _("Recognised, in euros"),
        _("Contract liability, in euros"),
    ]


def _cells(issuer: Issuer) -> list[object]:
    deferred, out = issuer.deferred, issuer.out
    return [
        issuer.code, issuer.name, out.stock.points, _euros(issuer.worth_cents), _euros(issuer.pooled_cents),
        _euros(issuer.provision_cents), _euros(issuer.probable_cents), _share(issuer.breakage),
        _euros(deferred.allocated_cents), deferred.redeemed, deferred.expected, _euros(deferred.recognised_cents),
        _euros(deferred.liability_cents), *(stock.points for stock in (*out.by_age, *out.by_term)),
    ]  # fmt: skip


def _euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _share(fraction: Fraction | None) -> Decimal | None:
    return None if fraction is None else Decimal(half_up(fraction / Fraction(THOUSANDTHS))) * THOUSANDTHS


def _written(cell: object) -> object:
    """A text that a spreadsheet would take for a formula is preceded by an apostrophe."""
    if isinstance(cell, str):
        return "'" + cell if cell.startswith(FORMULA_STARTS) else cell
    if isinstance(cell, Decimal):
        plain = f"{cell:f}"
        return plain.replace(".", ",") if str(get_locale()) == "de" else plain
    return cell
