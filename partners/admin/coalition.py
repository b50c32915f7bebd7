"""The coalition itself: what new contracts start from, how runs are paid, and the company that runs it."""

from datetime import datetime
from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from partners.admin import admin, terms, typed
from partners.admin.partner import countries
from partners.settlement import coalition as settings_of
from partners.settlement import companies, roster
from partners.settlement.charts import CHARTS
from partners.signed_in import act, session, staff_only


@admin.get("/coalition")
@staff_only("admin")
def coalition() -> str:
    """Settings and company."""
    return _page()


@admin.post("/coalition")
@staff_only("admin")
def change_coalition() -> Response:
    """Change the settings, for all that is to come."""
    given, who = request.form, current_user.id

    def work(session: Any, at: datetime, new_id: settings_of.NewId) -> None:
        settings_of.change(session, typed.settings(given), who, at, new_id)

    return act(work, _("The settings are kept."), url_for("admin.coalition"), _page)


@admin.post("/coalition/company")
@staff_only("admin")
def enter_operator() -> Response:
    """Enter the company that runs the coalition, or change it."""
    given, who = request.form, current_user.id

    def work(session: Any, at: datetime, new_id: companies.NewId) -> None:
        companies.put(session, None, typed.company(given), who, at, new_id)

    to = url_for("admin.coalition", _anchor="company")
    return act(work, _("The company's data are kept."), to, _page)


def _page() -> str:
    company = companies.entered(session(), None)
    name = companies.operator(session()).legal_name
    now, refusal = settings_of.settings(session()), typed.refusal()
    form = typed.form("settings", "admin.change_coalition", typed.settings_values(now), refusal)
    entered = typed.form("company", "admin.enter_operator", typed.company_values(company, name), refusal)
    return render_template(
        "admin/coalition.html",
        form=form,
        company_form=entered,
        **typed.told(refusal, form, entered),
        funding_fixed=settings_of.is_funding_fixed(session()),
        funding=now.funding,
        lacking=terms.named(roster.missing(company, collects=True)),
        charts=list(CHARTS),
        countries=countries(),
        **terms.vocabulary(),
    )
