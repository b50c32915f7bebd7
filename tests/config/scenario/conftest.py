"""Scenarios played on a fresh database of the run's server, which is quicker than one of their own."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from config.scenario import playing
from config.scenario.content import Scenario
from config.scenario.outcome import Outcome
from loyalty.db import transact
from loyalty.points import audit


@pytest.fixture
def play(app) -> Callable[[Scenario], Outcome]:
    """`play(scenario)`: what came of it, once the audit has found nothing in its books."""

    def run(scenario: Scenario) -> Outcome:
        with app.app_context():
            outcome = playing.play(scenario)
            audit_books(scenario)
        return outcome

    return run


def audit_books(scenario: Scenario) -> None:
    """Every promise of the books recomputed. Needs an application context."""
    at = (scenario.events[-1].at if scenario.events else playing.EMPTY) + timedelta(seconds=1)
    assert transact(lambda session: list(audit.run(session, at))) == []
