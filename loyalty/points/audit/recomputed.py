"""Awards and returns computed again from what was stored: the rules of then, items, and the state earning looked at."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import LoyaltyError
from loyalty.points.audit.finding import Finding
from loyalty.points.returns import Bought, bought_from
from loyalty.rules.earning import earn
from loyalty.rules.returns import Pieces, taken_back
from loyalty.rules.rulebook import rule_from_data
from loyalty.rules.terms import Rule

Rulebooks = Mapping[UUID, tuple[Rule, ...]]
PURCHASE = """p.id, p.wallet_id, p.member_id, p.partner_id, p.purchased_at, p.business_day, p.lines, p.paid_cents,
    p.state, p.awards, p.points, p.contract_id, p.rulebook_id"""
PURCHASES = f"SELECT {PURCHASE}, '[]'::jsonb AS back FROM purchase p"
RETURNED = f"""
    SELECT {PURCHASE}, '[]'::jsonb AS back, r.returns FROM purchase p JOIN (
        SELECT purchase_id,
               jsonb_agg(jsonb_build_object('id', id, 'lines', lines, 'awards', awards) ORDER BY id) AS returns
        FROM purchase_return GROUP BY purchase_id
    ) r ON r.purchase_id = p.id"""
UNREADABLE = (
    LoyaltyError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    AssertionError,
)


def purchases(session: Session, _: datetime) -> Iterator[Finding]:
    """What a purchase earned is what the rules it was valued by give for its items and state."""
    for row, rules in _rows(session, PURCHASES):
        try:
            wrong = _wrong_purchase(row, bought_from(row, rules[row["rulebook_id"]]))
        except UNREADABLE as error:
            wrong = f"cannot be computed: {error!r}"
        if wrong:
            yield Finding("recomputed.purchases", "purchase", str(row["id"]), wrong)


def returns(session: Session, _: datetime) -> Iterator[Finding]:
    """What returns took is what was awarded less what the rules give for the rest."""
    for row, rules in _rows(session, RETURNED):
        try:
            wrong = _wrong_returns(row["returns"], bought_from(row, rules[row["rulebook_id"]]))
        except UNREADABLE as error:
            wrong = {one["id"]: f"cannot be computed: {error!r}" for one in row["returns"]}
        for number, message in wrong.items():
            yield Finding("recomputed.returns", "purchase_return", number, message)


def _rows(session: Session, query: str) -> Iterator[tuple[dict[str, Any], Rulebooks]]:
    """Rows as a stream: millions of purchases do not fit into memory."""
    rules = _rulebooks(session)
    connection: psycopg.Connection[Any] = driver(session)
    with connection.cursor(name="audited", row_factory=dict_row) as cursor:
        set_json_loads(orjson.loads, cursor)
        cursor.itersize = 2_000
        for row in cursor.execute(query.encode()):
            yield row, rules


def _rulebooks(session: Session) -> Rulebooks:
    rows = driver(session).execute("SELECT id, content FROM rulebook")
    return {number: tuple(rule_from_data(data) for data in content) for number, content in rows}


def _wrong_purchase(row: Mapping[str, Any], bought: Bought) -> str | None:
    earned = earn(
        bought.rules, str(bought.partner_id), bought.items, bought.local, bought.paid_cents, bought.state
    )
    if earned.awards != bought.awards or earned.points != row["points"]:
        given = [(award.rule, award.points) for award in bought.awards]
        right = [(award.rule, award.points) for award in earned.awards]
        return f"awards {given}, points {row['points']}; the rules give {right}, {earned.points}"
    if dict(bought.after) != dict(earned.memory):
        return "the rules remember something else of it"
    if bought.local != bought.purchased_at or bought.local.date() != row["business_day"]:
        return f"business day {row['business_day']}, but bought at {bought.local} ({bought.purchased_at})"
    return None


def _wrong_returns(stored: list[dict[str, Any]], bought: Bought) -> dict[str, str]:
    """Messages by id. Two returns in the same moment may stand in either order: then all together must be right."""
    before: dict[int, int] = {}
    wrong = {}
    for one in stored:
        now = _pieces([one])
        taken, right = _points([one]), _taken(bought, before, now)
        if taken != right:
            wrong[one["id"]] = f"took {taken}; the rules take {right}"
        before = {line: before.get(line, 0) + now.get(line, 0) for line in {*before, *now}}
    return wrong if wrong and _points(stored) != _taken(bought, {}, before) else {}


def _taken(bought: Bought, before: Pieces, now: Pieces) -> dict[str, int]:
    verdict = taken_back(
        bought.rules, str(bought.partner_id), bought.items, bought.local, bought.paid_cents, bought.state,
        bought.awards, before, now,
    )  # fmt: skip
    return {award.rule: points for award, points in verdict.points_by_award}


def _pieces(stored: list[dict[str, Any]]) -> dict[int, int]:
    pieces: dict[int, int] = {}
    for one in stored:
        for line in one["lines"]:
            pieces[line["line"]] = pieces.get(line["line"], 0) + line["quantity"]
    return pieces


def _points(stored: list[dict[str, Any]]) -> dict[str, int]:
    points: dict[str, int] = {}
    for one in stored:
        for award in one["awards"]:
            points[award["rule"]] = points.get(award["rule"], 0) + award["points"]
    return points
