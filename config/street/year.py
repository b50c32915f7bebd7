"""A year on the street out of a seeded generator: who bought what, when. Pure; `playing` books it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.street.people import Person
from config.street.shops import SHOPS, Article, ShopPlan
from loyalty.rules.basket import Basket, Line

ZONE = ZoneInfo("Europe/Berlin")
CLOSED = {(12, 25), (12, 26), (1, 1)}
RETURNED = 0.012  # share of baskets of which something comes back


@dataclass(frozen=True, slots=True)
class Visit:
    """One basket. `household` is the member's place in the list of people; `back`: a line that comes back later."""

    shop: str
    household: int
    basket: Basket
    back: int | None


def visits(persons: Sequence[Person], at: datetime, rng: random.Random) -> list[Visit]:
    """All baskets before `at`, in order of time, with receipt numbers counted by shop."""
    found = [
        Visit(shop.code, number, basket, _comes_back(basket, rng))
        for number, person in enumerate(persons)
        for shop in SHOPS
        for basket in _baskets(person, shop, at, rng)
    ]
    found.sort(key=lambda visit: visit.basket.purchased_at)
    counts = dict.fromkeys((shop.code for shop in SHOPS), 10_000)
    for place, visit in enumerate(found):
        counts[visit.shop] += 1
        receipt = f"{visit.shop[:2].upper()}-{counts[visit.shop]}"
        found[place] = replace(visit, basket=replace(visit.basket, receipt=receipt))
    return found


def _comes_back(basket: Basket, rng: random.Random) -> int | None:
    """A line of goods sold by the piece, now and then."""
    if rng.random() >= RETURNED:
        return None
    pieces = [place for place, line in enumerate(basket.lines) if line.kind == "goods" and not line.measure]
    return rng.choice(pieces) if pieces else None


def _baskets(person: Person, shop: ShopPlan, at: datetime, rng: random.Random) -> Iterator[Basket]:
    """Visits come at random with the person's rate, more before Christmas, at the shop's hours."""
    end = min(person.left or at, at)
    moment = person.joined + timedelta(minutes=rng.randrange(60))
    per_day = person.visits[shop.code] / 7
    while (moment := moment + timedelta(days=rng.expovariate(per_day))) < end:
        local = moment.astimezone(ZONE)
        hours = shop.hours[local.weekday()]
        if hours is None or (local.month, local.day) in CLOSED:
            continue
        hour = min(max(rng.choice(shop.rush), hours[0]), hours[1] - 1)
        when = local.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60), microsecond=0)
        if person.joined < when < end:
            yield _basket(shop, when, 1.4 if local.month == 12 else 1.0, rng)


def _basket(shop: ShopPlan, when: datetime, appetite: float, rng: random.Random) -> Basket:
    size = max(1, round(rng.gauss(shop.basket, 1) * appetite))
    weights = [article.weight for article in shop.articles]
    chosen = dict.fromkeys(rng.choices(shop.articles, weights, k=size))
    lines = tuple(line for article in chosen for line in _lines(article, rng))
    return Basket("", when, lines, sum(line.gross_cents for line in lines), staff=str(rng.randrange(1, 5)))


def _lines(article: Article, rng: random.Random) -> Iterator[Line]:
    """The article as a till sends it; its deposit is a line of its own, sometimes empties came along."""
    if article.weighed:
        grams = rng.randrange(80, 900, 2)
        yield _line(article, article.cents * grams // 1000, 1, f"{grams // 1000}.{grams % 1000:03} kg")
        return
    pieces = rng.randint(1, article.most)
    yield _line(article, article.cents * pieces, pieces, None)
    if article.deposit_cents:
        deposit_cents = article.deposit_cents * pieces
        yield Line(deposit_cents, pieces, "deposit", category="deposit", name="Pfand")
        if rng.random() < 0.6:
            yield Line(-deposit_cents, pieces, "deposit", category="deposit", name="Leergut")


def _line(article: Article, gross_cents: int, pieces: int, measure: str | None) -> Line:
    return Line(
        gross_cents, pieces, sku=article.sku, category=article.category, name=article.name, measure=measure
    )
