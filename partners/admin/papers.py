"""Papers of a run for the coalition's own files: each format to open or save, and taking a wrong one back."""

from uuid import UUID

from flask import Response, g, make_response, url_for
from flask_babel import gettext as _
from flask_login import current_user

from loyalty.db import transact
from loyalty.errors import Conflict, Invalid
from partners import signed_in
from partners.admin import admin
from partners.admin.run import page
from partners.settlement import drawing, papers
from partners.signed_in import STATUS, act, session, staff_only


@admin.get("/settlement/papers/<uuid:paper_id>.<form>")
@staff_only("admin")
def paper(paper_id: UUID, form: str) -> Response:
    """A paper in a format, drawn now if nobody asked for it before; a PDF opens, all else is saved.

    Where it cannot be drawn, the run says why.
    """
    found, at = papers.get(session(), paper_id), signed_in.now()
    try:
        content = transact(lambda writing: drawing.file(writing, found, form, at))
    except (Conflict, Invalid) as refusal:
        g.refusal = refusal
        return make_response(page(found.run_id), STATUS[type(refusal)])
    answer = Response(content, content_type=drawing.MIME[form])
    shown = "inline" if form == "pdf" else "attachment"
    answer.headers.set("Content-Disposition", shown, filename=f"{found.name}.{form}")
    return answer


@admin.post("/settlement/papers/<uuid:paper_id>/cancel")
@staff_only("admin")
def cancel_paper(paper_id: UUID) -> Response:
    """Take it back by another one and issue it anew with today's data of the companies."""
    run_id, who = papers.get(session(), paper_id).run_id, current_user.id
    return act(
        lambda session, at, new_id: papers.cancel(session, paper_id, who, at, new_id),
        _("The paper is taken back and issued anew."),
        url_for("admin.run", run_id=run_id, _anchor="papers"),
        lambda: page(run_id),
    )
