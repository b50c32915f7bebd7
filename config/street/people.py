"""Sixty people of the demo street: who they are, when they joined, and how they shop. Nobody of them exists."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAYS = 425  # so that the first points have expired: they live for a year
MEMBERS = 60
WEEK = timedelta(days=7)

FIRST = (
    "Emil", "Mia", "Noah", "Emma", "Paul", "Lina", "Leon", "Ida", "Felix", "Nora", "Jonas", "Marie",
    "Anton", "Frieda", "Oskar", "Greta", "Karl", "Luise", "Theo", "Martha", "Jakob", "Helene", "Max",
    "Charlotte", "Moritz", "Paula", "Henri", "Rosa", "Mats", "Lotte", "Ali", "Zeynep", "Mehmet", "Elif",
    "Jan", "Agnieszka", "Ivan", "Olga",
)  # fmt: skip
LAST = (
    "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann", "Koch",
    "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann", "Braun", "Krüger",
    "Hartmann", "Lange", "Werner", "Krause", "Lehmann", "Köhler", "Maier", "Huber", "Kaya", "Yılmaz",
    "Nowak", "Petrov", "Roth", "Vogel",
)  # fmt: skip

# Visits a week by shop.
HABITS: Mapping[str, Mapping[str, float]] = {
    "commuter": {"baker": 2.6, "drinks": 0.2, "books": 0.04, "butcher": 0.3},
    "family": {"baker": 1.2, "drinks": 0.5, "books": 0.12, "butcher": 0.8},
    "gourmet": {"baker": 0.8, "drinks": 0.7, "books": 0.15, "butcher": 0.7},
    "reader": {"baker": 0.5, "drinks": 0.15, "books": 0.5, "butcher": 0.1},
    "weekender": {"baker": 0.7, "drinks": 0.3, "books": 0.03, "butcher": 0.15},
}
ANNA: Mapping[str, float] = {"baker": 2.8, "drinks": 0.7, "books": 0.35, "butcher": 0.7}


@dataclass(frozen=True, slots=True)
class Person:
    """One member. They shop from `joined` until `left` (None: to this day); `login`: with the demo's password."""

    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    born_on: date
    joined: datetime
    left: datetime | None
    visits: Mapping[str, float]
    tier: str | None = None
    login: bool = False
    saves_days: int = 0  # before today, in which they spend no points


def people(at: datetime, rng: random.Random) -> list[Person]:
    """Anna, Ben and Clara first. Times are relative to `at`, the day the street opens for its visitor."""
    opened = at - timedelta(days=DAYS)
    named = [
        Person("Anna", "Kaiser", "anna@street.example", "+491701234567", _born(at, 38, 100), opened + timedelta(days=1),
               None, ANNA, "silver", login=True, saves_days=60),
        Person("Ben", "Lorenz", "ben@street.example", "+491702345678", _born(at, 45, 200), opened + timedelta(days=9),
               at - timedelta(days=160), HABITS["family"], login=True, saves_days=DAYS),
        Person("Clara", "Sommer", "clara@street.example", None, _born(at, 27, 300), at - timedelta(days=19),
               None, HABITS["gourmet"], login=True),
    ]  # fmt: skip
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    return named + [_somebody(name, at, opened, rng) for name in rng.sample(names, MEMBERS - len(named))]


def _somebody(name: str, at: datetime, opened: datetime, rng: random.Random) -> Person:
    first, last = name.split()
    joined = opened + timedelta(days=rng.choice((rng.randrange(1, 30), rng.randrange(1, DAYS - 40))), hours=8)
    left = at - timedelta(days=rng.randrange(60, 200)) if rng.random() < 0.15 else None
    if left and left < joined + 6 * WEEK:
        left = None
    habit = rng.choice(tuple(HABITS.values()))
    eagerness = rng.uniform(0.5, 1.3)
    phone = f"+4915{rng.randrange(10**8, 10**9)}" if rng.random() < 0.5 else None
    return Person(
        first, last, None, phone, _born(at, rng.randrange(19, 80), rng.randrange(365)), joined, left,
        {shop: rate * eagerness for shop, rate in habit.items()}, rng.choices((None, "silver", "gold"), (50, 8, 2))[0],
    )  # fmt: skip


def _born(at: datetime, years: int, days: int) -> date:
    return (at - timedelta(days=years * 365 + years // 4 + days)).date()
