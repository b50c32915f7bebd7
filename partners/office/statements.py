"""Statements."""

from flask import render_template

from partners.office import office
from partners.signed_in import staff_only


@office.get("/statements")
@staff_only("owner", "accountant")
def statements() -> str:
    """Statements."""
    return render_template("office/statements.html")
