"""Corrections: made by one, approved by another, and in the next run to the cent."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.errors import Conflict, Forbidden, Invalid, Missing
from loyalty.models.oversight import AuditLog
from partners.settlement import corrections, runs
from partners.settlement.models import Correction
from tests.coalition import day, open_coalition

AT = day(1, 20)


@pytest.fixture
def coalition(session):
    """Only the books shop sells anything, in January and in February."""
    opened = open_coalition(session)
    opened.buy(session, "anna", "books", 10_000, day(1, 10))
    opened.buy(session, "anna", "books", 10_000, day(2, 10))
    session.commit()
    return opened


@pytest.fixture
def make(session, coalition):
    """`make(cents)`: the first admin makes one for the baker. Commits."""

    def made(cents, reason="wrong_fee", **more):
        partner_id = more.pop("partner_id", coalition.partner("baker"))
        number = corrections.make(
            session, partner_id, cents, reason, coalition.admins[0], AT, in_order(AT), **more
        )
        session.commit()
        return number

    return made


@pytest.fixture
def approve(session, coalition):
    def approved(number, who=1):
        corrections.approve(session, number, coalition.admins[who], AT, in_order(AT))
        session.commit()

    return approved


def counts(session):
    session.rollback()
    return [session.scalar(select(func.count()).select_from(table)) for table in (Correction, AuditLog)]


def test_it_is_taken_into_the_next_run(session, coalition, make, approve) -> None:
    approve(make(1_234))
    approve(make(-34))
    late = make(500)
    run_id = coalition.settle(session, "2026-01", day(2, 1))
    assert coalition.positions(session, run_id)["baker"] == 1_200
    run = runs.get(session, run_id)
    assert run.figures["correction"] == -1_200
    approve(late)
    again = coalition.settle(session, "2026-02", day(3, 1))
    assert coalition.positions(session, again)["baker"] == 500
    taken = [(one.cents, one.run_id) for one in corrections.of_partner(session, coalition.partner("baker"))]
    assert sorted(taken) == [(-34, run_id), (500, again), (1_234, run_id)]


def test_a_run_withdrawn_gives_it_back(session, coalition, make, approve) -> None:
    approve(make(700))
    run_id = runs.prepare(session, "2026-01", coalition.admins[0], day(2, 1), in_order(day(2, 1)))
    runs.withdraw(session, run_id, coalition.admins[0], day(2, 1), in_order(day(2, 1)))
    session.commit()
    again = coalition.settle(session, "2026-01", day(2, 2))
    assert coalition.positions(session, again)["baker"] == 700


def test_what_waits_is_in_no_run(session, coalition, make) -> None:
    number = make(700)
    run_id = coalition.settle(session, "2026-01", day(2, 1))
    assert coalition.positions(session, run_id)["baker"] == 0
    assert [one.id for one in corrections.waiting(session)] == [number]


def test_who_made_it_may_not_approve_it(session, make, approve) -> None:
    number = make(100)
    before = counts(session)
    with pytest.raises(Forbidden, match="approved_by_maker"):
        approve(number, 0)
    assert counts(session) == before and corrections.get(session, number).approved_at is None


def test_approving_twice_is_once_also_at_the_same_time(act, session, coalition, make) -> None:
    number = make(100)

    def one(place):
        act(lambda s: corrections.approve(s, number, coalition.owners["baker"], AT, in_order(AT)))

    before = counts(session)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, range(4)))
    assert counts(session) == [before[0], before[1] + 1]
    assert corrections.waiting(session) == []


@pytest.mark.parametrize(
    ("cents", "reason", "code", "field"),
    [
        (0, "goodwill", "amount_invalid", "cents"),
        (10_000_001, "goodwill", "amount_invalid", "cents"),
        (-10_000_001, "goodwill", "amount_invalid", "cents"),
        (5, "because", "reason_unknown", "reason"),
    ],
)
def test_what_cannot_be_made_leaves_no_trace(session, make, cents, reason, code, field) -> None:
    before = counts(session)
    with pytest.raises(Invalid) as refusal:
        make(cents, reason)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert counts(session) == before


def test_the_limits_are_allowed(session, make) -> None:
    numbers = {make(10_000_000), make(-10_000_000)}
    assert {one.id for one in corrections.waiting(session)} == numbers


def test_nobodys_partner_objection_or_correction_is_missing(session, make, approve) -> None:
    before = counts(session)
    with pytest.raises(Missing, match="partner_unknown"):
        make(5, partner_id=uuid4())
    session.rollback()
    with pytest.raises(Missing, match="objection_unknown"):
        make(5, objection_id=uuid4())
    session.rollback()
    with pytest.raises(Missing, match="correction_unknown"):
        approve(uuid4())
    assert counts(session) == before


def test_one_that_waits_can_be_dropped_one_that_counts_cannot(session, coalition, make, approve) -> None:
    wrong, right = make(99), make(100)
    corrections.drop(session, wrong, coalition.admins[1], AT, in_order(AT))
    session.commit()
    approve(right)
    before = counts(session)
    with pytest.raises(Conflict, match="correction_approved"):
        corrections.drop(session, right, coalition.admins[0], AT, in_order(AT))
    assert counts(session) == before
    run_id = coalition.settle(session, "2026-01", day(2, 1))
    assert coalition.positions(session, run_id)["baker"] == 100


def test_deeds_tell_who_and_how_much(session, coalition, make, approve) -> None:
    number = make(-250, "agreed")
    approve(number)
    dropped = make(7, "goodwill")
    corrections.drop(session, dropped, coalition.admins[0], AT, in_order(AT))
    first, second = coalition.admins
    baker = coalition.partner("baker")
    noted = [
        (row.action, row.staff_id, row.object_id, row.partner_id, row.facts)
        for row in session.scalars(select(AuditLog).order_by(AuditLog.id))
        if row.action.startswith("correction")
    ]
    assert sorted(noted, key=str) == [
        ("correction_approved", second, number, baker, {"cents": -250, "reason": "agreed"}),
        ("correction_dropped", first, dropped, baker, {"cents": 7, "reason": "goodwill"}),
        *sorted(
            [
                ("correction_made", first, number, baker, {"cents": -250, "reason": "agreed"}),
                ("correction_made", first, dropped, baker, {"cents": 7, "reason": "goodwill"}),
            ],
            key=str,
        ),
    ]
