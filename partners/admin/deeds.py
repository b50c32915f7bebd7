"""Deeds of the audit log in words: what was done, its facts, and the page on which the thing is found."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from flask import url_for
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

from loyalty.models.oversight import AuditLog
from partners.admin import terms
from partners.admin.phrases import adjustment_names, correction_names
from partners.settlement import paper

Link = Callable[[AuditLog], str]


def actions() -> dict[str, str]:
    """What each deed is called. One that is not here yet is shown by its code."""
    return {
        "settlement_prepared": _("Settlement prepared"),
        "settlement_released": _("Settlement released"),
        "settlement_withdrawn": _("Settlement withdrawn"),
        "settlement_booked": _("Settlement booked"),
        "papers_issued": _("Papers issued"),
        "paper_cancelled": _("Paper cancelled"),
        "bank_file_made": _("File for the bank made"),
        "bank_file_taken_in": _("File of the bank taken in"),
        "leg_settled": _("Payment settled by hand"),
        "correction_made": _("Correction made"),
        "correction_approved": _("Correction approved"),
        "correction_dropped": _("Correction dropped"),
        "objection_raised": _("Objection raised"),
        "objection_upheld": _("Objection upheld"),
        "objection_rejected": _("Objection rejected"),
        "adjustment_made": _("Points adjusted by hand"),
        "adjustment_asked": _("Adjustment of points asked for"),
        "adjustment_agreed": _("Adjustment of points agreed to"),
        "adjustment_refused": _("Adjustment of points refused"),
        "partner_opened": _("Partner taken in"),
        "contract_added": _("Contract version agreed"),
        "company_changed": _("Company data changed"),
        "mandate_signed": _("Mandate noted"),
        "mandate_revoked": _("Mandate revoked"),
        "exit_noted": _("Exit noted"),
        "exit_closed": _("Exit closed"),
        "coalition_changed": _("Settings of the coalition changed"),
    }


def action(deed: AuditLog) -> str:
    """What the deed is called."""
    return actions().get(deed.action, deed.action)


def facts(deed: AuditLog) -> list[tuple[str, str]]:
    """What was noted with it: names and values in the reader's language. Ids say nothing to anybody."""
    names, noted = _names(), {name: value for name, value in deed.facts.items() if name != "run"}
    order = [name for name in names if name in noted] + [name for name in noted if name not in names]
    return [(names.get(name, name), _value(name, noted[name])) for name in order]


def link(deed: AuditLog) -> str | None:
    """The page about the thing, where there is one."""
    made = LINKS.get(deed.action)
    return made(deed) if made else None


def _run(deed: AuditLog) -> str:
    return url_for("admin.run", run_id=deed.object_id)


def _partner(deed: AuditLog) -> str:
    """The operator's company has no partner."""
    if deed.partner_id is None:
        return url_for("admin.coalition")
    return url_for("admin.partner", partner_id=deed.partner_id)


def _room(endpoint: str) -> Link:
    return lambda deed: url_for(endpoint)


LINKS: Mapping[str, Link] = (
    dict.fromkeys(
        ("settlement_prepared", "settlement_released", "settlement_withdrawn", "settlement_booked", "papers_issued"),
        _run,
    )
    | dict.fromkeys(("bank_file_made", "bank_file_taken_in", "leg_settled"), _room("admin.payments"))
    | dict.fromkeys(
        ("correction_made", "correction_approved", "correction_dropped", "objection_raised", "objection_upheld",
         "objection_rejected", "adjustment_made", "adjustment_asked", "adjustment_agreed", "adjustment_refused"),
        _room("admin.cases"),
    )
    | dict.fromkeys(
        ("partner_opened", "contract_added", "company_changed", "mandate_signed", "mandate_revoked", "exit_noted",
         "exit_closed"),
        _partner,
    )
    | {"coalition_changed": _room("admin.coalition")}
)  # fmt: skip


def _names() -> dict[str, str]:
    return {
        "valid_from": _("From"),
        "code": _("Code"),
        "period": _("Period"),
        "cents": _("Amount"),
        "points": _("Points"),
        "reason": _("Reason"),
        "scheme": _("Scheme"),
        "fields": _("Changed"),
        "leaves_on": _("Last day"),
        "cut_off_on": _("Points count until"),
        "carrier": _("Open points are carried by"),
        "guarantee_cents": _("Guarantee"),
        "payments": _("Payments"),
        "booked": _("Booked"),
        "known": _("Known already"),
        "waiting": _("Not final yet"),
        "unknown": _("For nobody"),
    } | terms.fields()


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        if name == "fields":
            return ", ".join(terms.fields().get(one, one) for one in value)
        return " → ".join(_value(name, one) for one in value)
    if name == "cents" or name.endswith("_cents"):
        return str(format_currency(Decimal(value) / 100, "EUR", locale=get_locale()))
    if name.endswith("_ct"):
        return f"{paper.number(Decimal(value))} ct"
    if name.endswith("_bp"):
        return paper.percent(value)
    if name.endswith("_on") or name == "valid_from":
        return paper.day(date.fromisoformat(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(format_decimal(value))
    return _words().get(name, {}).get(value, str(value))


def _words() -> dict[str, dict[str, str]]:
    """Codes that stand for words, by the fact they are in."""
    return {
        "funding": terms.fundings(), "breakage": terms.breakages(), "redeemer_supplies": terms.suppliers(),
        "carrier": {"partner": _("the partner"), "operator": _("the coalition")},
        "reason": adjustment_names() | correction_names(),
    }  # fmt: skip
