"""Scenarios that nobody thought of: none crashes, all money adds to zero, and the pool holds what points are worth."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from hypothesis import HealthCheck, Phase, given, settings, strategies
from psycopg import sql
from sqlalchemy import make_url

from config import embedded
from config.scenario import playing
from loyalty.db import db
from tests.config.scenario.conftest import audit_books
from tests.config.scenario.papers import read

ZONE = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 1, 2, 9, tzinfo=ZONE)
PARTNERS = ("baker", "drinks", "books")
MEMBERS = ("anna", "ben")
WORDS = ("purchase", "purchase", "purchase", "redeem", "redeem", "return", "reverse", "nightly", "settle")


@strategies.composite
def papers(draw: Any) -> dict[str, Any]:
    """A small scenario in which everything is named rightly; whether it can be done is for the rules to say."""
    coalition = {
        "funding": draw(strategies.sampled_from(("prefunded", "at_redemption"))),
        "breakage": draw(strategies.sampled_from(("mutual", "operator", "rewards"))),
        "service_fee_ct": draw(strategies.sampled_from(("0.150", "0.333", "0"))),
        "reimbursement_ct": draw(strategies.sampled_from(("1.000", "0.987"))),
        "expiry_months": draw(strategies.integers(1, 2)),
        "pending_days": draw(strategies.sampled_from((0, 0, 3))),
    }
    partners = [_partner(draw, name) for name in PARTNERS]
    events = _events(draw)
    return {
        "coalition": coalition, "partners": partners, "members": [{"id": name} for name in MEMBERS], "events": events,
    }  # fmt: skip


def _partner(draw: Any, name: str) -> dict[str, Any]:
    partner: dict[str, Any] = {"id": name}
    if draw(strategies.booleans()):
        partner["contract"] = [
            {"from": "2026-01-01", "points_per_euro": draw(strategies.integers(0, 3))},
            {"from": "2026-02-10", "service_fee_ct": "0.201", "reimbursement_ct": "0.900"},
        ]
    if draw(strategies.integers(0, 3)) == 0:
        partner["credit_limit_cents"] = draw(strategies.integers(0, 200))
    return partner


def _events(draw: Any) -> list[dict[str, Any]]:
    """Up to two dozen over some months; in the end the night comes and all is settled."""
    at, events = BEGIN, []
    receipts: list[tuple[str, str]] = []
    redemptions: list[str] = []
    for number in range(draw(strategies.integers(1, 24))):
        at += timedelta(hours=draw(strategies.sampled_from((0, 1, 30, 24 * 9))))
        event = _event(draw, draw(strategies.sampled_from(WORDS)), number, at, receipts, redemptions)
        events.append({"at": at.isoformat(), **event})
    following = (at.replace(day=1) + timedelta(days=32)).replace(day=1, hour=2)
    events.append({"at": following.isoformat(), "do": "nightly"})
    events.append({"at": following.isoformat(), "do": "settle", "period": f"{at:%Y-%m}"})
    # What that night booked out belongs to the month that has begun.
    last = (following + timedelta(days=32)).replace(day=1)
    return [*events, {"at": last.isoformat(), "do": "settle", "period": f"{following:%Y-%m}"}]


def _event(
    draw: Any, word: str, number: int, at: datetime, receipts: list[tuple[str, str]], redemptions: list[str]
) -> dict[str, Any]:
    if word == "settle":
        return {"do": word, "period": f"{at.replace(day=1) - timedelta(days=1):%Y-%m}"}
    if word == "return" and receipts:
        partner, receipt = draw(strategies.sampled_from(receipts))
        back = draw(
            strategies.sampled_from(({"all": True}, {"lines": [{"line": 0}]}, {"lines": [{"line": 1}]}))
        )
        return {"do": word, "partner": partner, "receipt": receipt, **back}
    if word == "reverse" and redemptions:
        return {"do": word, "redemption": draw(strategies.sampled_from(redemptions))}
    if word not in ("purchase", "redeem"):
        return {"do": "nightly"}
    member, partner = draw(strategies.sampled_from(MEMBERS)), draw(strategies.sampled_from(PARTNERS))
    who = {"do": word, "member": member, "partner": partner}
    if word == "redeem":
        redemptions.append(f"x{number}")
        return {**who, "id": f"x{number}", "points": draw(strategies.integers(1, 80))}
    receipts.append((partner, f"r{number}"))
    amounts = draw(strategies.lists(strategies.integers(0, 9000), min_size=1, max_size=2))
    lines = [{"gross_cents": cents, "quantity": draw(strategies.integers(1, 3))} for cents in amounts]
    return {**who, "receipt": f"r{number}", "lines": lines}


def test_random_scenarios_add_up(app, server, template):
    @settings(max_examples=12, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(papers())
    def check(paper: dict[str, Any]) -> None:
        _empty_books(app, server, template)
        scenario = read(paper)
        with app.app_context():
            outcome = playing.play(scenario)
            audit_books(scenario)
        _check_money(paper, outcome)

    check()


def _check_money(paper: dict[str, Any], outcome: playing.Outcome) -> None:
    pool_cents = 0
    for settlement in outcome.settlements:
        assert settlement.sum_cents == 0
        pool_cents += settlement.pool_cents
        prefunded = paper["coalition"]["funding"] == "prefunded"
        assert pool_cents == (settlement.points_out if prefunded else 0)
    held = sum(points.available + points.pending for points in outcome.wallets.values())
    assert outcome.settlements[-1].points_out >= held


def _empty_books(app, server, template) -> None:
    with app.app_context():
        url = db.engine.url
        db.engine.dispose()
    name = sql.Identifier(str(make_url(url).database))
    address = embedded.psycopg_address(server.url("postgres"))
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        connection.execute(copy.format(name, sql.Identifier(template)))
