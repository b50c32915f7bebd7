"""What terms of contracts and settings of the coalition are called, in the reader's language. No database."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from babel.numbers import format_currency
from flask_babel import get_locale
from flask_babel import gettext as _

from partners.models import ContractVersion
from partners.settlement import paper


def fundings() -> dict[str, str]:
    """When points are paid for."""
    return {"prefunded": _("when they are given"), "at_redemption": _("when they are redeemed")}


def breakages() -> dict[str, str]:
    """Who gets what expired points were paid with."""
    return {
        "mutual": _("back to who gave them"),
        "operator": _("stays with the coalition"),
        "rewards": _("goes into gifts for members"),
    }


def suppliers() -> dict[str, str]:
    """Who is taken for the supplier of a reward."""
    return {
        "partner": _("the partner, to the member"),
        "operator": _("the coalition, which buys it of the partner"),
    }


def fields() -> dict[str, str]:
    """Fields of contracts, companies and settings, as forms and the audit log name them."""
    return {
        "point_value_ct": _("Value of a point"),
        "service_fee_ct": _("Service fee per point, net"),
        "reimbursement_ct": _("Paid to who redeems a point"),
        "funding": _("Points are paid for"),
        "breakage": _("What expired points were paid with"),
        "fee_vat_bp": _("VAT on the fee"),
        "credit_limit_cents": _("Credit limit"),
        "deposit_cents": _("Deposit"),
        "redeemer_supplies": _("Rewards are supplied by"),
        "objection_days": _("Days to object"),
        "due_days": _("Days until payment"),
        "four_eyes_points": _("Two people above"),
        "pending_days": _("Days until points can be spent"),
        "legal_name": _("Name"),
        "street": _("Street"),
        "post_code": _("Post code"),
        "city": _("Town"),
        "country": _("Country"),
        "vat_id": _("VAT ID"),
        "tax_number": _("Tax number"),
        "tax": _("VAT ID or tax number"),
        "small_business": _("Small business"),
        "email": _("E-mail"),
        "language": _("Language"),
        "iban": _("IBAN"),
        "bic": _("BIC"),
        "creditor_id": _("Creditor identifier"),
        "datev_consultant": _("DATEV consultant"),
        "datev_client": _("DATEV client"),
        "chart": _("Chart of accounts"),
    }


def rows() -> list[tuple[str, Callable[[ContractVersion], str]]]:
    """A contract from top to bottom: fields, and how each is written."""
    return [
        ("point_value_ct", lambda one: f"{paper.number(one.point_value_ct)} ct"),
        ("service_fee_ct", lambda one: f"{paper.number(one.service_fee_ct)} ct"),
        ("fee_vat_bp", lambda one: paper.percent(one.fee_vat_bp)),
        ("reimbursement_ct", lambda one: f"{paper.number(one.reimbursement_ct)} ct"),
        ("funding", lambda one: fundings()[one.funding]),
        ("breakage", lambda one: breakages()[one.breakage]),
        ("credit_limit_cents", lambda one: _money(one.credit_limit_cents)),
        ("deposit_cents", lambda one: _money(one.deposit_cents)),
        ("redeemer_supplies", lambda one: suppliers()[one.redeemer_supplies]),
    ]


def named(names: Iterable[str]) -> list[str]:
    """Fields by their names."""
    known = fields()
    return [known[name] for name in names]


def in_short(version: ContractVersion | None) -> str:
    """One line that tells contracts apart."""
    if version is None:
        return _("no contract")
    return _(
        "%(value)s ct a point, %(fee)s ct fee, paid %(funding)s",
        value=paper.number(version.point_value_ct),
        fee=paper.number(version.service_fee_ct),
        funding=fundings()[version.funding],
    )


def _money(cents: int | None) -> str:
    if cents is None:
        return _("no limit")
    return str(format_currency(Decimal(cents) / 100, "EUR", locale=get_locale()))


def vocabulary() -> dict[str, object]:
    """Words and formats for a template of partners."""
    return {
        "fundings": fundings(), "breakages": breakages(), "suppliers": suppliers(), "fields": fields(),
        "in_short": in_short, "number": paper.number, "percent": paper.percent,
    }  # fmt: skip
