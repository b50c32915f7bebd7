"""Engine, session, `transact` and `at_once`: the one place where something is committed. Use-cases never do."""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from loyalty.wires import Wires

TRIES = 6
TRANSIENT = {"40001", "40P01"}  # serialization failure, deadlock

T = TypeVar("T")


class Stale(Exception):
    """What was read before a lock was granted is true no longer: the whole work must run anew."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
wires = Wires()


def transact(work: Callable[[Session], T]) -> T:
    """Run `work` in one transaction and commit it; after a deadlock, a serialization failure or Stale run it anew.

    `work` may therefore run several times: it must do nothing outside the database.
    """
    for attempt in range(TRIES):
        with Session(db.engine, expire_on_commit=False) as session:
            try:
                done = work(session)
                session.commit()
                return done
            except (DBAPIError, psycopg.Error, Stale) as error:
                session.rollback()
                if not is_transient(error) or attempt == TRIES - 1:
                    raise
        time.sleep(random.uniform(0.002, 0.02) * 2**attempt)
    raise AssertionError("unreachable")


def at_once(work: Callable[[Session], T]) -> T:
    """Run `work`, which reads and then writes with one single statement: that statement is the whole transaction.

    No BEGIN, no COMMIT, no lock held while it thinks. What it read may have changed before it writes, so the statement
    itself must refuse then; whoever calls tries again with `transact`.
    """
    with wires.taken(db.engine) as wire:
        return work(wire.session)


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed when it is run anew."""
    return isinstance(error, Stale) or sqlstate(error) in TRANSIENT


def driver(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection under a session, inside its transaction: for set-based statements.

    Under `at_once` it is the kept wire, which speaks as much of psycopg's language as use-cases need.
    """
    wire: psycopg.Connection[Any] | None = session.info.get("wire")
    if wire is not None:
        return wire
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five-letter error code, wherever it is wrapped."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None)


def constraint(error: BaseException) -> str | None:
    """The name of the constraint that refused a row, or None."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    diagnosis = getattr(cause, "diag", None)
    return diagnosis.constraint_name if diagnosis else None
