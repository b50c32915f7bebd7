"""One key, one effect: what a till may send as key, and how an answer that stands is found and given again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from flask import Response, request
from psycopg.errors import LockNotAvailable, UniqueViolation
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty.db import at_once, sqlstate, transact
from loyalty.errors import Conflict, Gone, Invalid, LoyaltyError, Malformed
from loyalty.points import replays
from loyalty.points.operations import Ask
from loyalty.rules.fingerprint import fingerprint
from partners.api import problems
from partners.api.auth import Authority
from partners.api.rebuilding import rebuilt
from partners.api.rendering import text

KEY = re.compile(r"[\x21-\x7e]{1,128}")
BASE = "/api/v1"
# Refusals that stay under their key: the till told the customer, and asking again must not change its mind.
STICKY = {"insufficient_points", "reward_sold_out", "voucher_used", "receipt_duplicate"}
UNIQUE_VIOLATION = UniqueViolation.sqlstate
LOCK_NOT_AVAILABLE = LockNotAvailable.sqlstate


@dataclass(frozen=True, slots=True)
class Asked:
    """One call under its key: who asks what, when. `card` is the number it names, if it names one."""

    caller: Authority
    ask: Ask
    at: datetime
    card: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer on its way to the till, alone or as part of a batch. `body` is JSON."""

    status: int
    body: str
    replayed: bool = False

    def response(self) -> Response:
        """As a response of its own."""
        kind = "application/json" if self.status < 400 else problems.MEDIA_TYPE
        response = Response(self.body, self.status, content_type=kind)
        if self.replayed:
            response.headers["Idempotency-Replayed"] = "true"
        return response


Outcome = Answer | LoyaltyError


def ask(route: str, ids: Mapping[str, str], data: Mapping[str, Any], given_key: str | None = None) -> Ask:
    """The key and the fingerprint of a request; without `given_key` the header's. Raises Malformed for no key."""
    return Ask(given_key or key(), fingerprint("POST", BASE + route, ids, data))


def key() -> str:
    """The request's Idempotency-Key. Raises Malformed when it is missing or none."""
    return checked(request.headers.get("Idempotency-Key"))


def checked(given: Any) -> str:
    """A key, if it is one. Raises Malformed."""
    if given is None or given == "":
        raise Malformed("idempotency_key_missing", "Idempotency-Key")
    if not isinstance(given, str) or not KEY.fullmatch(given):
        raise Malformed("idempotency_key_invalid", "Idempotency-Key")
    return given


def standing(session: Session, asked: Asked) -> Answer | None:
    """What stands under this key already. Raises Invalid `idempotency_key_reused`, Gone `member_erased`."""
    replay = replays.find(session, asked.caller.place.till_id, asked.ask.key)
    return again(session, asked, replay) if replay else None


def again(session: Session, asked: Asked, replay: replays.Replay) -> Answer:
    """The stored answer once more, or, when the slip is gone, rebuilt from the facts."""
    if replay.erased:  # first: a sign-up's fingerprint is erased with the member
        raise Gone("member_erased")
    if replay.fingerprint != asked.ask.fingerprint:
        raise Invalid("idempotency_key_reused", "Idempotency-Key")
    body = replay.body
    if body is None:
        body = text(rebuilt(session, replay, asked.card, asked.caller.terms))
    return Answer(replay.status, body, replayed=True)


def once(asked: Asked, work: Callable[[Session], str], before: Callable[[], None] | None = None) -> Outcome:
    """Look what stands, else do `work` (it gives the body of a 201) in one transaction.

    `before` runs between the two in a transaction of its own: what it counts stays, whatever becomes of the call.
    """
    try:
        known = at_once(lambda session: standing(session, asked))
        if known:
            return known
        if before:
            before()
        return Answer(201, transact(work))
    except LoyaltyError as refusal:
        return settled(asked, refusal)
    except (DBAPIError, psycopg.Error) as error:
        return settled(asked, meant(error))


def settled(asked: Asked, refusal: LoyaltyError) -> Outcome:
    """A refusal, unless a twin of this request was faster: then its answer. Sticky refusals are kept."""

    def look(session: Session) -> Outcome:
        return standing(session, asked) or refused(session, asked, refusal)

    try:
        return transact(look)
    except LoyaltyError as other:
        return other


def refused(session: Session, asked: Asked, refusal: LoyaltyError) -> Outcome:
    """The refusal; a sticky one is kept under its key, in the words it is told in now."""
    if refusal.code not in STICKY:
        return refusal
    problem = problems.of(refusal)
    body = text(problem)
    replays.keep(session, asked.caller.place.till_id, asked.ask, problem["status"], body, asked.at)
    return Answer(problem["status"], body)


def meant(error: DBAPIError | psycopg.Error) -> LoyaltyError:
    """What the database's refusal means for the till: a twin that is not finished. Anything else is raised again."""
    if sqlstate(error) in (UNIQUE_VIOLATION, LOCK_NOT_AVAILABLE):
        return Conflict("in_flight")
    raise error


def told(outcome: Outcome) -> Response:
    """The response of a single call. Raises the refusal."""
    if isinstance(outcome, LoyaltyError):
        raise outcome
    return outcome.response()
