"""Audit log."""

from flask import render_template

from partners.admin import admin
from partners.signed_in import staff_only


@admin.get("/log")
@staff_only("admin")
def log() -> str:
    """Audit log."""
    return render_template("admin/log.html")
