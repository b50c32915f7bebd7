"""Everything of a statement to take along: papers, movements, bookings for DATEV, the sealed export and its verifier.

Whatever is refused leads back to the statement, which says why.
"""

from collections.abc import Callable, Iterable
from importlib.resources import files
from uuid import UUID

from flask import Response, stream_with_context

from loyalty.db import transact
from loyalty.errors import Conflict, Invalid
from partners import signed_in
from partners.office import office, own
from partners.office.statement import refused
from partners.settlement import (
    booked,
    closing,
    drawing,
    exports,
    movements,
    papers,
    sheets,
)
from partners.settlement.content import Statement
from partners.settlement.models import SettlementRun
from partners.signed_in import session, staff_only

BOOKS = "text/csv; charset=windows-1252"
LINES = "application/x-ndjson"
SCRIPT = "text/x-python; charset=utf-8"


@office.get("/papers/<uuid:paper_id>.<form>")
@staff_only("owner", "accountant")
def paper(paper_id: UUID, form: str) -> Response:
    """One of the own papers in a format; a PDF opens, all else is saved."""
    found, at = papers.get(session(), paper_id, own.partner_id()), signed_in.now()

    def drawn() -> Response:
        content = transact(lambda writing: drawing.file(writing, found, form, at))
        return _file(content, drawing.MIME[form], f"{found.name}.{form}", opens=form == "pdf")

    return _given(found.run_id, drawn)


@office.get("/statements/<uuid:run_id>/movements.csv")
@staff_only("owner", "accountant")
def movements_csv(run_id: UUID) -> Response:
    """All movements, row by row."""
    run, content = _statement(run_id)
    rows = sheets.csv_stream(content, movements.of_run(session(), run, own.partner_id()))
    return _file(stream_with_context(rows), drawing.MIME["csv"], _name(run, content, "movements.csv"))


@office.get("/statements/<uuid:run_id>/movements.xlsx")
@staff_only("owner", "accountant")
def movements_xlsx(run_id: UUID) -> Response:
    """The statement with all its movements as a workbook."""
    run, content = _statement(run_id)
    book = sheets.xlsx(content, movements.of_run(session(), run, own.partner_id()))
    return _file(book, drawing.MIME["xlsx"], _name(run, content, "movements.xlsx"))


@office.get("/statements/<uuid:run_id>/export.json")
@staff_only("owner", "accountant")
def export(run_id: UUID) -> Response:
    """The chain of this run, own movements in full: what `verify.py` reads."""
    run = own.run(session(), run_id)

    def exported() -> Response:
        rows = exports.export(session(), own.partner_id(), run.first_sequence, run.last_sequence)
        return _file(stream_with_context(rows), LINES, "export.json")

    return _given(run_id, exported)


@office.get("/statements/<uuid:run_id>/verify.py")
@staff_only("owner", "accountant")
def verifier(run_id: UUID) -> Response:
    """The program that checks an export, as it is."""
    own.run(session(), run_id)
    return _file((files("partners.settlement") / "verify.py").read_bytes(), SCRIPT, "verify.py")


@office.get("/statements/<uuid:run_id>/datev.csv")
@staff_only("owner", "accountant")
def bookings_csv(run_id: UUID) -> Response:
    """What the statement and its invoices are in the own books, for DATEV."""
    run = own.run(session(), run_id)

    def made() -> Response:
        content = booked.for_partner(session(), run, own.partner_id(), signed_in.now())
        return _file(content, BOOKS, f"EXTF_Emma_{run.period}_{run.names[str(own.partner_id())][0]}.csv")

    return _given(run_id, made)


def _given(run_id: UUID, make: Callable[[], Response]) -> Response:
    """The file, or the statement with the reason why there is none."""
    try:
        return make()
    except (Conflict, Invalid) as refusal:
        return refused(run_id, refusal)


def _statement(run_id: UUID) -> tuple[SettlementRun, Statement]:
    run = own.run(session(), run_id)
    return run, own.statement(session(), run, closing.today(session(), signed_in.now()))


def _name(run: SettlementRun, content: Statement, what: str) -> str:
    return f"emma-{run.period}-{content.partner.code}-{what}"


def _file(
    content: bytes | Iterable[bytes] | Iterable[str], kind: str, name: str, opens: bool = False
) -> Response:
    answer = Response(content, content_type=kind)
    answer.headers.set("Content-Disposition", "inline" if opens else "attachment", filename=name)
    return answer
