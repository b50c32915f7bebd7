"""How the application reaches PostgreSQL: the pool, the role it works as, the migrations. Names no table."""

import select
from pathlib import Path
from typing import Any

import psycopg
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from flask_migrate import upgrade as alembic_upgrade
from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from config.embedded import psycopg_address
from config.settings import Settings
from loyalty.db import db

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LONGEST_WAIT_MS = 8_000  # for another's lock; a till is told `in_flight` then, and asks again
ONE_AT_A_TIME = 0x456D6D61  # advisory lock: two starters of one database migrate it once


def configure(app: Flask, settings: Settings) -> None:
    """Give the application its pool of connections, each working as the role with few rights."""
    options = f"-c lock_timeout={LONGEST_WAIT_MS}"
    options += f" -c role={settings.database_role}" if settings.database_role else ""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": 4,
        "max_overflow": 8,
        "pool_use_lifo": True,
        "hide_parameters": True,  # messages of errors go to logs; parameters are cards and names
        "connect_args": {"options": options, "application_name": "emma"},
    }
    app.config["MIGRATION_URL"] = settings.migration_url
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS))
    with app.app_context():
        event.listen(db.engine, "checkout", _still_there)


def upgrade(app: Flask) -> None:
    """Bring the database to the newest migration, as its owner."""
    address = psycopg_address(app.config["MIGRATION_URL"])
    with psycopg.connect(address, autocommit=True) as waiting, app.app_context():
        waiting.execute("SELECT pg_advisory_lock(%s)", (ONE_AT_A_TIME,))
        alembic_upgrade(directory=str(MIGRATIONS))


def newest() -> str | None:
    """The migration this code was written for."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


def current(engine: Engine) -> str | None:
    """The migration the database stands at, None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def revision(url: str) -> str | None:
    """As `current`, of a database whose application role may not be made yet. `url` is the owner's."""
    engine = create_engine(url, poolclass=NullPool)
    return current(engine)


def holds_partners(url: str) -> bool:
    """Whether somebody's books are in the database already. `url` is the owner's."""
    with psycopg.connect(psycopg_address(url)) as connection:
        return connection.execute("SELECT 1 FROM partner LIMIT 1").fetchone() is not None


def _still_there(connection: Any, _record: Any, _proxy: Any) -> None:
    """A connection that the server closed meanwhile says so on its socket: asking costs no round trip."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
    if poll.poll(0):
        raise DisconnectionError("the server has closed this connection")
