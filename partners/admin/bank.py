"""Files for the bank and from it: to download, and to take in what a bank says of the payments."""

from datetime import datetime
from uuid import UUID

from flask import Response, flash, g, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from partners.admin import admin
from partners.admin.payments import page
from partners.admin.run import page as run_page
from partners.settlement import booked, incoming, runs
from partners.settlement.incoming import TakenIn
from partners.settlement.legs import NewId
from partners.settlement.models import BankFile
from partners.signed_in import STATUS, act, now, session, staff_only


@admin.post("/payments/bank")
@staff_only("admin")
def take_in() -> Response:
    """Book what a camt file says. The same one again books nothing."""
    sent, who = request.files.get("file"), current_user.id
    content = sent.read() if sent else b""

    def work(session: Session, at: datetime, new_id: NewId) -> TakenIn:
        if not content:
            raise Invalid("file_missing", "file")
        return incoming.take_in(session, content, who, at, new_id)

    return act(work, _("The file is taken in."), _tell, page)


@admin.get("/payments/files/<uuid:file_id>.xml")
@staff_only("admin")
def bank_file(file_id: UUID) -> Response:
    """One file as it was made or came. Raises Missing `bank_file_unknown`."""
    found = session().get(BankFile, file_id)
    if found is None:
        raise Missing("bank_file_unknown", "file")
    answer = Response(found.content, content_type="application/xml")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{found.kind}-{found.message_id}.xml")
    return answer


@admin.get("/settlement/runs/<uuid:run_id>/datev.csv")
@staff_only("admin")
def bookings(run_id: UUID) -> Response:
    """The run in the operator's books, for DATEV; or the run's page with the reason why not."""
    run = runs.get(session(), run_id)
    try:
        content = booked.for_operator(session(), run, now())
    except (Conflict, Invalid) as refusal:
        g.refusal = refusal
        return make_response(run_page(run_id), STATUS[type(refusal)])
    answer = Response(content, content_type="text/csv; charset=windows-1252")
    answer.headers.set("Content-Disposition", "attachment", filename=f"EXTF_Emma_{run.period}_operator.csv")
    return answer


def _tell(taken: TakenIn) -> str:
    """Say what the file brought, on the page that comes next."""
    told = [
        ngettext("%(num)s payment booked", "%(num)s payments booked", taken.booked),
        ngettext("%(num)s known before", "%(num)s known before", taken.known),
        ngettext("%(num)s not final yet", "%(num)s not final yet", taken.waiting),
        ngettext("%(num)s that belongs to nobody", "%(num)s that belong to nobody", taken.unknown),
    ]
    flash(", ".join(told) + ".")
    return url_for("admin.payments")
