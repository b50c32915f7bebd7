"""Shops with a settled February, and who works in them signed in."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from tests.partners.office.settled import PASSWORD, Settled, settled


@pytest.fixture
def february(session) -> Settled:
    """Settled long ago: payments are overdue, objections too late."""
    return settled(session)


@pytest.fixture
def fresh(session) -> Settled:
    """The same, settled today."""
    return settled(session, datetime.now(UTC))


@pytest.fixture
def sit_down(app) -> Iterator[Callable[[str], FlaskClient]]:
    """`sit_down("owner@baker.example")`: a client signed in, whose forms need no token."""

    def signed_in(email: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/login", data={"email": email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    app.config["WTF_CSRF_ENABLED"] = False
    yield signed_in
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def address() -> Callable[..., str]:
    """`address(february, "/movements.csv")`: of the statement, or of something at it."""
    return lambda settled, rest="": f"/office/statements/{settled.run_id}{rest}"
