"""Partners: all of them with contract, exposure and what is missing; and taking a new one in."""

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from partners import signed_in
from partners.admin import admin, terms, typed
from partners.settlement import admission, roster
from partners.signed_in import act, session, staff_only


@admin.get("/partners")
@staff_only("admin")
def partners() -> str:
    """All partners, those who left last."""
    return _page()


@admin.post("/partners")
@staff_only("admin")
def open_partner() -> Response:
    """Take a partner in, with the coalition's own terms; then its page."""
    given, who = request.form, current_user.id
    code, name = given.get("code", "").strip(), given.get("name", "")
    shop = given.get("shop_name", "").strip() or name
    return act(
        lambda session, at, new_id: admission.open_partner(session, code, name, shop, who, at, new_id),
        _("%(name)s is in. Next: its company and its mandate.", name=name),
        lambda opened: url_for("admin.partner", partner_id=opened.partner_id),
        _page,
    )


def _page() -> str:
    entries, refusal = roster.listed(session(), signed_in.now()), typed.refusal()
    form = typed.form("new", "admin.open_partner", {}, refusal)
    return render_template(
        "admin/partners.html",
        entries=entries,
        form=form,
        **typed.told(refusal, form),
        **terms.vocabulary(),
    )
