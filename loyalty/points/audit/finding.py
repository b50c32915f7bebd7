"""What the audit found wrong, and how one statement becomes findings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from loyalty.db import driver


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that breaks a promise: which check, which table, its id, and what should be otherwise."""

    check: str
    table: str
    id: str
    message: str


def found(
    session: Session, check: str, table: str, query: str, values: Mapping[str, Any] | None = None
) -> Iterator[Finding]:
    """A finding for each row (id, message) of `query`."""
    # As bytes: these statements stand in the code, nothing of a caller is ever put into their text.
    for row in driver(session).execute(query.encode(), values):
        yield Finding(check, table, str(row[0]), row[1])
