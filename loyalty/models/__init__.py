"""Tables: columns and constraints only, no behaviour. Importing this package makes all of them known."""

from loyalty.models import club, coalition, outbox, oversight, people, points, purchases  # noqa: F401
