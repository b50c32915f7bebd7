"""Random days in a coalition: whatever may move points, in any order. Refusals are part of life."""

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.sequence import in_order
from loyalty.errors import LoyaltyError
from loyalty.models.people import Card, Member
from loyalty.points import adjustments, erasure, households, sealing
from loyalty.rules.basket import Line
from loyalty.rules.terms import Programme
from partners import contracts
from partners.contracts import Offer
from partners.settlement import flows
from tests.coalition import Coalition, day, open_coalition

OFFERS = {
    "drinks": Offer(reimbursement_ct=Decimal("0.8"), breakage="operator"),
    "books": Offer(funding="at_redemption"),
}
BEGAN = day(1, 5)
PEOPLE = ("anna", "ben", "clara")
CHANCES = {
    "buy": 18, "redeem": 12, "undo": 5, "bring_back": 6, "night": 3, "adjust": 4, "join": 1, "erase": 0.3,
    "agree": 1, "seal": 6, "gather": 8,
}  # fmt: skip


@dataclass
class Days:
    """One thing after the other at a time that only goes on."""

    act: Callable[[Callable[[Session], Any]], Any]
    coalition: Coalition
    members: list[UUID]
    dice: random.Random
    at: datetime = BEGAN
    bought: list[tuple[str, UUID, int]] = field(default_factory=list)
    spent: list[tuple[str, UUID]] = field(default_factory=list)

    def go_on(self) -> None:
        """Something happens; it may be refused."""
        self.at += timedelta(hours=self.dice.choice((0, 1, 30, 200)))
        (name,) = self.dice.choices(list(CHANCES), list(CHANCES.values()))
        with contextlib.suppress(LoyaltyError):
            getattr(self, name)()

    def buy(self) -> None:
        who, code = self.dice.choice(PEOPLE), self._shop()
        lines = [
            Line(self.dice.randrange(100, 9000), vat_bp=self.dice.choice((700, 1900, None)))
            for _ in range(self.dice.randrange(1, 4))
        ]
        done = self.act(lambda s: self.coalition.book(s, who, code, lines, self.at))
        self.bought.append((code, done.id, len(lines)))

    def redeem(self) -> None:
        who, code, points = self.dice.choice(PEOPLE), self._shop(), self.dice.randrange(1, 90)
        # In two rates only now and then: the sum must be the points' value, whatever that is today.
        vat = ((700, points // 3), (1900, points - points // 3)) if self.dice.random() < 0.5 else None
        done = self.act(lambda s: self.coalition.redeem(s, who, code, points, self.at, vat))
        self.spent.append((code, done.id))

    def undo(self) -> None:
        if self.spent:
            code, number = self.dice.choice(self.spent)
            self.act(lambda s: self.coalition.undo(s, code, number, self.at))

    def bring_back(self) -> None:
        if self.bought:
            code, number, lines = self.dice.choice(self.bought)
            pieces = {self.dice.randrange(lines): 1} if self.dice.random() < 0.5 else None
            self.act(lambda s: self.coalition.bring_back(s, code, number, self.at, pieces))

    def night(self) -> None:
        self.act(lambda s: self.coalition.night(s, self.at))

    def adjust(self) -> None:
        points = self.dice.choice((-30, -4, 7, 60, 600))
        self.act(
            lambda s: adjustments.ask(
                s, self._wallet(s), points, "goodwill", self.coalition.admins[0], 500, Programme(),
                self.at, in_order(self.at),
            )
        )  # fmt: skip

    def agree(self) -> None:
        """What waits for a second person is agreed to."""

        def work(session: Session) -> None:
            for asked in adjustments.waiting(session):
                new_id = in_order(self.at)
                adjustments.decide(
                    session, asked.id, True, self.coalition.admins[1], Programme(), self.at, new_id
                )

        self.act(work)

    def join(self) -> None:
        who, new_id = self.dice.choice(self.members), in_order(self.at)
        self.act(lambda s: households.join(s, who, self._wallet(s), self.at, new_id))

    def erase(self) -> None:
        who, new_id = self.dice.choice(self.members), in_order(self.at)
        self.act(lambda s: erasure.erase(s, who, self.at, new_id))

    def seal(self) -> None:
        self.act(lambda s: sealing.seal(s, self.at, self.dice.randrange(1, 30)))

    def gather(self) -> None:
        self.act(lambda s: flows.gather(s, self.dice.randrange(1, 20)))

    def _shop(self) -> str:
        return self.dice.choice(tuple(self.coalition.places))

    def _wallet(self, session: Session) -> UUID:
        """Of somebody, where it is today."""
        return session.scalars(
            select(Member.wallet_id).where(Member.id == self.dice.choice(self.members))
        ).one()


def lived(act: Callable[..., Any], session: Session, seed: int, steps: int = 100) -> Days:
    """So many things happened; the baker has a second contract version half way. Not all is sealed or gathered."""
    dice = random.Random(seed)
    coalition = open_coalition(session, offers=OFFERS, expiry_months=1, pending_days=dice.choice((0, 3)))
    whose = dict(session.execute(select(Card.number, Card.member_id)).all())
    members = [whose[coalition.cards[who]] for who in PEOPLE]
    days = Days(act, coalition, members, dice)
    for _ in range(steps // 2):
        days.go_on()
    offer, new_id = Offer(point_value_ct=Decimal("1.3")), in_order(days.at)
    act(lambda s: contracts.add_version(s, coalition.partner("baker"), days.at, offer, new_id))
    for _ in range(steps // 2):
        days.go_on()
    return days
