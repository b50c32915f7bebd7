"""Objections: a partner says that a statement is wrong, and gets an answer. What is put right is a correction.

Words are business letters between companies: they may be changed and deleted, the books never quote them.
"""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.people import deeds
from partners.settlement import closing, corrections, runs
from partners.settlement.models import Objection, Paper, SettlementLine, SettlementRun

NewId = Callable[[], UUID]
LONGEST = 2000


def object_to(
    session: Session, run_id: UUID, partner_id: UUID, words: str, staff_id: UUID, at: datetime, new_id: NewId
) -> UUID:
    """Open a case about what a released run says to this partner; its id.

    Raises Missing `run_unknown`, also where the run says nothing to this partner or is not released; Conflict
    `objection_late` (fact `until`, the last day), `objection_open` while an earlier one waits; Invalid `words_invalid`.
    """
    run = _shown_to(session, run_id, partner_id)
    said, last = clean_words(words, "words"), until(session, run, partner_id)
    if closing.today(session, at) > last:
        raise Conflict("objection_late", "run", until=last)
    row = upsert(Objection).values(
        id=new_id(),
        run_id=run_id,
        partner_id=partner_id,
        words=said,
        raised_by=staff_id,
        raised_at=at,
    )
    # Of two at once the second waits for the first here, and finds it open.
    number = session.scalar(row.on_conflict_do_nothing().returning(Objection.id))
    if number is None:
        raise Conflict("objection_open", "run")
    facts = {"run": str(run_id)}
    deeds.note(session, "objection_raised", staff_id, at, new_id, number, partner_id, facts)
    return number


def answer(
    session: Session,
    objection_id: UUID,
    upheld: bool,
    words: str,
    cents: int | None,
    staff_id: UUID,
    at: datetime,
    new_id: NewId,
) -> UUID | None:
    """Close a case, once. Upheld with `cents` (in the partner's favour) it makes a correction, which a second person
    must approve; that one's id. Rejected it needs words; upheld they may be empty.

    Raises Missing `objection_unknown`, Conflict `objection_answered`, Invalid `words_invalid`, `amount_invalid`.
    """
    objection = get(session, objection_id, lock=True)
    if objection.state != "open":
        raise Conflict("objection_answered", "objection")
    if cents is not None and not upheld:
        raise Invalid("amount_invalid", "cents")
    if cents is not None:
        corrections.check_cents(cents)
    said = clean_words(words, "answer") if words.strip() or not upheld else None
    state = "upheld" if upheld else "rejected"
    change = update(Objection).where(Objection.id == objection_id)
    session.execute(change.values(state=state, answer=said, answered_by=staff_id, answered_at=at))
    deeds.note(session, f"objection_{state}", staff_id, at, new_id, objection_id, objection.partner_id)
    if cents is None:
        return None
    partner_id = objection.partner_id
    return corrections.make(session, partner_id, cents, "objection", staff_id, at, new_id, objection_id)


def until(session: Session, run: SettlementRun, partner_id: UUID) -> date:
    """The last local day on which a partner may object to a released run: `objection_days` after its release.

    A statement issued later, or anew, names a later day, and what it says counts.
    """
    assert run.released_at is not None
    issued = select(func.max(Paper.issued_on)).where(
        Paper.run_id == run.id, Paper.partner_id == partner_id, Paper.kind == "statement"
    )
    released = closing.today(session, run.released_at)
    return max(released, session.scalar(issued) or released) + timedelta(days=run.objection_days)


def get(
    session: Session, objection_id: UUID, partner_id: UUID | None = None, lock: bool = False
) -> Objection:
    """The case; with `partner_id` only when it is that partner's. Raises Missing `objection_unknown`."""
    wanted = select(Objection).where(Objection.id == objection_id).execution_options(populate_existing=True)
    found = session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None or partner_id not in (None, found.partner_id):
        raise Missing("objection_unknown", "objection")
    return found


def open_ones(session: Session) -> list[Objection]:
    """What waits for an answer, oldest first."""
    return _listed(session, Objection.state == "open")


def of_partner(session: Session, partner_id: UUID) -> list[Objection]:
    """All cases of a partner, oldest first."""
    return _listed(session, Objection.partner_id == partner_id)


def clean_words(words: str, field: str) -> str:
    """1 to 2,000 printable characters and line ends, composed (NFC). Raises Invalid `words_invalid`."""
    clean = unicodedata.normalize("NFC", words.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not 1 <= len(clean) <= LONGEST or not all(_printable(sign) for sign in clean):
        raise Invalid("words_invalid", field, longest=LONGEST)
    return clean


def _printable(sign: str) -> bool:
    return sign == "\n" or (unicodedata.category(sign)[0] != "C" and sign not in "\u2028\u2029")


def _shown_to(session: Session, run_id: UUID, partner_id: UUID) -> SettlementRun:
    """The run, as far as this partner may know of it."""
    run = runs.get(session, run_id)
    line = select(SettlementLine.run_id).where(
        SettlementLine.run_id == run_id, SettlementLine.partner_id == partner_id
    )
    if run.state != "released" or not session.scalar(select(exists(line))):
        raise Missing("run_unknown", "run")
    return run


def _listed(session: Session, which: ColumnElement[bool]) -> list[Objection]:
    rows = select(Objection).where(which).order_by(Objection.raised_at, Objection.id)
    return list(session.scalars(rows.execution_options(populate_existing=True)))
