"""The books after anything that may happen, in any order: random days on the street, then the audit."""

import contextlib
import random
from datetime import timedelta

import pytest

from loyalty.errors import LoyaltyError
from loyalty.points import audit, erasure, expiry, households
from loyalty.rules.basket import Line
from loyalty.rules.terms import Programme
from tests.loyalty.points.audit.year import RULES
from tests.street import NOON, ids, open_street

SHOPS, PEOPLE = ("baker", "drinks"), ("anna", "ben", "clara")


class Days:
    """One thing after the other at a time that only goes on. Refusals are part of life."""

    def __init__(self, act, street, dice):
        self.act, self.street, self.dice, self.at = act, street, dice, NOON
        self.bought, self.spent = [], []

    def go_on(self):
        self.at += timedelta(hours=self.dice.choice((0, 1, 30, 200)))
        names = ("buy", "buy", "buy", "bring_back", "redeem", "redeem", "undo", "expire", "join", "erase")
        weights = (6, 6, 6, 6, 6, 6, 4, 2, 1, 0.3)
        with contextlib.suppress(LoyaltyError):
            getattr(self, self.dice.choices(names, weights)[0])()

    def buy(self):
        who, shop = self.dice.choice(PEOPLE), self.dice.choice(SHOPS)
        lines = [
            Line(
                self.dice.randrange(1, 9000),
                self.dice.randrange(1, 4),
                category=self.dice.choice(("bread", None)),
            )
            for _ in range(self.dice.randrange(1, 4))
        ]
        done = self.act(lambda s: self.street.book(s, who, shop, lines, self.at))
        self.bought.append((shop, done.id, lines))

    def bring_back(self):
        shop, number, lines = self.dice.choice(self.bought or [("baker", self.street.wallets["anna"], [])])
        pieces = {self.dice.randrange(len(lines)): 1} if lines and self.dice.random() < 0.7 else None
        self.act(lambda s: self.street.bring_back(s, shop, number, pieces, self.at))

    def redeem(self):
        who, shop, points = self.dice.choice(PEOPLE), self.dice.choice(SHOPS), self.dice.randrange(1, 60)
        self.spent.append((shop, self.act(lambda s: self.street.redeem(s, who, shop, points, at=self.at)).id))

    def undo(self):
        if self.spent:
            shop, number = self.dice.choice(self.spent)
            self.act(lambda s: self.street.undo(s, shop, number, self.at))

    def expire(self):
        self.act(lambda s: expiry.run(s, self.at, ids(self.at)))

    def join(self):
        who, whose = self.dice.sample(PEOPLE, 2)
        member_id, wallet_id = self.street.members[who], self.street.wallets[whose]
        self.act(lambda s: households.join(s, member_id, wallet_id, self.at, ids(self.at)))

    def erase(self):
        self.act(
            lambda s: erasure.erase(s, self.street.members[self.dice.choice(PEOPLE)], self.at, ids(self.at))
        )


@pytest.mark.parametrize("seed", range(6))
def test_promise_02_03_05_the_books_hold_after_anything(act, session, owner, seed):
    dice = random.Random(seed)
    street = open_street(session, RULES, Programme(expiry_months=1, pending_days=dice.choice((0, 3))))
    days = Days(act, street, dice)
    for _ in range(60):
        days.go_on()
    assert act(lambda s: list(audit.run(s, days.at))) == []
    assert owner.execute("SELECT count(*) FROM transfer").fetchone()[0] > 40


def test_promise_02_a_wallets_numbers_are_the_sum_of_its_transfers(act, session, owner):
    street = open_street(session)
    bread = act(lambda s: street.buy(s, "anna", "baker", 5000))
    act(lambda s: street.redeem(s, "anna", "drinks", 40))
    act(lambda s: street.bring_back(s, "baker", bread.id))
    assert owner.execute("SELECT balance, debt, version FROM wallet WHERE version > 0").fetchall() == [
        (0, 40, 4)
    ]
    assert owner.execute("SELECT version, kind, points FROM transfer ORDER BY 1").fetchall() == [
        (1, "earn", 50),
        (2, "redeem", 40),
        (3, "return", 10),
        (4, "debt", 40),
    ]
