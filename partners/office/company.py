"""The own company as it stands on papers: name, address, taxes, account, the tax adviser's numbers. Owners only."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime

from babel import Locale
from flask import Response, g, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from partners import forms, refusals
from partners.office import office, own
from partners.settlement import companies, mandates
from partners.settlement.charts import CHARTS
from partners.settlement.companies import CompanyIn
from partners.settlement.models import Company
from partners.signed_in import act, session, staff_only

TEXTS = ("vat_id", "tax_number", "email", "iban", "bic")
WORDS = ("legal_name", "street", "post_code", "city", "country", "language", "chart")
SHOWN = (*WORDS, *TEXTS, "datev_consultant", "datev_client")
NEW = {"country": "DE", "language": "de", "chart": "SKR03"}


@office.get("/company")
@staff_only("owner")
def company() -> str:
    """What was entered; nothing yet: an empty form with the partner's name."""
    return _page()


@office.post("/company")
@staff_only("owner")
def enter_company() -> Response:
    """Enter the company, or change it."""
    given, who, whose = request.form, current_user.id, own.partner_id()

    def work(session: Session, at: datetime, new_id: companies.NewId) -> None:
        entered = _read(given, companies.entered(session, whose))
        companies.put(session, whose, entered, who, at, new_id)

    return act(work, _("Your company's data are kept."), url_for("office.company"), _page)


def _read(given: Mapping[str, str], before: Company | None) -> CompanyIn:
    """The form. What it does not ask for stays. Raises Invalid `number_invalid`."""
    return CompanyIn(
        **{name: given.get(name, "") for name in WORDS},
        **{name: given.get(name, "").strip() or None for name in TEXTS},
        small_business=given.get("small_business") == "1",
        datev_consultant=_number(given, "datev_consultant"),
        datev_client=_number(given, "datev_client"),
        creditor_id=before.creditor_id if before else None,
    )  # fmt: skip


def _number(given: Mapping[str, str], field: str) -> int | None:
    text = given.get(field, "")
    return forms.whole(text, field) if text.strip() else None


def _page() -> str:
    refusal = g.pop("refusal", None)
    before = companies.entered(session(), own.partner_id())
    return render_template(
        "office/company.html",
        values=_values(before),
        small_business=_is_small(before),
        countries=_countries(),
        charts=list(CHARTS),
        mandate=mandates.live(session(), own.partner_id()),
        refused=refusals.words(refusal) if refusal else None,
        wrong=refusal.field if refusal else None,
    )


def _values(before: Company | None) -> dict[str, object]:
    """As they were typed, else as they are kept."""
    if request.method == "POST":
        return {name: request.form.get(name, "") for name in SHOWN}
    if before is None:
        return {"legal_name": companies.of(session(), own.partner_id()).legal_name, **NEW}
    return {name: getattr(before, name) for name in SHOWN}


def _is_small(before: Company | None) -> bool:
    if request.method == "POST":
        return request.form.get("small_business") == "1"
    return before is not None and before.small_business


def _countries() -> list[tuple[str, str]]:
    """Codes and names in the reader's language, by name."""
    territories = (get_locale() or Locale("de")).territories
    named = ((code, str(territories[code])) for code in companies.COUNTRIES)
    return sorted(named, key=lambda one: unicodedata.normalize("NFKD", one[1]))  # Ö beside O
