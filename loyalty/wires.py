"""Connections kept in autocommit, on which a statement is prepared once and then costs one call of the C library.

For the till's path: SQLAlchemy's and psycopg's own way around two statements took longer there than the database did.
"""

import os
import re
import select
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.adapt import Transformer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
Parameters = Sequence[Any] | Mapping[str, Any] | None


class Rows:
    """What a statement answered: rows as tuples, to be walked through or fetched."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self.rows[0] if self.rows else None


class Wire:
    """One kept connection. `session` is a SQLAlchemy session upon it; `execute` the short way to the server."""

    def __init__(self, engine: Engine) -> None:
        self.kept = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection = self.kept.connection.driver_connection
        self.kept.detach()  # it is ours now, the pool may give its place to others
        assert isinstance(connection, psycopg.Connection)
        self.connection: psycopg.Connection[Any] = connection
        self.server = connection.pgconn
        # Planning five joined tables takes longer than reading one row of each, and the plan is always the same.
        connection.execute("SET plan_cache_mode = force_generic_plan")
        self.session = Session(self.kept, expire_on_commit=False, info={"wire": self})
        self.names: dict[Any, bytes] = {}
        self.poll = select.poll()
        self.poll.register(self.server.socket, select.POLLIN | select.POLLHUP | select.POLLERR)

    def execute(self, query: str | bytes, parameters: Parameters = None, prepare: bool = False) -> Any:
        """As psycopg's `execute`. Prepared statements with plain parameters go the short way."""
        sent = _plain(parameters) if prepare else None
        if sent is None:
            return self.connection.execute(query, parameters)
        result = self.server.exec_prepared(self._name(query), sent)
        if result.status not in DONE:
            raise errors.error_from_result(result, encoding="utf-8")
        if not result.ntuples:
            return Rows([])
        rows = Transformer(self.connection)
        rows.set_pgresult(result)
        return Rows(rows.load_rows(0, result.ntuples, tuple))

    def cursor(self, **options: Any) -> Any:
        """A cursor of psycopg's own, for rows of another shape."""
        return self.connection.cursor(**options)

    def alive(self) -> bool:
        """A connection that the server closed meanwhile says so on its socket: asking costs no round trip."""
        return self.server.status == pq.ConnStatus.OK and not self.poll.poll(0)

    def close(self) -> None:
        self.session.close()
        self.connection.close()
        self.kept.invalidate()
        self.kept.close()

    def _name(self, query: str | bytes) -> bytes:
        name = self.names.get(query)
        if name is None:
            name = b"wire_%d" % len(self.names)
            result = self.server.prepare(name, _numbered(query))
            if result.status not in DONE:
                raise errors.error_from_result(result, encoding="utf-8")
            self.names[query] = name
        return name


class Wires:
    """The wires of this process, by engine. As many as are in use at once; a dead one is replaced when it is taken."""

    def __init__(self) -> None:
        self.free: dict[tuple[int, int], list[Wire]] = {}

    @contextmanager
    def taken(self, engine: Engine) -> Iterator[Wire]:
        """A wire for one piece of work. Its number is kept by process: children do not speak on their parent's."""
        free = self.free.setdefault((os.getpid(), id(engine)), [])
        wire = self._one(free, engine)
        try:
            yield wire
        finally:
            if wire.session.in_transaction():  # SQLAlchemy's own notion; the server knows of none
                wire.session.close()
            free.append(wire)

    def close(self) -> None:
        """Close those nobody works on; the next work makes new ones."""
        for free in self.free.values():
            while free:
                free.pop().close()

    @staticmethod
    def _one(free: list[Wire], engine: Engine) -> Wire:
        while free:
            wire = free.pop()
            if wire.alive():
                return wire
            wire.close()
        return Wire(engine)


def _plain(parameters: Parameters) -> list[bytes | None] | None:
    """Parameters as text, if that is all they need; else None."""
    if parameters is None or isinstance(parameters, Mapping):
        return None
    sent: list[bytes | None] = []
    for value in parameters:
        if type(value) is str:
            sent.append(value.encode())
        elif type(value) is int:
            sent.append(b"%d" % value)
        elif type(value) is list and all(type(entry) is str and entry.isalnum() for entry in value):
            sent.append(("{" + ",".join(value) + "}").encode())
        else:
            return None
    return sent


@cache
def _numbered(query: str | bytes) -> bytes:
    """psycopg's %s as the server's $1, $2 …"""
    numbers = iter(range(1, 1000))
    text = query.encode() if isinstance(query, str) else query
    return re.sub(rb"%s", lambda _: b"$%d" % next(numbers), text)
