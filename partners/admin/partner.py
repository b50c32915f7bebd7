"""One partner: versions of its contract, exposure, company, mandate and exit, each with the form that changes it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from babel import Locale
from flask import Response, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from loyalty.errors import LoyaltyError, Missing
from partners import contracts, forms, signed_in
from partners.admin import admin, terms, typed
from partners.admin.typed import Form
from partners.models import ContractVersion
from partners.settlement import admission, closing, companies, exits, mandates, roster
from partners.settlement.charts import CHARTS
from partners.signed_in import Work, act, session, staff_only


@admin.get("/partners/<uuid:partner_id>")
@staff_only("admin")
def partner(partner_id: UUID) -> str:
    """All about one partner. Missing ones are a 404."""
    return _page(partner_id)


@admin.post("/partners/<uuid:partner_id>/contract")
@staff_only("admin")
def add_contract(partner_id: UUID) -> Response:
    """A new version of the contract, from tomorrow on at the earliest."""
    given, who = request.form, current_user.id

    def work(session: Any, at: datetime, new_id: admission.NewId) -> None:
        starts_on = forms.day(given.get("valid_from", ""), "valid_from")
        admission.agree(session, partner_id, starts_on, typed.offer(given), who, at, new_id)

    return _act(partner_id, "contract", work, _("The new version is agreed."))


@admin.post("/partners/<uuid:partner_id>/company")
@staff_only("admin")
def enter_partner_company(partner_id: UUID) -> Response:
    """Enter the partner's company, or change it."""
    given, who = request.form, current_user.id

    def work(session: Any, at: datetime, new_id: companies.NewId) -> None:
        companies.put(session, partner_id, typed.company(given), who, at, new_id)

    return _act(partner_id, "company", work, _("The company's data are kept."))


@admin.post("/partners/<uuid:partner_id>/mandate")
@staff_only("admin")
def sign_mandate(partner_id: UUID) -> Response:
    """Note a mandate that lies here on paper; it takes the place of the one before."""
    given, who = request.form, current_user.id
    reference, scheme = given.get("reference", "").strip(), given.get("scheme", "")

    def work(session: Any, at: datetime, new_id: mandates.NewId) -> None:
        signed_on = forms.day(given.get("signed_on", ""), "signed_on")
        mandates.sign(session, partner_id, reference, scheme, signed_on, who, at, new_id)

    return _act(partner_id, "mandate", work, _("The mandate is noted."))


@admin.post("/partners/<uuid:partner_id>/mandate/<uuid:mandate_id>/revoke")
@staff_only("admin")
def revoke_mandate(partner_id: UUID, mandate_id: UUID) -> Response:
    """Collect on it no more."""
    who = current_user.id

    def work(session: Any, at: datetime, new_id: mandates.NewId) -> None:
        if mandate_id not in {one.id for one in mandates.listed(session, partner_id)}:
            raise Missing("mandate_unknown", "mandate")
        mandates.revoke(session, mandate_id, who, at, new_id)

    return _act(
        partner_id, "mandate", work, _("The mandate is revoked. Nothing is collected on it any more.")
    )


@admin.post("/partners/<uuid:partner_id>/exit")
@staff_only("admin")
def give_notice(partner_id: UUID) -> Response:
    """Note that the partner leaves."""
    given, who = request.form, current_user.id

    def work(session: Any, at: datetime, new_id: exits.NewId) -> None:
        days = [forms.day(given.get(name, ""), name) for name in ("leaves_on", "cut_off_on")]
        guarantee = forms.cents(given.get("guarantee_cents", "").strip() or "0", "guarantee_cents")
        exits.give_notice(session, partner_id, *days, given.get("carrier", ""), guarantee, who, at, new_id)

    return _act(partner_id, "exit", work, _("The exit is noted."))


@admin.post("/partners/<uuid:partner_id>/exit/close")
@staff_only("admin")
def close_exit(partner_id: UUID) -> Response:
    """Put the exit behind, once nothing of the partner is open any more."""
    who = current_user.id
    return _act(
        partner_id,
        "exit",
        lambda session, at, new_id: exits.close(session, partner_id, who, at, new_id),
        _("The exit is closed. The guarantee may be given back."),
    )


def _act(partner_id: UUID, section: str, work: Work, done: str) -> Response:
    to = url_for("admin.partner", partner_id=partner_id, _anchor=section)
    return act(work, done, to, lambda: _page(partner_id))


def _page(partner_id: UUID) -> str:
    at = signed_in.now()
    today = closing.today(session(), at)
    entry = roster.of(session(), partner_id, at)
    versions, refusal = contracts.versions(session(), partner_id), typed.refusal()
    sheets = _forms(entry, versions, refusal)
    return render_template(
        "admin/partner.html",
        entry=entry,
        lacking=terms.named(entry.missing),
        versions=versions,
        rows=terms.rows(),
        at=at,
        today=today,
        tomorrow=today + timedelta(days=1),
        mandates=mandates.listed(session(), partner_id),
        charts=list(CHARTS),
        countries=countries(),
        still_open=_still_open(refusal),
        **sheets,
        **typed.told(refusal, *sheets.values()),
        **terms.vocabulary(),
    )


def _forms(
    entry: roster.Entry, versions: list[ContractVersion], refusal: LoyaltyError | None
) -> dict[str, Form]:
    """A new version starts from the latest one there is, which need not be in force yet."""
    number = len(mandates.listed(session(), entry.partner.id)) + 1
    offered = typed.offer_values(versions[0] if versions else None)
    entered = typed.company_values(entry.company, entry.partner.name)
    signed = {"reference": f"EMMA-{entry.partner.code.upper()}-{number}"[:35]}
    stored: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
        ("contract", "admin.add_contract", offered),
        ("company", "admin.enter_partner_company", entered),
        ("mandate", "admin.sign_mandate", signed),
        ("exit", "admin.give_notice", {"carrier": "partner"}),
    )
    return {f"{name}_form": typed.form(name, endpoint, values, refusal) for name, endpoint, values in stored}


def _still_open(refusal: LoyaltyError | None) -> list[str]:
    """What keeps the exit that was just tried from being closed."""
    names = {
        "runs": _("a run up to its cut-off"), "legs": _("a payment"), "flows": _("movements that no run has"),
        "points": _("points at its cost"), "objections": _("an objection"),
    }  # fmt: skip
    if refusal is None or refusal.code != "exit_open":
        return []
    return [names[one] for one in names if one in refusal.facts["open"]]  # type: ignore[operator]


def countries() -> list[tuple[str, str]]:
    """Codes and names in the reader's language, by name."""
    territories = (get_locale() or Locale("de")).territories
    return sorted(((code, territories[code]) for code in companies.COUNTRIES), key=lambda one: one[1])
