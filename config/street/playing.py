"""The year played through the real use-cases: fortnight by fortnight, each one transaction and a night after it.

What people spend or bring back comes first, then the fortnight's purchases, as out of a till's offline queue.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from itertools import count
from uuid import UUID

from sqlalchemy.orm import Session

from config import nightly
from config.sequence import in_order
from config.street import settling
from config.street.joining import Joined
from config.street.opening import Opened
from config.street.people import Person
from config.street.shops import SHOPS
from config.street.year import ZONE, Visit
from loyalty.club import standing
from loyalty.db import transact
from loyalty.errors import Conflict
from loyalty.points import purchases, redemptions, returns
from loyalty.points.operations import Ask
from loyalty.points.purchases import Purchased, Sale
from loyalty.points.redemptions import Redeemed, Wish
from loyalty.rules.terms import Terms
from partners import contracts
from partners.api import rendering
from partners.importing.booking import turns

FORTNIGHT = timedelta(days=14)
RISE_AFTER = timedelta(days=150)  # as a member, until a tier counts
TAKES = 0.12  # how likely a visit ends with a reward that is within reach
MIND_CHANGED = 0.06  # of those, undone a few minutes later
FACTORS = {"silver": Fraction(3, 2), "gold": Fraction(2)}


@dataclass(frozen=True, slots=True)
class GoodsBack:
    """A line that will be brought back at `due`."""

    due: datetime
    shop: str
    purchase_id: UUID
    line: int
    pieces: int


@dataclass
class Street:
    """The street while its year is played. `reach`: points each member had after the last purchase booked."""

    shops: dict[str, Opened]
    terms: dict[str, Terms]
    persons: Sequence[Person]
    joined: Sequence[Joined]
    rng: random.Random
    today: datetime
    reach: dict[int, int] = field(default_factory=dict)
    goods_back: list[GoodsBack] = field(default_factory=list)
    risen: set[int] = field(default_factory=set)
    asked: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    def ask(self) -> Ask:
        """The next idempotency key."""
        key = f"street-{self.asked()}"
        return Ask(key, sha256(key.encode()).digest())


def play(street: Street, visits: Sequence[Visit], opened: datetime) -> None:
    """All visits up to today, with all that follows from them. Commits after every fortnight, settles every month."""
    begin, waiting = opened, list(visits)
    while begin < street.today:
        end = min(begin + FORTNIGHT, settling.last_second(begin, ZONE), street.today)
        now = [visit for visit in waiting if visit.basket.purchased_at < end]
        waiting = waiting[len(now) :]
        transact(lambda session: _fortnight(session, street, now, end))  # noqa: B023
        nightly.run(end)
        settling.settle(end, street.today, ZONE)
        begin = end


def terms(session: Session, shops: dict[str, Opened], at: datetime) -> dict[str, Terms]:
    """What each shop grants."""
    return {code: contracts.terms_for(session, shop.place.partner_id, at) for code, shop in shops.items()}


def _fortnight(session: Session, street: Street, visits: Sequence[Visit], end: datetime) -> None:
    _rise(session, street, end)
    for visit in visits:
        if street.rng.random() < TAKES:
            _take_reward(session, street, visit)
    for goods in [goods for goods in street.goods_back if goods.due < end]:
        street.goods_back.remove(goods)
        _bring_back(session, street, goods)
    for code, turn in turns(visits):
        _buy(session, street, code, turn, end)


def _rise(session: Session, street: Street, at: datetime) -> None:
    for number, person in enumerate(street.persons):
        if person.tier and number not in street.risen and at > person.joined + RISE_AFTER:
            street.risen.add(number)
            factor = FACTORS[person.tier]
            standing.place(session, street.joined[number].member_id, person.tier, factor, person.login, at)


def _buy(session: Session, street: Street, code: str, visits: Sequence[Visit], at: datetime) -> None:
    value_ct = street.terms[code].programme.point_value_ct
    sales = [Sale(street.ask(), street.joined[visit.household].card, visit.basket) for visit in visits]
    results = purchases.record(
        session, street.shops[code].place, sales, street.terms[code], at, in_order(at),
        lambda purchased: rendering.text(rendering.purchase(purchased, value_ct)), history=True,
    )  # fmt: skip
    for visit, result in zip(visits, results, strict=True):
        if not isinstance(result, Purchased):
            raise AssertionError(f"the street's own purchase was refused: {result}")
        street.reach[visit.household] = result.available
        if visit.back is not None:
            due = _open_day(code, visit.basket.purchased_at + timedelta(days=street.rng.randrange(15, 22)))
            pieces = visit.basket.lines[visit.back].quantity
            street.goods_back.append(GoodsBack(due, code, result.id, visit.back, pieces))


def _open_day(code: str, due: datetime) -> datetime:
    hours = next(shop.hours for shop in SHOPS if shop.code == code)
    while hours[due.weekday()] is None:
        due += timedelta(days=1)
    return due


def _take_reward(session: Session, street: Street, visit: Visit) -> None:
    """The dearest reward of this shop that the member can afford, if they do not save."""
    at = visit.basket.purchased_at + timedelta(minutes=2)
    if at > street.today - timedelta(days=street.persons[visit.household].saves_days):
        return
    plan = next(shop for shop in SHOPS if shop.code == visit.shop)
    affordable = [prize for prize in plan.prizes if prize.points <= street.reach.get(visit.household, 0)]
    if not affordable:
        return
    prize = max(affordable, key=lambda prize: prize.points)
    shop, own = street.shops[visit.shop], street.terms[visit.shop]
    try:
        with session.begin_nested():  # expired meanwhile, or sold out: then there is no reward
            done = redemptions.redeem(
                session, shop.place, street.ask(), street.joined[visit.household].card, None,
                Wish(reward_id=shop.rewards[prize.name]), plan.vat_bp, own.programme.point_value_ct,
                own.contract_at(at).id, at, in_order(at),
                lambda redeemed: rendering.text(rendering.redeemed(redeemed)),
            )  # fmt: skip
    except Conflict:
        return
    street.reach[visit.household] = done.available
    if street.rng.random() < MIND_CHANGED:
        _undo(session, street, visit, done, at + timedelta(minutes=5))


def _undo(session: Session, street: Street, visit: Visit, done: Redeemed, at: datetime) -> None:
    reversed_ = redemptions.reverse(
        session, street.shops[visit.shop].place, street.ask(), done.id, street.terms[visit.shop].programme.grace_days,
        at, in_order(at), lambda undone: rendering.text(rendering.reversal(undone)),
    )  # fmt: skip
    street.reach[visit.household] = reversed_.available


def _bring_back(session: Session, street: Street, goods: GoodsBack) -> None:
    returns.record(
        session, street.shops[goods.shop].place, street.ask(), goods.purchase_id, {goods.line: goods.pieces}, None,
        goods.due, street.terms[goods.shop], goods.due, in_order(goods.due),
        lambda returned: rendering.text(rendering.returned(returned)),
    )  # fmt: skip
