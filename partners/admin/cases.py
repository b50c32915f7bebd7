"""Cases."""

from flask import render_template

from partners.admin import admin
from partners.signed_in import staff_only


@admin.get("/cases")
@staff_only("admin")
def cases() -> str:
    """Cases."""
    return render_template("admin/cases.html")
