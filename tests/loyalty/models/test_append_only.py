"""What happened stays: nobody changes or deletes it, not the application and not the owner by mistake."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from loyalty.db import db
from loyalty.points.audit.guards import KEPT

CHANGES = ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE")


def changes(table):
    """CASCADE: a table that others point at would be refused before any trigger is asked."""
    column = next(iter(db.metadata.tables[table].primary_key.columns)).name
    return [change.format(table, column) for change in CHANGES]


@pytest.mark.parametrize("table", KEPT)
def test_promise_01_it_is_only_added_to(session, owner, table):
    for change in changes(table):
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(text(change))
        session.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"append-only|does not change"):
            owner.execute(change)
