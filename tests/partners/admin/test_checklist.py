"""The checklist: what comes next, for whom, and what has to wait for what."""

from datetime import date
from uuid import uuid4

import pytest

from loyalty.rules.periods import period
from partners.admin import checklist
from partners.settlement.models import SettlementRun, SettlementStep
from tests.coalition import day

FIRST, SECOND = uuid4(), uuid4()
NEXT = {
    (): ("released", []),
    ("released",): ("documents", []),
    ("released", "documents"): ("files", ["cash"]),
    ("released", "documents", "cash"): ("files", ["booked"]),
    ("released", "documents", "files"): ("cash", []),
    ("released", "documents", "files", "cash"): ("booked", []),
    ("released", "documents", "files", "cash", "booked"): (None, []),
}


@pytest.fixture(autouse=True)
def speaking(app):
    with app.test_request_context():
        yield


def a_run(state: str = "prepared") -> SettlementRun:
    return SettlementRun(
        state=state, prepared_by=FIRST, prepared_at=day(3, 1), first_sequence=1, last_sequence=10
    )


def done(*names: str) -> dict[str, SettlementStep]:
    return {name: SettlementStep(step=name, staff_id=SECOND, at=day(3, 2)) for name in names}


@pytest.mark.parametrize("steps", NEXT)
def test_one_step_is_the_next_one(steps):
    listed = checklist.of_run(a_run("released" if steps else "prepared"), done(*steps), SECOND)
    now = [step.name for step in listed if step.state == "now"]
    possible = [step.name for step in listed if step.state == "next"]
    assert (next(iter(now), None), possible) == NEXT[steps] and len(now) <= 1
    assert [step.name for step in listed if step.may] == [*now, *possible]
    assert [step.name for step in listed] == list(checklist.titles())


def test_who_prepared_waits_for_somebody_else():
    (release,) = [step for step in checklist.of_run(a_run(), {}, FIRST) if step.name == "released"]
    assert release.state == "now" and not release.may and "jemand anders" in release.note


def test_after_a_withdrawal_nothing_comes():
    listed = checklist.of_run(a_run("withdrawn"), done("prepared", "withdrawn"), SECOND)
    assert {step.state for step in listed[3:]} == {"later"} and not any(step.may for step in listed)


def test_done_says_who_and_when():
    released = checklist.of_run(a_run("released"), done("released"), FIRST)[3]
    assert (released.state, released.staff_id, released.at) == ("done", SECOND, day(3, 2))


def test_a_run_in_which_nothing_moved_says_so():
    run = a_run()
    run.first_sequence, run.last_sequence = 11, 10
    assert checklist.of_run(run, {}, SECOND)[0].note == "Nichts hat sich bewegt."


@pytest.mark.parametrize(
    ("today", "waits", "may"),
    [(date(2026, 2, 28), False, False), (date(2026, 3, 1), False, True), (date(2026, 3, 1), True, False)],
)
def test_a_preview_is_prepared_from_the_day_after_unless_a_run_waits(today, waits, may):
    steps = {step.name: step for step in checklist.before_run(period("2026-02"), today, waits)}
    assert steps["prepared"].may == may and bool(steps["prepared"].note) != may
    assert steps["close"].state == ("done" if today > date(2026, 2, 28) else "now")
