"""Parts of lists: a cursor is the id of the last entry shown, which tills need not understand."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from loyalty.errors import Malformed

Row = TypeVar("Row")


def start(cursor: str | None) -> UUID | None:
    """The id behind which to go on; None: from the beginning. Raises Malformed `cursor_invalid`."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except (ValueError, binascii.Error):
        raise Malformed("cursor_invalid", "cursor") from None


def page(rows: Sequence[Row], limit: int, number: Callable[[Row], UUID]) -> tuple[Sequence[Row], str | None]:
    """At most `limit` of `rows`, and the cursor for what follows; give one row more than the limit."""
    shown = rows[:limit]
    if len(rows) <= limit:
        return shown, None
    return shown, base64.urlsafe_b64encode(number(shown[-1]).bytes).decode().rstrip("=")
