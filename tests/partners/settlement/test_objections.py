"""Objections: in time, one at a time, answered once, and what is put right waits for a second person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.errors import Conflict, Invalid, LoyaltyError, Missing
from loyalty.models.oversight import AuditLog
from partners.settlement import corrections, objections, papers, runs
from partners.settlement.models import Correction, Objection, Paper
from tests.coalition import day, open_coalition
from tests.partners.settlement.registered import register_all

RELEASED = day(2, 1)
IN_TIME = day(2, 10)


@pytest.fixture
def coalition(session):
    """Baker and drinks have lines in January's run, the books shop has none."""
    opened = open_coalition(session)
    opened.buy(session, "anna", "baker", 10_000, day(1, 10))
    opened.redeem(session, "anna", "drinks", 40, day(1, 12))
    session.commit()
    return opened


@pytest.fixture
def run_id(session, coalition):
    register_all(session, coalition)
    return coalition.settle(session, "2026-01", RELEASED, issue=True)


@pytest.fixture
def object_to(session, coalition, run_id):
    """`object_to()`: the baker's owner objects to January's run. Commits."""

    def raised(words="Die Retouren fehlen.", code="baker", at=IN_TIME, run=run_id):
        number = objections.object_to(
            session, run, coalition.partner(code), words, coalition.owners[code], at, in_order(at)
        )
        session.commit()
        return number

    return raised


@pytest.fixture
def answer(session, coalition):
    def answered(number, upheld, words="", cents=None, at=IN_TIME):
        made = objections.answer(session, number, upheld, words, cents, coalition.admins[0], at, in_order(at))
        session.commit()
        return made

    return answered


def counts(session):
    session.rollback()
    tables = (Objection, Correction, AuditLog)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_it_opens_a_case_with_the_partners_words(session, coalition, object_to, run_id) -> None:
    number = object_to("  Sehr geehrte Damen und Herren,\r\n\r\n40 Punkte fehlen.  ")
    case = objections.get(session, number)
    assert case.words == "Sehr geehrte Damen und Herren,\n\n40 Punkte fehlen."
    assert (case.run_id, case.partner_id, case.state) == (run_id, coalition.partner("baker"), "open")
    assert (case.raised_by, case.raised_at) == (coalition.owners["baker"], IN_TIME)
    assert [one.id for one in objections.open_ones(session)] == [number]
    assert [one.id for one in objections.of_partner(session, coalition.partner("baker"))] == [number]
    assert objections.of_partner(session, coalition.partner("drinks")) == []
    with pytest.raises(Missing, match="objection_unknown"):
        objections.get(session, number, coalition.partner("drinks"))


def test_upheld_makes_a_correction_for_a_second_person(session, coalition, object_to, answer) -> None:
    number = object_to()
    made = answer(number, True, "Sie haben recht.", 118)
    case, correction = objections.get(session, number), corrections.get(session, made)
    assert (case.state, case.answer, case.answered_by) == ("upheld", "Sie haben recht.", coalition.admins[0])
    assert (correction.cents, correction.reason, correction.objection_id) == (118, "objection", number)
    assert correction.partner_id == case.partner_id and correction.approved_at is None
    with pytest.raises(LoyaltyError, match="approved_by_maker"):
        corrections.approve(session, made, coalition.admins[0], IN_TIME, in_order(IN_TIME))
    corrections.approve(session, made, coalition.admins[1], IN_TIME, in_order(IN_TIME))
    session.commit()
    second = coalition.settle(session, "2026-02", day(3, 1))
    assert coalition.positions(session, second)["baker"] == 118


def test_upheld_may_come_without_money_and_words(session, object_to, answer) -> None:
    number = object_to()
    assert answer(number, True) is None
    assert (objections.get(session, number).state, objections.get(session, number).answer) == ("upheld", None)
    assert objections.open_ones(session) == []


def test_rejected_it_needs_words_and_moves_no_money(session, object_to, answer) -> None:
    number = object_to()
    before = counts(session)
    for words, cents, code in (
        ("", None, "words_invalid"),
        (" \n", None, "words_invalid"),
        ("Nein.", 5, "amount_invalid"),
    ):
        with pytest.raises(Invalid, match=code):
            answer(number, False, words, cents)
        assert counts(session) == before
    assert answer(number, False, "Die Retouren stehen im Februar.") is None
    assert objections.get(session, number).state == "rejected"


@pytest.mark.parametrize("cents", [0, 10_000_001])
def test_an_amount_that_cannot_be_leaves_the_case_open(session, object_to, answer, cents) -> None:
    number = object_to()
    before = counts(session)
    with pytest.raises(Invalid, match="amount_invalid"):
        answer(number, True, "Ja.", cents)
    assert counts(session) == before and objections.get(session, number).state == "open"


