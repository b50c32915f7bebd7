"""A scenario's events, one after the other through the same use-cases that tills and admins call, by their own clock.

What the rules refuse is noted and hurts no other event. Needs an application context on empty, migrated books.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from config import limits, nightly
from config.scenario import opening, settling, summing
from config.scenario.content import (
    Event,
    Nightly,
    Purchase,
    Redeem,
    Return,
    Reverse,
    Scenario,
    Settle,
    Version,
)
from config.scenario.opening import Opened
from config.scenario.outcome import Outcome, Refused, Settlement
from config.sequence import in_order
from loyalty.db import transact
from loyalty.errors import LoyaltyError, Missing
from loyalty.points import purchases, redemptions, returns
from loyalty.points.operations import Ask
from loyalty.points.purchases import Purchased, Sale
from loyalty.points.redemptions import Wish
from loyalty.rules.basket import Basket
from loyalty.rules.terms import Terms
from partners import contracts

EMPTY = datetime(2026, 1, 1, tzinfo=UTC)  # when a scenario without events takes place
BEFORE = timedelta(days=1)  # so long before the first event the coalition opens


@dataclass(slots=True)
class Stage:
    """The coalition while it is played: what stands in the books by the names of the file, and what comes next."""

    scenario: Scenario
    opened: Opened
    changes: list[tuple[datetime, str, Version, Version]]  # when whose version gives way to which
    bought: dict[tuple[str, str], UUID] = field(default_factory=dict)
    redeemed: dict[str, tuple[str, UUID]] = field(default_factory=dict)  # at which partner, under which id
    settlements: dict[str, Settlement] = field(default_factory=dict)
    terms: dict[str, tuple[int, Terms]] = field(default_factory=dict)
    clock: datetime | None = None
    ids: Callable[[], UUID] | None = None

    def new_id(self, at: datetime) -> Callable[[], UUID]:
        """Ids that sort as they are made, also those of several events of one moment."""
        if self.ids is None or self.clock != at:
            self.clock, self.ids = at, in_order(at)
        return self.ids

    def terms_for(self, partner: str, at: datetime) -> Terms:
        """What the partner grants now, looked up anew when anybody's terms have changed."""

        def work(session: Session) -> tuple[int, Terms]:
            revision = contracts.revision(session)
            kept = self.terms.get(partner)
            if kept is not None and kept[0] == revision:
                return kept
            return revision, contracts.terms_for(session, self.opened.places[partner].partner_id, at)

        # Committed by itself: a refused event must not take the snapshot of the rules back with it.
        self.terms[partner] = transact(work)
        return self.terms[partner][1]


def play(scenario: Scenario, advance: Callable[[], None] = lambda: None) -> Outcome:
    """What came of it. `advance` is called after every event."""
    stage = _open(scenario)
    refused = []
    for event in scenario.events:
        _change_terms(stage, event.at)
        _watch_limits(scenario, event.at)
        try:
            DOINGS[type(event)](stage, event)
        except LoyaltyError as refusal:
            refused.append(Refused(event.number, refusal.code))
        advance()
    at = scenario.events[-1].at if scenario.events else EMPTY
    _watch_limits(scenario, at)
    wallets, members = transact(lambda session: summing.members(session, stage.opened.members, at))
    return Outcome(tuple(stage.settlements.values()), wallets, members, tuple(refused))


def _open(scenario: Scenario) -> Stage:
    at = (scenario.events[0].at if scenario.events else EMPTY) - BEFORE
    opened = transact(lambda session: opening.open_coalition(session, scenario, at, in_order(at)))
    changes = [
        (new.since or at, plan.id, old, new)
        for plan in scenario.partners
        for old, new in zip(plan.versions, plan.versions[1:], strict=False)
    ]
    return Stage(scenario, opened, sorted(changes, key=lambda change: change[0]))


