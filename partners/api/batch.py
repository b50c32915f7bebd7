"""POST /purchases/batch: a till's offline queue. Each entry is taken for itself, in the order things happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from loyalty.db import db, driver
from loyalty.errors import Forbidden, LoyaltyError, Missing
from loyalty.points.purchases import Sale
from partners.api import idempotency, problems, redemptions, rendering, requests, returns, selling
from partners.api.answers import BatchOut
from partners.api.auth import Authority
from partners.api.bodies import BatchIn
from partners.api.calls import call
from partners.api.fields import Identity, Refused
from partners.api.idempotency import Answer, Asked, Outcome
from partners.api.marking import _
from partners.api.purchases import PURCHASE
from partners.api.reading import LIST, OBJECT, TOO_MANY, Faults
from partners.api.returns import RETURN

blueprint = Blueprint("batch", __name__, description="What a till kept while it was offline.")
MOST_ITEMS = 500
EVER = datetime.min.replace(tzinfo=UTC)
KINDS = ("purchase", "return", "reversal")
OWN = {"idempotency_key", "kind", "purchase_key", "purchase_id", "redemption_key", "redemption_id"}
NO_KIND = _("Must be one of: %(choices)s.")
NEEDS_ONE = _("Name it by its key or by its id.")


@dataclass(slots=True)
class Entry:
    """One entry on its way: what was sent, when it happened, what became of it."""

    place: int
    data: Mapping[str, Any]
    kind: str = ""
    key: str | None = None
    happened_at: datetime | None = None
    values: Any = None
    outcome: Outcome | Faults | None = None


@dataclass(slots=True)
class Queue:
    """The entries of one call."""

    caller: Authority
    at: datetime
    entries: list[Entry] = field(default_factory=list)


@call(blueprint, "POST", "/purchases/batch", BatchOut, scope="post", body=BatchIn, winding_up=True)
def post_batch(caller: Authority) -> Response:
    """Send an offline queue

    Up to 500 entries, each with its own key, answered in the same order; the body may be gzipped. An entry is the same
    request as the single call, so a key that was sent singly before is recognised. One bad entry hurts no other.
    """
    items = _items(requests.batch_body())
    queue = Queue(caller, datetime.now(UTC))
    queue.entries = [_read(place, item, queue) for place, item in enumerate(items)]
    waiting = _ordered([entry for entry in queue.entries if entry.outcome is None])
    for kind, entries in groupby(waiting, key=lambda entry: entry.kind):
        if kind == "purchase":
            _sell(queue, list(entries))
        else:
            for entry in entries:
                _undo(queue, entry)
    return rendering.json_response({"results": [_result(entry) for entry in queue.entries]})


def _items(data: Any) -> list[Any]:
    if type(data) is not dict:
        raise Faults([("body", OBJECT, {})])
    items = data.get("items")
    if type(items) is not list:
        raise Faults([("items", LIST, {})])
    if len(items) > MOST_ITEMS:
        raise Faults([("items", TOO_MANY, {"low": 0, "high": MOST_ITEMS})])
    return items


def _read(place: int, item: Any, queue: Queue) -> Entry:
    """The entry with its values, or with the refusal of what cannot be read."""
    entry = Entry(place, item if type(item) is dict else {})
    try:
        if type(item) is not dict:
            raise Faults([("item", OBJECT, {})])
        entry.key = idempotency.checked(item.get("idempotency_key"))
        kind = item.get("kind") or "purchase"
        if kind not in KINDS:
            raise Faults([("kind", NO_KIND, {"choices": ", ".join(KINDS)})])
        entry.kind = kind
        _values(entry, queue)
    except (LoyaltyError, Faults) as refusal:
        entry.outcome = refusal
    return entry


def _values(entry: Entry, queue: Queue) -> None:
    if entry.kind == "purchase":
        card, basket = PURCHASE.read(entry.data)
        selling.check(basket)
        body = {name: value for name, value in entry.data.items() if name not in ("idempotency_key", "kind")}
        entry.values = Sale(idempotency.ask("/purchases", {}, body, entry.key), card.number, basket)
        entry.happened_at = basket.purchased_at
    elif entry.kind == "return":
        entry.values = RETURN.read(entry.data)
        entry.happened_at = entry.values["returned_at"]
    elif "redeem" not in queue.caller.key.scopes:
        raise Forbidden("scope_missing", scope="redeem")


def _ordered(entries: list[Entry]) -> list[Entry]:
    """By the time things happened, a return never before its purchase; what has no time comes last, as queued."""
    bought_at = {entry.key: entry.happened_at for entry in entries if entry.kind == "purchase"}

    def when(entry: Entry) -> tuple[bool, datetime, bool]:
        key = entry.data.get("purchase_key")
        earliest = (bought_at.get(key) if isinstance(key, str) else None) or EVER
        return entry.happened_at is None, max(entry.happened_at or EVER, earliest), entry.kind != "purchase"

    return sorted(entries, key=when)


def _sell(queue: Queue, entries: list[Entry]) -> None:
    for entry, outcome in zip(
        entries, selling.sell(queue.caller, [entry.values for entry in entries], queue.at), strict=True
    ):
        entry.outcome = outcome


def _undo(queue: Queue, entry: Entry) -> None:
    """A return or a reversal, once what it undoes is known by id."""
    body = {name: value for name, value in entry.data.items() if name not in OWN}
    try:
        if entry.kind == "return":
            number = _named(queue, entry, "purchase")
            asked = _asked(queue, entry, returns.ROUTE, number, body)
            entry.outcome = returns.take_back(asked, number, entry.values)
        else:
            number = _named(queue, entry, "redemption")
            entry.outcome = redemptions.undo(
                _asked(queue, entry, redemptions.REVERSAL_ROUTE, number, body), number
            )
    except (LoyaltyError, Faults) as refusal:
        entry.outcome = refusal


def _asked(queue: Queue, entry: Entry, route: str, number: UUID, body: Mapping[str, Any]) -> Asked:
    return Asked(queue.caller, idempotency.ask(route, {"id": str(number)}, body, entry.key), queue.at)


def _named(queue: Queue, entry: Entry, noun: str) -> UUID:
    """The id of what is undone, given itself or by the key of any till of this partner. Raises Missing, Faults."""
    given = entry.data.get(f"{noun}_id")
    key = entry.data.get(f"{noun}_key")
    if (given is None) == (key is None):
        raise Faults([(f"{noun}_key", NEEDS_ONE, {})])
    if given is not None:
        try:
            return Identity.read(given)
        except Refused as refused:
            raise Faults([(f"{noun}_id", refused.message, refused.facts)]) from None
    found = _by_key(queue, noun, idempotency.checked(key))
    if found is None:
        raise Missing(f"{noun}_unknown", f"{noun}_key")
    return found


def _by_key(queue: Queue, noun: str, key: str) -> UUID | None:
    """Two tills may have used the same key: this till's own counts first, then the latest."""
    place = queue.caller.place
    tills = "SELECT t.id FROM till t JOIN shop s ON s.id = t.shop_id WHERE s.partner_id = %s"
    with Session(db.engine) as session:
        row = driver(session).execute(
            f"""SELECT id FROM {noun} WHERE till_id IN ({tills}) AND key = %s
                ORDER BY till_id = %s DESC, id DESC LIMIT 1""",
            [place.partner_id, key, place.till_id],
        ).fetchone()  # fmt: skip
    return row[0] if row else None


def _result(entry: Entry) -> dict[str, Any]:
    """ResultOut. Bodies that are JSON already are not parsed again."""
    outcome = entry.outcome
    result: dict[str, Any] = {"idempotency_key": entry.key}
    if isinstance(outcome, Answer):
        result["status"] = outcome.status
        if outcome.replayed:
            result["replayed"] = True
        result["body" if outcome.status < 400 else "problem"] = rendering.ready(outcome.body)
        return result
    assert outcome is not None
    problem = problems.of(outcome)
    return {**result, "status": problem["status"], "problem": problem}