def test_it_is_answered_once_also_at_the_same_time(act, session, coalition, object_to) -> None:
    number = object_to()

    def one(place):
        try:
            return act(
                lambda s: objections.answer(
                    s, number, True, "", 50, coalition.admins[place % 2], IN_TIME, in_order(IN_TIME)
                )
            )
        except LoyaltyError as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(one, range(4)))
    assert results.count("objection_answered") == 3
    assert counts(session)[1] == 1
    with pytest.raises(Missing, match="objection_unknown"):
        objections.answer(session, uuid4(), True, "", None, coalition.admins[0], IN_TIME, in_order(IN_TIME))


def test_one_case_at_a_time_also_at_the_same_time(act, session, coalition, object_to, answer, run_id) -> None:
    def one(_):
        try:
            return act(
                lambda s: objections.object_to(
                    s, run_id, coalition.partner("baker"), "Nein.", coalition.owners["baker"], IN_TIME,
                    in_order(IN_TIME),
                )
            )  # fmt: skip
        except LoyaltyError as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(one, range(4)))
    assert results.count("objection_open") == 3
    before = counts(session)
    with pytest.raises(Conflict, match="objection_open"):
        object_to()
    assert counts(session) == before
    assert object_to(code="drinks")
    answer(objections.of_partner(session, coalition.partner("baker"))[0].id, False, "Doch.")
    assert object_to("Und noch etwas.")


def test_it_is_heard_until_the_last_local_day(session, object_to) -> None:
    # Released on 1 February, 30 days: the whole 3 March in Berlin.
    last = datetime(2026, 3, 3, 22, 59, tzinfo=UTC)
    before = counts(session)
    with pytest.raises(Conflict, match="objection_late") as refusal:
        object_to(at=last + timedelta(minutes=1))
    assert refusal.value.facts == {"until": date(2026, 3, 3)}
    assert counts(session) == before
    assert object_to(at=last)


def test_the_day_on_the_statement_counts(session, coalition, object_to, run_id) -> None:
    statement = session.scalars(
        select(Paper).where(Paper.kind == "statement", Paper.partner_id == coalition.partner("baker"))
    ).one()
    _, anew = papers.cancel(session, statement.id, coalition.admins[0], day(3, 2), in_order(day(3, 2)))
    session.commit()
    content = papers.content_of(papers.get(session, anew))
    assert content.objections_until == date(2026, 4, 1)
    assert objections.until(session, runs.get(session, run_id), coalition.partner("baker")) == date(
        2026, 4, 1
    )
    assert object_to(at=day(4, 1))
    with pytest.raises(Conflict, match="objection_late"):
        object_to(code="drinks", at=day(4, 1))


def test_a_run_that_says_nothing_to_the_partner_is_unknown(session, coalition, object_to) -> None:
    before = counts(session)
    prepared = runs.prepare(session, "2026-02", coalition.admins[0], day(3, 1), in_order(day(3, 1)))
    session.commit()
    for code, run in (("books", None), ("baker", uuid4()), ("baker", prepared)):
        with pytest.raises(Missing, match="run_unknown"):
            object_to(code=code, **({"run": run} if run else {}))
        session.rollback()
    assert counts(session)[:2] == before[:2]


@pytest.mark.parametrize(
    "words", ["", " \n ", "x" * 2001, "Glocke\a", "Tab\there", "a\u2028b", "\u202eabc", "\ud800"]
)
def test_words_are_printable_and_not_too_many(session, object_to, words) -> None:
    before = counts(session)
    with pytest.raises(Invalid, match="words_invalid") as refusal:
        object_to(words)
    assert refusal.value.field == "words"
    assert counts(session) == before


def test_two_thousand_characters_are_heard(session, object_to) -> None:
    assert objections.get(session, object_to("ä" * 2000)).words == "ä" * 2000


def test_deeds_are_noted_without_words(session, coalition, object_to, answer, run_id) -> None:
    number = object_to("Ein Geheimnis.")
    answer(number, False, "Noch eines.")
    other = object_to("Ein drittes.", code="drinks")
    answer(other, True)
    noted = {
        (row.action, row.staff_id, row.object_id, row.partner_id): row.facts
        for row in session.scalars(select(AuditLog))
        if row.action.startswith("objection")
    }
    admin, baker, drinks = coalition.admins[0], coalition.partner("baker"), coalition.partner("drinks")
    assert noted == {
        ("objection_raised", coalition.owners["baker"], number, baker): {"run": str(run_id)},
        ("objection_rejected", admin, number, baker): {},
        ("objection_raised", coalition.owners["drinks"], other, drinks): {"run": str(run_id)},
        ("objection_upheld", admin, other, drinks): {},
    }
