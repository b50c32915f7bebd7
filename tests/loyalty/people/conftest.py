"""Time, ids and randomness as a door would give them, the same in every run."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from loyalty.people import members
from loyalty.people.members import SignedUp
from loyalty.people.newcomers import Newcomer
from loyalty.rules.ids import uuid7

KEY = b"a card key for tests, long enough for all"


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 11, 22, 9, 15, tzinfo=UTC)


@pytest.fixture
def entropy() -> Callable[[int], bytes]:
    return random.Random(7).randbytes


@pytest.fixture
def new_id(at: datetime, entropy: Callable[[int], bytes]) -> Callable[[], UUID]:
    return lambda: uuid7(at, entropy(10))


@pytest.fixture
def join(at, new_id, entropy) -> Callable[..., SignedUp]:
    """`join(session, "Anna", ...)`: somebody signs up at a counter."""

    def run(session: Session, first_name: str, last_name: str = "", **more: object) -> SignedUp:
        person = Newcomer(first_name, last_name, **more)
        return members.sign_up(session, person, "1", at, new_id, entropy, KEY)

    return run
