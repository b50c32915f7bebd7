"""Forms about partners and the coalition: what stands in their fields, and what was typed, read strictly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from flask import g, request
from flask_babel import format_decimal

from loyalty.errors import Invalid, LoyaltyError
from partners import forms, refusals
from partners.contracts import Offer
from partners.models import ContractVersion
from partners.settlement import companies
from partners.settlement.coalition import Settings
from partners.settlement.companies import CompanyIn
from partners.settlement.models import Company

T = TypeVar("T")
LINES = ("legal_name", "street", "post_code", "city", "country", "language", "chart")
NUMBERS = ("vat_id", "tax_number", "email", "iban", "bic", "creditor_id")
NEW_COMPANY = {"country": "DE", "language": "de", "chart": "SKR03"}


@dataclass(frozen=True)
class Form:
    """One form of a page. `posted`: it was just sent and refused; then its fields keep what was typed."""

    name: str
    values: Mapping[str, Any]
    posted: bool = False
    wrong: str | None = None
    refused: str | None = None


def form(name: str, endpoint: str, stored: Mapping[str, Any], refusal: LoyaltyError | None) -> Form:
    """The form that is sent to `endpoint`: when that was refused as it was typed, else with what is `stored`."""
    if refusal is None or request.endpoint != endpoint:
        return Form(name, stored)
    return Form(name, request.form, True, refusal.field, refusals.words(refusal))


def refusal() -> LoyaltyError | None:
    """What was just refused, once: these pages tell it beside the field."""
    found: LoyaltyError | None = g.pop("refusal", None)
    return found


def told(refusal: LoyaltyError | None, *forms: Form) -> dict[str, str | None]:
    """For the notice at the head of the page: the words, and where the field is that they speak of."""
    if refusal is None:
        return {"refused": None, "culprit": None}
    where = (f"{form.name}-{form.wrong}" for form in forms if form.posted and form.wrong in form.values)
    return {"refused": refusals.words(refusal), "culprit": next(where, None)}


def offer(given: Mapping[str, str]) -> Offer:
    """A contract's terms; empty prices and words are the coalition's. Raises Invalid `number_invalid`."""
    return Offer(
        point_value_ct=_maybe(forms.decimal_ct, given, "point_value_ct"),
        service_fee_ct=_maybe(forms.decimal_ct, given, "service_fee_ct"),
        reimbursement_ct=_maybe(forms.decimal_ct, given, "reimbursement_ct"),
        funding=given.get("funding") or None,  # type: ignore[arg-type]
        breakage=given.get("breakage") or None,  # type: ignore[arg-type]
        fee_vat_bp=_maybe(percent_bp, given, "fee_vat_bp"),
        credit_limit_cents=_maybe(forms.cents, given, "credit_limit_cents"),
        deposit_cents=_maybe(forms.cents, given, "deposit_cents") or 0,
        redeemer_supplies=given.get("redeemer_supplies", "partner"),
    )


def offer_values(version: ContractVersion | None) -> dict[str, str]:
    """The fields of a new version, filled with what holds now: mostly one thing changes."""
    if version is None:
        return {}
    return {
        "point_value_ct": price(version.point_value_ct), "service_fee_ct": price(version.service_fee_ct),
        "reimbursement_ct": price(version.reimbursement_ct), "funding": version.funding,
        "breakage": version.breakage, "fee_vat_bp": percent(version.fee_vat_bp),
        "credit_limit_cents": "" if version.credit_limit_cents is None else euros(version.credit_limit_cents),
        "deposit_cents": euros(version.deposit_cents), "redeemer_supplies": version.redeemer_supplies,
    }  # fmt: skip


def company(given: Mapping[str, str]) -> CompanyIn:
    """A company. Raises Invalid `number_invalid`."""
    return CompanyIn(
        **{name: given.get(name, "") for name in LINES},
        **{name: given.get(name, "").strip() or None for name in NUMBERS},
        small_business="small_business" in given,
        datev_consultant=_maybe(forms.whole, given, "datev_consultant"),
        datev_client=_maybe(forms.whole, given, "datev_client"),
    )


def company_values(before: Company | None, name: str) -> dict[str, Any]:
    """The fields of a company; nothing entered yet: with the name alone."""
    if before is None:
        return {"legal_name": name, **NEW_COMPANY}
    fields = companies.CompanyIn.__dataclass_fields__
    return {field: getattr(before, field) for field in fields if getattr(before, field) is not None}


def settings(given: Mapping[str, str]) -> Settings:
    """The coalition's settings. Raises Invalid `number_invalid`."""
    days = ("objection_days", "due_days", "four_eyes_points", "pending_days")
    return Settings(
        given.get("funding", ""), given.get("breakage", ""),
        forms.decimal_ct(given.get("service_fee_ct", ""), "service_fee_ct"),
        percent_bp(given.get("fee_vat_bp", ""), "fee_vat_bp"),
        **{name: forms.whole(given.get(name, ""), name) for name in days},
    )  # fmt: skip


def settings_values(now: Settings) -> dict[str, Any]:
    """The fields of the coalition's settings."""
    return {
        "funding": now.funding, "breakage": now.breakage, "service_fee_ct": price(now.service_fee_ct),
        "fee_vat_bp": percent(now.fee_vat_bp), "objection_days": now.objection_days, "due_days": now.due_days,
        "four_eyes_points": now.four_eyes_points, "pending_days": now.pending_days,
    }  # fmt: skip


def percent_bp(text: str, field: str) -> int:
    """19 or 5,5 % as basis points. Raises Invalid `number_invalid` beyond two digits behind the comma."""
    rate = forms.decimal_ct(text.strip().removesuffix("%"), field) * 100
    if rate % 1:
        raise Invalid("number_invalid", field)
    return int(rate)


def price(value_ct: Decimal) -> str:
    """0,15 or 0.15: as it may be typed again, so no mark between thousands."""
    return str(format_decimal(value_ct, "0.###"))


def euros(cents: int) -> str:
    """12,50 or 12.50, without a mark between thousands."""
    return str(format_decimal(Decimal(cents) / 100, "0.00"))


def percent(rate_bp: int) -> str:
    """19 or 5,5."""
    return str(format_decimal(Decimal(rate_bp) / 100, "0.##"))


def _maybe(read: Callable[[str, str], T], given: Mapping[str, str], field: str) -> T | None:
    text = given.get(field, "")
    return read(text, field) if text.strip() else None
