"""Liability."""

from flask import render_template

from partners.admin import admin
from partners.signed_in import staff_only


@admin.get("/liability")
@staff_only("admin")
def liability() -> str:
    """Liability."""
    return render_template("admin/liability.html")