def _change_terms(stage: Stage, at: datetime) -> None:
    """Versions of contracts whose day has come by now."""
    while stage.changes and stage.changes[0][0] <= at:
        since, partner, old, new = stage.changes.pop(0)
        place = stage.opened.places[partner]
        transact(lambda session: opening.change(session, place, old, new, since, stage.new_id(since)))  # noqa: B023
        stage.terms.clear()


def _watch_limits(scenario: Scenario, at: datetime) -> None:
    """What the worker does twice a minute, where there is anything to watch."""
    if any(plan.credit_limit_cents is not None for plan in scenario.partners):
        limits.watch(at)


def _buy(stage: Stage, event: Purchase) -> None:
    total_cents = sum(line.gross_cents for line in event.lines)
    receipt = event.receipt or f"event {event.number} {stage.new_id(event.at)().hex}"
    basket = Basket(receipt, event.at, event.lines, total_cents)
    sale = Sale(_ask(event), stage.opened.members[event.member].card, basket)
    place, terms = stage.opened.places[event.partner], stage.terms_for(event.partner, event.at)

    def work(session: Session) -> Purchased:
        new_id = stage.new_id(event.at)
        result = purchases.record(session, place, [sale], terms, event.at, new_id, careful=True)[0]
        if isinstance(result, LoyaltyError):
            raise result
        assert isinstance(result, Purchased)  # no key comes twice
        return result

    done = transact(work)
    if event.receipt is not None:
        stage.bought[event.partner, event.receipt] = done.id


def _redeem(stage: Stage, event: Redeem) -> None:
    place, card = stage.opened.places[event.partner], stage.opened.members[event.member].card
    terms = stage.terms_for(event.partner, event.at)
    programme, contract = terms.programme, terms.contract_at(event.at)

    def work(session: Session) -> UUID:
        return redemptions.redeem(
            session, place, _ask(event), card, None, Wish(points=event.points), programme.vat_bp,
            programme.point_value_ct, contract.id, event.at, stage.new_id(event.at),
        ).id  # fmt: skip

    redemption_id = transact(work)
    if event.id is not None:
        stage.redeemed[event.id] = event.partner, redemption_id


def _bring_back(stage: Stage, event: Return) -> None:
    purchase_id = stage.bought.get((event.partner, event.receipt))
    if purchase_id is None:
        raise Missing("purchase_unknown", "receipt")

    terms = stage.terms_for(event.partner, event.at)

    def work(session: Session) -> None:
        returns.record(
            session, stage.opened.places[event.partner], _ask(event), purchase_id, event.pieces, None, event.at, terms,
            event.at, stage.new_id(event.at),
        )  # fmt: skip

    transact(work)


def _reverse(stage: Stage, event: Reverse) -> None:
    found = stage.redeemed.get(event.redemption)
    if found is None:
        raise Missing("redemption_unknown", "redemption")
    partner, redemption_id = found
    place, terms = stage.opened.places[partner], stage.terms_for(partner, event.at)

    def work(session: Session) -> None:
        redemptions.reverse(
            session,
            place,
            _ask(event),
            redemption_id,
            terms.programme.grace_days,
            event.at,
            stage.new_id(event.at),
        )

    transact(work)


def _night(_stage: Stage, event: Nightly) -> None:
    nightly.run(event.at)


def _settle(stage: Stage, event: Settle) -> None:
    names = {place.partner_id: name for name, place in stage.opened.places.items()}
    new_id = stage.new_id(event.at)
    stage.settlements[event.period] = settling.settle(
        event.period, stage.opened.admins, names, event.at, new_id
    )


DOINGS: Mapping[type[Event], Callable[[Stage, Any], None]] = {
    Purchase: _buy, Redeem: _redeem, Return: _bring_back, Reverse: _reverse, Nightly: _night, Settle: _settle,
}  # fmt: skip


def _ask(event: Event) -> Ask:
    """An idempotency key of the event's own."""
    key = f"scenario-{event.number}"
    return Ask(key, sha256(key.encode()).digest())
