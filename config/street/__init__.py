"""The demo street: four shops, sixty members, a year of history. Made anew for a database that holds nothing yet."""

import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.app import create_app
from config.sequence import in_order
from config.settings import Settings
from config.street import companies, joining, opening, playing
from config.street.joining import Joined
from config.street.opening import Opened
from config.street.people import DAYS, Person, people
from config.street.shops import ADMINS, SHOPS
from config.street.year import visits
from loyalty.db import db, transact
from loyalty.people.passwords import hashed

PASSWORD = "emma-demo-street"  # of every login, as the README says
SEED = 1958


@dataclass(frozen=True, slots=True)
class Facts:
    """What a visitor needs to try the street: logins, cards, PINs and till keys."""

    members: list[dict[str, str]]
    tills: list[dict[str, str]]
    staff: list[dict[str, str]]


def open_street(settings: Settings, at: datetime | None = None, seed: int = SEED) -> Facts:
    """Open the street in an empty, migrated database, with a year up to `at` (now) behind it.

    People and purchases come from `seed`, secrets never do. Killed halfway it leaves half a street: begin with an
    empty database again.
    """
    today, rng = at or datetime.now(UTC), random.Random(seed)
    opened = today - timedelta(days=DAYS)
    password_hash = hashed(PASSWORD)  # one for all: it is public, and each hash takes 40 ms
    persons = people(today, rng)
    app = create_app(settings)
    # Answers are kept with what was booked, in the words of a till that asks in German.
    with app.test_request_context("/api/v1/purchases", method="POST", headers={"Accept-Language": "de"}):
        shops, joined = transact(
            lambda session: (
                opening.open_shops(session, opened, password_hash, in_order(opened), os.urandom),
                joining.join(session, persons, password_hash, os.urandom, settings.card_key),
            )
        )
        transact(lambda session: companies.register(session, shops, opened, in_order(opened)))
        terms = transact(lambda session: playing.terms(session, shops, opened))
        street = playing.Street(shops, terms, persons, joined, rng, today)
        playing.play(street, visits(persons, today, rng), opened)
        db.engine.dispose()
    return _facts(persons, joined, shops)


def _facts(persons: list[Person], joined: list[Joined], shops: dict[str, Opened]) -> Facts:
    return Facts(
        members=[
            {"email": str(person.email), "card": member.card, "pin": str(member.pin)}
            for person, member in zip(persons, joined, strict=True)
            if person.login
        ],
        tills=[{"partner": code, "key": shop.key} for code, shop in shops.items()],
        staff=[{"email": plan.owner_email, "role": "owner"} for plan in SHOPS]
        + [{"email": email, "role": "admin"} for email, _ in ADMINS],
    )
