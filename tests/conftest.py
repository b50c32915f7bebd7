"""A real PostgreSQL for every test: one server for the run, one fresh copy of a migrated database per test.

Copies instead of a rolled-back transaction: tests commit, use threads and look through other connections.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session

from config import database as config_database
from config import embedded
from config.app import create_app
from config.settings import Settings
from loyalty.db import db, transact

TEMPLATE = "emma_template"
BUILDING = 7  # advisory lock: of several test processes one builds the template
T = TypeVar("T")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    """The embedded PostgreSQL of this run, shared by all its processes; the last one stops it."""
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent
    running = embedded.start(folder / "server", {"fsync": "off", "full_page_writes": "off"})
    yield running
    running.stop()


@pytest.fixture(scope="session")
def settings(server: embedded.Server, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a test application: its own database of the run's server, working as role emma_app."""
    url = server.url(f"emma_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    return Settings(
        database_url=url,
        database_role="emma_app",
        migration_url=url,
        secret_key="a secret for tests, long enough for all",
        card_key=b"a card key for tests, long enough for all",
        instance=tmp_path_factory.mktemp("instance"),
        rate_limit=0,
        log_level="error",
        https=False,
    )


@pytest.fixture(scope="session")
def application(settings: Settings) -> Flask:
    """The application of this process; take `app`, which comes with a fresh database."""
    app = create_app(settings)
    app.config["TESTING"] = True
    return app


@pytest.fixture(scope="session")
def template(server: embedded.Server, settings: Settings) -> str:
    """The name of the migrated, empty database that all others are copied from."""
    with _maintenance(server) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (BUILDING,))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone():
            _build(server, settings)
    return TEMPLATE


@pytest.fixture
def database(server: embedded.Server, settings: Settings, template: str) -> Iterator[str]:
    """SQLAlchemy's address, as owner, of a database that no other test has seen."""
    name = str(make_url(settings.database_url).database)
    with _maintenance(server) as connection:
        _drop(connection, name)
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
    yield settings.database_url


@pytest.fixture
def app(application: Flask, database: str) -> Iterator[Flask]:
    """The application on a fresh database. No context is pushed: take `act`, `session` or `client`."""
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser or a till without cookies or key."""
    return app.test_client()


@pytest.fixture
def engine(app: Flask) -> Engine:
    """The application's engine: every connection works as role emma_app."""
    with app.app_context():
        return db.engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session as use-cases get it; what the test commits is committed."""
    with Session(engine, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def act(app: Flask) -> Callable[[Callable[[Session], T]], T]:
    """`act(work)`: what a door does, `transact(work)`, from any thread."""

    def run(work: Callable[[Session], T]) -> T:
        with app.app_context():
            return transact(work)

    return run


@pytest.fixture
def owner(database: str) -> Iterator[psycopg.Connection[Any]]:
    """The owner of the database in autocommit: for looking behind the curtain and for tampering."""
    with psycopg.connect(embedded.psycopg_address(database), autocommit=True) as connection:
        yield connection


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI=true a skipped test is a failed run: the real part was not there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("CI=true: a skipped test is a failure.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _build(server: embedded.Server, settings: Settings) -> None:
    """Migrate under another name and rename: nobody copies a half-made template."""
    name = f"{TEMPLATE}_new"
    url = server.url(name)
    with _maintenance(server) as connection:
        _drop(connection, name)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        app = Flask("migrations")
        app.config["MIGRATION_URL"] = url
        config_database.configure(app, Settings(url, "", url, "", b"", Path()))
        config_database.upgrade(app)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))


def _maintenance(server: embedded.Server) -> psycopg.Connection[Any]:
    return psycopg.connect(embedded.psycopg_address(server.url("postgres")), autocommit=True)


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
