"""A street on which everything has happened once: what the audit's tests break."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from loyalty.points import adjustments, erasure, expiry, households, purchases, rewards, sealing
from loyalty.rules.basket import Line
from loyalty.rules.terms import Programme, Rule
from tests.street import NOON, Street, ids, open_street

DAY = timedelta(days=1)
RULES = (
    Rule("base", 1, "base", "1 Punkt je Euro", {"points_per_euro": "1"}),
    Rule("welcome", 1, "welcome", "Willkommen", {"points": 25}, funder="coalition"),
    Rule("bread", 1, "category_bonus", "Brotwoche", {"category": "bread", "points_per_euro": "1"}),
)


def live_through(act: Any, session: Any) -> tuple[Street, dict[str, UUID]]:
    """Purchases, partial and full returns, debt and its repayment, rewards, reversals, expiry, a household, seals."""
    street = open_street(session, RULES, Programme(expiry_months=1))
    done: dict[str, UUID] = {}
    wine = rewards.create(session, uuid4(), street.places["drinks"].partner_id, "Rotwein", 40, 890, stock=3)
    session.commit()
    done["wine"] = wine.id

    def does(name: str, call: Any) -> UUID:
        done[name] = act(call).id
        return done[name]

    loaves = [Line(4000, 4, category="bread"), Line(1000)]
    bread = does("bread", lambda s: street.book(s, "anna", "baker", loaves))
    does("some bread back", lambda s: street.bring_back(s, "baker", bread, {0: 1}, NOON + DAY))
    does("bottle", lambda s: street.redeem(s, "anna", "drinks", reward_id=wine.id, at=NOON + DAY))
    does("bottle back", lambda s: street.undo(s, "drinks", done["bottle"], NOON + 2 * DAY))
    off = does("money off", lambda s: street.redeem(s, "anna", "drinks", points=75, at=NOON + 3 * DAY))
    does("paid with points", lambda s: _paid(s, street, off, NOON + 3 * DAY))
    does("more bread back", lambda s: street.bring_back(s, "baker", bread, None, NOON + 4 * DAY))
    does("repays", lambda s: street.buy(s, "anna", "drinks", 9000, NOON + 5 * DAY))

    does("old", lambda s: street.buy(s, "ben", "baker", 3000))
    does("late spending", lambda s: street.redeem(s, "ben", "baker", points=30, at=NOON + 20 * DAY))
    act(lambda s: expiry.run(s, NOON + 40 * DAY, ids(NOON + 40 * DAY)))
    does("grace", lambda s: street.undo(s, "baker", done["late spending"], NOON + 41 * DAY))

    does("before moving", lambda s: street.buy(s, "clara", "baker", 5000, NOON + 41 * DAY))
    does("spent before moving", lambda s: street.redeem(s, "clara", "drinks", points=20, at=NOON + 42 * DAY))
    at = NOON + 43 * DAY
    act(lambda s: households.join(s, street.members["clara"], street.wallets["ben"], at, ids(at)))
    does("given back after moving", lambda s: street.undo(s, "drinks", done["spent before moving"], at))
    owed = does("owed for", lambda s: street.buy(s, "anna", "baker", 1000, at))
    balance = act(
        lambda s: s.scalar(
            text("SELECT available FROM wallet WHERE id = :id"), {"id": street.wallets["anna"]}
        )
    )
    does("all spent", lambda s: street.redeem(s, "anna", "baker", points=balance - 3, at=at))
    does("owing", lambda s: street.bring_back(s, "baker", owed, at=at))
    act(lambda s: erasure.erase(s, street.members["anna"], at, ids(at)))
    one, two = uuid4(), uuid4()
    for name, points in (("given by hand", 20), ("taken by hand", -5), ("asked for", 600)):
        does(name, lambda s, points=points: _adjust(s, street, points, one, at))
    act(lambda s: adjustments.decide(s, done["asked for"], True, two, Programme(), at, ids(at)))
    _seal(act, at)
    return street, done


def _seal(act: Any, at: Any) -> None:
    """Until every transfer has a number: transactions in other databases of the server may hold the horizon."""
    left = text("SELECT (SELECT count(*) FROM transfer) - (SELECT count(*) FROM seal)")
    deadline = time.monotonic() + 30
    while act(lambda s: sealing.seal(s, at)) is not None and act(lambda s: s.scalar(left)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _adjust(session: Any, street: Street, points: int, who: UUID, at: Any) -> adjustments.Asked:
    wallet_id = street.wallets["ben"]
    return adjustments.ask(session, wallet_id, points, "goodwill", who, 500, Programme(), at, ids(at))


def _paid(session: Any, street: Street, redemption_id: UUID, at: Any) -> purchases.Purchased:
    sale = street.sale("anna", [Line(2000)], at)
    basket = replace(sale.basket, redemptions=(str(redemption_id),))
    sale = replace(sale, basket=basket)
    result = purchases.record(session, street.places["drinks"], [sale], street.terms["drinks"], at, ids(at))[
        0
    ]
    assert isinstance(result, purchases.Purchased), result
    return result
