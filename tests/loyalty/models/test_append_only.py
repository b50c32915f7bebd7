"""What happened stays: nobody changes or deletes it, not the application and not the owner by mistake."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from loyalty.points.audit.guards import KEPT

CHANGES = ("UPDATE {0} SET id = id", "DELETE FROM {0}", "TRUNCATE {0}")


def changes(table):
    column = "sequence" if table == "seal" else "id"
    return [change.format(table).replace("id = id", f"{column} = {column}") for change in CHANGES]


@pytest.mark.parametrize("table", KEPT)
def test_promise_01_it_is_only_added_to(session, owner, table):
    for change in changes(table):
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(text(change))
        session.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner.execute(change)
