"""Time, ids and randomness as a door would give them, and one partner to begin with."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from loyalty.rules.ids import uuid7
from partners import shops
from partners.shops import Opened


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
def baker(session, at, new_id) -> Opened:
    return shops.open_partner(session, "baker", "Bäckerei Kern", "Marktplatz", at, new_id)
