"""emma settle: prepared by one, released by another, run again without harm, killed anywhere and continued."""

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from sqlalchemy import func, select

from config import settings as config_settings
from partners.settlement.models import BankFile, Leg, Paper, PaperFile, SettlementLine, SettlementRun
from tests.coalition import open_coalition, worked
from tests.partners.settlement.registered import register_all

FIRST, SECOND = "first@street.example", "second@street.example"


@pytest.fixture
def emma(settings):
    """The command, in a process of its own, on this test's database."""
    environment = {**os.environ, **config_settings.environment(settings)}

    def line(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "config.cli", "settle", "--period", "2026-02", *arguments]

    def run(*arguments: str) -> Any:
        return subprocess.run(line(*arguments), env=environment, capture_output=True, text=True, timeout=120)

    run.start = lambda *arguments: subprocess.Popen(  # type: ignore[attr-defined]
        line(*arguments), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return run


@pytest.fixture
def coalition(session):
    coalition = open_coalition(session, expiry_months=1)
    register_all(session, coalition)
    worked(session, coalition)
    return coalition


def books(session) -> list[Any]:
    """All that a settlement writes, ids left out."""
    session.rollback()
    lines = select(SettlementLine.kind, SettlementLine.points, SettlementLine.cents).order_by(
        SettlementLine.partner_id, SettlementLine.place
    )
    return [
        session.execute(lines).all(),
        session.execute(select(Paper.name).order_by(Paper.name)).scalars().all(),
        session.execute(select(Leg.cents).order_by(Leg.cents)).scalars().all(),
        session.execute(select(BankFile.message_id).order_by(BankFile.message_id)).scalars().all(),
        session.execute(select(func.count()).select_from(PaperFile)).scalar_one(),
        session.execute(select(func.count()).select_from(SettlementRun)).scalar_one(),
    ]


def test_two_people_settle_a_month(emma, coalition, session) -> None:
    prepared = json.loads(emma("--as", FIRST, "--json").stdout)
    assert (prepared["state"], prepared["positions_cents"]) == (
        "prepared", {"baker": -1079, "books": -221, "drinks": -147},
    )  # fmt: skip
    assert sum(prepared["positions_cents"].values()) + sum(prepared["operator_cents"].values()) == 0
    refused = emma("--as", FIRST, "--release")
    assert (refused.returncode, "release_by_preparer" in refused.stderr) == (2, True)
    released = emma("--as", SECOND, "--release", "--json")
    assert released.returncode == 0, released.stderr
    facts = json.loads(released.stdout)
    assert facts["state"] == "released"
    assert facts["steps"] == ["cash", "documents", "files", "prepared", "released"]
    assert len(facts["papers"]) == 8
    before = books(session)
    again = emma("--as", SECOND, "--release")
    assert (again.returncode, "Papers: 8" in again.stdout) == (0, True)
    assert books(session) == before


def test_what_cannot_be_is_refused(emma, coalition, session) -> None:
    nobody = emma("--as", "owner@baker.example")
    assert (nobody.returncode, "admin_unknown" in nobody.stderr) == (2, True)
    unprepared = emma("--as", SECOND, "--release")
    assert (unprepared.returncode, "run_unknown" in unprepared.stderr) == (2, True)
    assert books(session)[-1] == 0


def test_papers_wait_for_a_company_without_address(emma, session) -> None:
    worked(session, open_coalition(session, expiry_months=1))
    emma("--as", FIRST)
    waiting = emma("--as", SECOND, "--release")
    assert (waiting.returncode, "company_incomplete" in waiting.stderr) == (1, True)
    assert session.scalar(select(SettlementRun.state)) == "released"


def test_promise_17_killed_anywhere_and_run_again_ends_the_same(emma, coalition, session) -> None:
    """Kill -9 after ever more time, until one gets through; the outcome is that of a run nobody touched."""
    delay, kills = 1.2, 0
    for stage, role in (("prepared", FIRST), ("released", SECOND)):
        arguments = ("--as", role, *(("--release",) if stage == "released" else ()))
        while True:
            process = emma.start(*arguments)
            try:
                process.wait(delay)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
                delay += 1.2
                time.sleep(0.05)
    assert kills >= 2
    assert emma("--as", SECOND, "--release").returncode == 0
    lines, papers, legs, files, drawn, runs = books(session)
    assert sum(row.cents for row in lines if row.kind != "fee") == -2000 + 750 + 160
    assert papers == [
        "AB-2026-00001", "AB-2026-00002", "AB-2026-00003", "EA-2026-00001", "EA-2026-00002",
        "RE-2026-00001", "RE-2026-00002", "RE-2026-00003",
    ]  # fmt: skip
    assert (legs, drawn, runs) == ([-1079, -221, -147], 17, 1)
    assert files == ["EMMA-1-1-B2B-FRST", "EMMA-1-2-CORE-FRST"]
