"""Payments."""

from flask import render_template

from partners.admin import admin
from partners.signed_in import staff_only


@admin.get("/payments")
@staff_only("admin")
def payments() -> str:
    """Payments."""
    return render_template("admin/payments.html")
