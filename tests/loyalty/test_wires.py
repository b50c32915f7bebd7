"""Kept connections: replaced when they die, one for each who works at the same time, errors by their names."""

from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg.errors import DivisionByZero
from sqlalchemy import select

from loyalty.db import at_once, driver
from loyalty.models.coalition import Coalition


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def backend() -> int:
    return int(
        at_once(
            lambda session: driver(session).execute("SELECT pg_backend_pid()", [], prepare=True).fetchone()
        )[0]
    )


def test_a_wire_is_kept_from_one_piece_of_work_to_the_next() -> None:
    assert backend() == backend()


def test_a_wire_the_server_closed_is_replaced_unnoticed(owner: psycopg.Connection[Any]) -> None:
    before = backend()
    owner.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    assert backend() != before


def test_those_who_work_at_once_have_a_wire_each(app: Flask) -> None:
    both, seen = Barrier(2), []

    def work(session: Any) -> None:
        both.wait(10)
        seen.append(driver(session).execute("SELECT pg_backend_pid()", [], prepare=True).fetchone())

    def run() -> None:
        with app.app_context():
            at_once(work)

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(set(seen)) == 2


def test_refusals_have_their_names_and_leave_the_wire_usable() -> None:
    with pytest.raises(DivisionByZero):
        at_once(lambda session: driver(session).execute("SELECT 1 / %s::int", [0], prepare=True))
    assert backend()


@pytest.mark.parametrize(
    "query, parameters, row",
    [
        ("SELECT %s::text, %s::int + 1", ["a%s'\"", 41], ("a%s'\"", 42)),
        ("SELECT 'b' = ANY(%s::text[])", [["a", "b"]], (True,)),
        ("SELECT %s::text IS NULL, %s::text[]", [None, ["a,b", "{"]], (True, ["a,b", "{"])),
        ("SELECT %(one)s::int", {"one": 1}, (1,)),
    ],
)
def test_parameters_arrive_as_they_are(query: str, parameters: Any, row: tuple[Any, ...]) -> None:
    assert at_once(lambda session: driver(session).execute(query, parameters, prepare=True).fetchone()) == row


def test_statements_are_transactions_of_their_own(owner: psycopg.Connection[Any]) -> None:
    def work(session: Any) -> None:
        driver(session).execute("UPDATE coalition SET name = %s", ["Half"], prepare=True)
        assert owner.execute("SELECT name FROM coalition").fetchone() == ("Half",)

    at_once(work)


def test_a_session_of_sqlalchemy_works_on_it_too() -> None:
    assert at_once(lambda session: session.scalars(select(Coalition.time_zone)).one()) == "Europe/Berlin"
