"""Sales of one till, one or five hundred, booked and answered: first as if no key had come before, then carefully."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty.db import Stale, at_once, is_transient, sqlstate, transact
from loyalty.errors import Conflict, Forbidden, Invalid, LoyaltyError
from loyalty.points import purchases
from loyalty.points.purchases import Purchased, Sale
from loyalty.points.replays import Replay
from loyalty.rules.basket import Basket
from loyalty.rules.ids import uuid7
from partners.api import rendering
from partners.api.auth import Authority
from partners.api.idempotency import UNIQUE_VIOLATION, Answer, Asked, Outcome, again, refused, settled

TRIES = 3  # other tills' twins may come between reading and writing


def id_maker(at: datetime) -> Callable[[], UUID]:
    """New ids of the moment `at`."""
    return lambda: uuid7(at, os.urandom(10))


def check(basket: Basket) -> None:
    """Refuse totals that are none. Raises Invalid `use_return`, `total_mismatch`."""
    lines_cents = sum(line.gross_cents for line in basket.lines)
    if lines_cents != basket.total_cents:
        raise Invalid("total_mismatch", "total_cents", lines_cents=lines_cents)
    if basket.total_cents < 0:
        raise Invalid("use_return", "total_cents")


def sell(caller: Authority, sales: Sequence[Sale], at: datetime) -> list[Outcome]:
    """Book the sales; outcomes in the same order."""
    if caller.key.left_at is not None:  # only what was booked before is answered again
        return [settled(Asked(caller, sale.ask, at, sale.card), Forbidden("partner_left")) for sale in sales]
    found = _boldly(caller, sales, at)
    open_places = [place for place, outcome in enumerate(found) if not isinstance(outcome, Answer)]
    if open_places:
        # A refusal may be the echo of a call that was accepted: the key is looked up before it counts.
        for place, outcome in zip(
            open_places, _carefully(caller, [sales[place] for place in open_places], at), strict=True
        ):
            found[place] = outcome
    return found


def _boldly(caller: Authority, sales: Sequence[Sale], at: datetime) -> list[Outcome]:
    """Two round trips, right in all but the odd case: a key or receipt that stands, a wallet that moves meanwhile."""
    bodies: dict[UUID, str] = {}
    render = _render(caller, bodies)

    def work(session: Session) -> list[purchases.Result]:
        return purchases.record(session, caller.place, sales, caller.terms, at, id_maker(at), render)

    try:
        results = at_once(work)
    except (DBAPIError, psycopg.Error, Stale) as error:
        if sqlstate(error) != UNIQUE_VIOLATION and not is_transient(error):
            raise
        return [Conflict("in_flight")] * len(sales)
    return [
        Answer(201, bodies[result.id]) if isinstance(result, Purchased) else Conflict("in_flight")
        for result in results
    ]


def _carefully(caller: Authority, sales: Sequence[Sale], at: datetime) -> list[Outcome]:
    """Read what stands first. Refused again when twins keep coming in between."""
    bodies: dict[UUID, str] = {}
    render = _render(caller, bodies)

    def work(session: Session) -> list[Outcome]:
        results = purchases.record(
            session, caller.place, sales, caller.terms, at, id_maker(at), render, careful=True
        )
        return [
            _outcome(session, Asked(caller, sale.ask, at, sale.card), result, bodies)
            for sale, result in zip(sales, results, strict=True)
        ]

    for _attempt in range(TRIES):
        try:
            return transact(work)
        except (DBAPIError, psycopg.Error) as error:
            if sqlstate(error) != UNIQUE_VIOLATION:
                raise
    return [Conflict("in_flight")] * len(sales)


def _outcome(session: Session, asked: Asked, result: purchases.Result, bodies: dict[UUID, str]) -> Outcome:
    if isinstance(result, Purchased):
        return Answer(201, bodies[result.id])
    try:
        if isinstance(result, Replay):
            return again(session, asked, result)
        return refused(session, asked, result)
    except LoyaltyError as refusal:
        return refusal


def _render(caller: Authority, bodies: dict[UUID, str]) -> Callable[[Purchased], str]:
    point_value_ct = caller.terms.programme.point_value_ct

    def render(purchased: Purchased) -> str:
        body = bodies[purchased.id] = rendering.text(rendering.purchase(purchased, point_value_ct))
        return body

    return render
