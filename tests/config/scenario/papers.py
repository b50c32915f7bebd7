"""Small scenarios for tests, as data that a test changes before it is read or played."""

import json
from pathlib import Path
from typing import Any

from config.scenario import reading
from config.scenario.content import Scenario

EXAMPLES = Path(reading.__file__).parent / "examples"


def purchase(
    day: str, member: str = "anna", partner: str = "baker", cents: int = 4500, **more: Any
) -> dict[str, Any]:
    """A purchase at nine in the morning of a day of January 2026."""
    return {
        "at": at(day),
        "do": "purchase",
        "member": member,
        "partner": partner,
        "gross_cents": cents,
        **more,
    }


def at(day: str, hour: str = "09:00") -> str:
    """An hour of a day like 01-05, in winter."""
    return f"2026-{day}T{hour}:00+01:00"


def paper(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Baker and drinks, Anna and Ben, and these events."""
    return {
        "partners": [{"id": "baker"}, {"id": "drinks"}], "members": [{"id": "anna"}, {"id": "ben"}],
        "events": list(events), **more,
    }  # fmt: skip


def read(data: dict[str, Any]) -> Scenario:
    """The scenario as a file would tell it."""
    return reading.read(json.dumps(data))


def example(name: str) -> Scenario:
    """One of the files that are shipped."""
    return reading.read((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
