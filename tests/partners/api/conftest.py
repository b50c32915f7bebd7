"""A street with a till that may do everything, a member with a card, and calls as a till makes them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from loyalty.people import members, pins
from loyalty.people.newcomers import Newcomer
from loyalty.points import rewards
from loyalty.rules import cardnumber
from loyalty.rules.ids import uuid7
from partners import keys, shops
from partners.api import auth
from partners.shops import Opened

numbers = count(1)


def id_now() -> UUID:
    return uuid7(datetime.now(UTC), os.urandom(10))


@dataclass
class Member:
    id: UUID
    card: str
    pin: str = "4711"


@dataclass
class TillClient:
    """Calls of one till. Every POST gets a fresh key unless one is given."""

    app: Flask
    key: str
    place: Opened
    language: str = "en"
    extra: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.app.test_client().get(f"/api/v1{path}", query_string=query, headers=self._headers())

    def post(self, path: str, body: Any = None, key: str | None = None, **options: Any) -> TestResponse:
        headers = (
            self._headers() | {"Idempotency-Key": key or f"key-{next(numbers)}"} | options.pop("headers", {})
        )
        if "data" not in options:
            options["json"] = body
        return self.app.test_client().post(f"/api/v1{path}", headers=headers, **options)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Accept-Language": self.language, **self.extra}


def receipt(card: str | None, cents: int = 450, **changes: Any) -> dict[str, Any]:
    """A purchase of one line."""
    body = {
        "card": card,
        "receipt": f"A-{next(numbers)}",
        "purchased_at": datetime.now(UTC).isoformat(),
        "lines": [
            {"sku": "4001", "name": "Roggenbrot", "category": "bread", "gross_cents": cents, "vat_rate": 7}
        ],
        "total_cents": cents,
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


@pytest.fixture
def street(app: Flask, act) -> Callable[..., TillClient]:
    """`street("baker")`: a partner with a till whose key may do everything."""
    app.extensions["till_keys"] = auth.Memory()
    at = datetime.now(UTC) - timedelta(days=60)

    def opened(code: str, scopes: tuple[str, ...] = keys.SCOPES) -> TillClient:
        def work(session):
            place = shops.open_partner(session, code, code.title(), "Marktplatz", at, id_now)
            return place, keys.issue(session, place.till_id, scopes, at, os.urandom)

        place, key = act(work)
        return TillClient(app, key, place)

    return opened


@pytest.fixture
def till(street) -> TillClient:
    return street("baker")


@pytest.fixture
def join(app: Flask, act) -> Callable[..., Member]:
    """`join("Anna", "Kaiser")`: a member with card and PIN 4711."""

    def joined(first_name: str, last_name: str = "", **profile: Any) -> Member:
        at = datetime.now(UTC) - timedelta(days=30)
        card_key = app.config["CARD_KEY"]

        def work(session):
            person = Newcomer(first_name, last_name, **profile)
            made = members.sign_up(session, person, "1", at, id_now, os.urandom, card_key)
            pins.choose(session, made.member_id, "4711", card_key)
            return Member(made.member_id, made.card)

        return act(work)

    return joined


@pytest.fixture
def anna(join) -> Member:
    return join("Anna", "Kaiser", email="anna@street.example", phone="+491701234567")


@pytest.fixture
def phone(app: Flask) -> Callable[..., str]:
    """`phone(card)`: the 22 digits that the member's phone shows now, or so many windows away."""

    def shown(card: str, windows: int = 0) -> str:
        secret = cardnumber.key_of(app.config["CARD_KEY"], card)
        step = int(datetime.now(UTC).timestamp()) // cardnumber.WINDOW_SECONDS + windows
        return card + cardnumber.code_at(secret, step)

    return shown


@pytest.fixture
def offer(act) -> Callable[..., UUID]:
    """`offer(till, "Rotwein", 500)`: a reward of this till's partner."""

    def made(at_till: TillClient, name: str, points: int, **options: Any) -> UUID:
        number = id_now()
        options = {"value_cents": points, **options}
        act(lambda s: rewards.create(s, number, at_till.place.partner_id, name, points, **options).id)
        return number

    return made


@pytest.fixture
def rich(till: TillClient, anna: Member) -> Member:
    """Anna with 1,000 points."""
    assert till.post("/purchases", receipt(anna.card, 100_000)).status_code == 201
    return anna


def rows(owner, table: str) -> int:
    """How many rows a table has."""
    return owner.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
