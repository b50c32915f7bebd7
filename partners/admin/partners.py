"""Partners."""

from flask import render_template

from partners.admin import admin
from partners.signed_in import staff_only


@admin.get("/partners")
@staff_only("admin")
def partners() -> str:
    """Partners."""
    return render_template("admin/partners.html")
