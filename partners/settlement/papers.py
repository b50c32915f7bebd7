"""Papers of a run: issued once, all together, with gapless numbers; a mistake is cancelled by another paper."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.people import deeds
from partners.settlement import closing, drafts, einvoice, notices, runs
from partners.settlement.content import Advice, Invoice, Statement
from partners.settlement.drafts import Draft
from partners.settlement.freezing import freeze, thaw
from partners.settlement.models import Paper, PaperSeries, SettlementRun

NewId = Callable[[], UUID]
SERIES = {"statement": "AB", "fee_invoice": "RE", "fee_credit": "RK", "advice": "EA", "self_billed": "GS"}
KINDS: dict[str, type[Statement] | type[Invoice] | type[Advice]] = {
    "statement": Statement, "fee_invoice": Invoice, "fee_credit": Invoice, "self_billed": Invoice, "advice": Advice,
}  # fmt: skip


def issue(session: Session, run_id: UUID, staff_id: UUID | None, at: datetime, new_id: NewId) -> list[Paper]:
    """All papers of a released run, each with its number, and a mail to each partner. Asked again: the same ones.

    Raises Missing `run_unknown`; Conflict `run_not_released`; Invalid `company_incomplete` (company, missing), giving
    no number at all, when an invoice would lack what the law asks for.
    """
    run = runs.released(session, run_id)
    if "documents" not in runs.steps(session, run_id):
        day = closing.today(session, at)
        for partner_id, drawn in drafts.of_run(session, run, day):
            for draft in drawn:
                paper_id = _write(session, run, partner_id, draft, day, new_id)
                if draft.kind == "statement":
                    statement = content_of(get(session, paper_id))
                    assert isinstance(statement, Statement)
                    notices.announce(session, statement, at, new_id)
        runs.step(session, run_id, "documents", staff_id, at)
        deeds.note(session, "papers_issued", staff_id, at, new_id, run_id)
    return of_run(session, run_id)


def cancel(
    session: Session, paper_id: UUID, staff_id: UUID, at: datetime, new_id: NewId
) -> tuple[UUID, UUID]:
    """Take a paper back by another one and issue it anew with what is known of the companies today; both ids.

    The sums stay: they are the run's. Raises Missing `paper_unknown`, Conflict `paper_cancelled` the second time,
    `paper_cancels` for a paper that itself takes one back.
    """
    wrong = get(session, paper_id)
    if wrong.cancels_id is not None:
        raise Conflict("paper_cancels", "paper")
    run = runs.released(session, wrong.run_id)  # locked: of two who cancel at once the second sees the first
    if session.scalar(select(Paper.id).where(Paper.cancels_id == paper_id)):
        raise Conflict("paper_cancelled", "paper")
    day = closing.today(session, at)
    content = replace(content_of(wrong), cancels=wrong.name)
    if isinstance(content, Invoice):
        content = replace(content, cancels_on=wrong.issued_on)
    undone = _write(
        session, run, wrong.partner_id, Draft(wrong.kind, content), day, new_id, cancels_id=paper_id
    )
    fresh = _draft_like(session, run, wrong, day)
    anew = _write(session, run, wrong.partner_id, fresh, day, new_id, replaces_id=paper_id)
    deeds.note(session, "paper_cancelled", staff_id, at, new_id, paper_id, wrong.partner_id)
    return undone, anew


def _draft_like(session: Session, run: SettlementRun, wrong: Paper, day: date) -> Draft:
    """The paper of the same kind as it would be drawn up today. Raises Conflict `paper_not_due` when none would be."""
    for partner_id, drawn in drafts.of_run(session, run, day):
        if partner_id == wrong.partner_id:
            for draft in drawn:
                if draft.kind == wrong.kind:
                    return draft
    raise Conflict("paper_not_due", "paper")


def get(session: Session, paper_id: UUID, partner_id: UUID | None = None) -> Paper:
    """The paper; with `partner_id` only when it is that partner's. Raises Missing `paper_unknown`."""
    paper = session.get(Paper, paper_id)
    if paper is None or partner_id not in (None, paper.partner_id):
        raise Missing("paper_unknown", "paper")
    return paper


def of_run(session: Session, run_id: UUID, partner_id: UUID | None = None) -> list[Paper]:
    """Papers of a run, of one partner or all, by number."""
    asked = select(Paper).where(Paper.run_id == run_id)
    if partner_id is not None:
        asked = asked.where(Paper.partner_id == partner_id)
    return list(session.scalars(asked.order_by(Paper.series, Paper.number)))


def in_force(
    session: Session, run_id: UUID, partner_id: UUID | None = None
) -> list[Statement | Invoice | Advice]:
    """What stands on the papers of a run, without those taken back and those that took them back."""
    found = of_run(session, run_id, partner_id)
    cancelled = {paper.cancels_id for paper in found}
    return [content_of(paper) for paper in found if paper.cancels_id is None and paper.id not in cancelled]


def content_of(paper: Paper) -> Statement | Invoice | Advice:
    """What stands on it."""
    return thaw(KINDS[paper.kind], paper.content)


def _write(
    session: Session,
    run: SettlementRun,
    partner_id: UUID,
    draft: Draft,
    day: date,
    new_id: NewId,
    **links: Any,
) -> UUID:
    series = f"{SERIES[draft.kind]}-{day.year}"
    number = _next(session, series)
    name = f"{series}-{number:05}"
    paper_id = new_id()
    content = replace(draft.content, number=name, issued_on=day)
    if isinstance(content, Invoice):
        _refuse_incomplete(content)
    session.execute(
        insert(Paper).values(
            id=paper_id, series=series, number=number, name=name, kind=draft.kind, run_id=run.id,
            partner_id=partner_id, issued_on=day, content=freeze(content), **links,
        )
    )  # fmt: skip
    return paper_id


def _refuse_incomplete(invoice: Invoice) -> None:
    """Numbers are gapless, so an invoice that may not go out must not get one: the whole transaction fails."""
    try:
        einvoice.check(einvoice.xml(invoice))
    except Invalid as lacking:
        at_fault = invoice.seller if lacking.field == "seller" else invoice.buyer
        raise Invalid(
            "company_incomplete", "company", company=at_fault.legal_name, missing=lacking.code
        ) from lacking


def _next(session: Session, series: str) -> int:
    """The next number. The series' row stays locked until the paper is there, so none is lost or given twice."""
    row = upsert(PaperSeries).values(series=series, last=1)
    counted = row.on_conflict_do_update(index_elements=["series"], set_={"last": PaperSeries.last + 1})
    return session.scalars(counted.returning(PaperSeries.last)).one()


def names(papers: Sequence[Paper]) -> dict[UUID, str]:
    """Numbers by id, for papers that point at each other."""
    return {paper.id: paper.name for paper in papers}
