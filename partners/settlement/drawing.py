"""Papers drawn as files: each format once, then kept as it was first given to anybody."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Missing
from loyalty.models.coalition import Coalition
from partners.settlement import einvoice, invoice_paper, movements, papers, runs, sheets, statement_paper
from partners.settlement.content import Advice, Invoice, Statement
from partners.settlement.models import Paper, PaperFile, SettlementRun, SettlementStep

INVOICE = ("pdf", "xml")
FORMATS: Mapping[str, tuple[str, ...]] = {
    "statement": ("pdf", "csv", "xlsx"), "fee_invoice": INVOICE, "fee_credit": INVOICE, "self_billed": INVOICE,
    "advice": ("pdf",),
}  # fmt: skip
MIME = {
    "pdf": "application/pdf", "xml": "application/xml", "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


def file(session: Session, paper: Paper, form: str, at: datetime) -> bytes:
    """The paper in a format, as it was drawn first. Needs an application context for its words.

    Raises Missing `format_unknown`, Conflict `papers_missing` where PDFs cannot be drawn.
    """
    if form not in FORMATS[paper.kind]:
        raise Missing("format_unknown", "form")
    kept = _kept(session, paper.id, form)
    if kept is None:
        row = upsert(PaperFile).values(
            paper_id=paper.id, format=form, content=_draw(session, paper, form), drawn_at=at
        )
        session.execute(row.on_conflict_do_nothing())  # two at once: the first one's is the paper
        kept = _kept(session, paper.id, form)
    assert kept is not None
    return kept


def undrawn(session: Session, run_id: UUID) -> list[tuple[UUID, str]]:
    """Papers of a run and the formats they were not drawn in yet."""
    kept = select(PaperFile.paper_id, PaperFile.format).join(Paper, Paper.id == PaperFile.paper_id)
    drawn = {tuple(row) for row in session.execute(kept.where(Paper.run_id == run_id))}
    wanted = [(paper.id, form) for paper in papers.of_run(session, run_id) for form in FORMATS[paper.kind]]
    return [one for one in wanted if one not in drawn]


def waiting(session: Session, since: datetime) -> list[UUID]:
    """Runs released since then whose papers are issued but not all drawn."""
    drawn = select(SettlementStep.run_id).where(SettlementStep.step == "files")
    issued = select(SettlementStep.run_id).where(SettlementStep.step == "documents")
    return list(
        session.scalars(
            select(SettlementRun.id)
            .where(
                SettlementRun.released_at >= since,
                SettlementRun.id.in_(issued),
                SettlementRun.id.not_in(drawn),
            )
            .order_by(SettlementRun.number)
        )
    )


def draw_all(session: Session, run_id: UUID, staff_id: UUID | None, at: datetime) -> None:
    """Draw what every paper of a run can be given as. Asked again: nothing.

    For a handful of partners; `config.settling.draw` goes file by file. Raises Missing `run_unknown`; Conflict
    `run_not_released`, `papers_not_issued`, `papers_missing` where PDFs cannot be drawn.
    """
    runs.released(session, run_id)
    if "documents" not in runs.steps(session, run_id):
        raise Conflict("papers_not_issued", "run")
    for paper_id, form in undrawn(session, run_id):
        file(session, papers.get(session, paper_id), form, at)
    runs.step(session, run_id, "files", staff_id, at)


def _kept(session: Session, paper_id: UUID, form: str) -> bytes | None:
    asked = select(PaperFile.content).where(PaperFile.paper_id == paper_id, PaperFile.format == form)
    content: bytes | None = session.scalar(asked)
    return content


def _draw(session: Session, paper: Paper, form: str) -> bytes:
    content = papers.content_of(paper)
    if isinstance(content, Invoice):
        xml = einvoice.xml(content)
        einvoice.check(xml)
        return xml if form == "xml" else invoice_paper.pdf(content, _accent(session))
    if isinstance(content, Advice):
        return statement_paper.advice_pdf(content)
    return _statement(session, paper, content, form)


def _statement(session: Session, paper: Paper, content: Statement, form: str) -> bytes:
    moved = movements.of_run(session, runs.get(session, paper.run_id), paper.partner_id)
    draw = {"pdf": statement_paper.pdf, "csv": sheets.csv, "xlsx": sheets.xlsx}[form]
    return draw(content, moved)


def _accent(session: Session) -> str | None:
    accent: str | None = session.scalar(select(Coalition.accent))
    return accent
