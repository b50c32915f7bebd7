"""Settlement."""

from flask import render_template

from partners.admin import admin
from partners.signed_in import staff_only


@admin.get("/settlement")
@staff_only("admin")
def settlement() -> str:
    """Settlement."""
    return render_template("admin/settlement.html")
