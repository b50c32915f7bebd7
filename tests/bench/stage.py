"""The stage: a PostgreSQL of its own (fsync on, as shipped), migrated, one shop with tills and many members."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask

from config import database, embedded, settings
from config.app import create_app
from loyalty.db import db, transact, wires
from loyalty.models.purchases import Reward
from loyalty.points.operations import Place
from loyalty.rules.ids import uuid7
from partners import catalogue, keys, shops
from tests.bench import seed

TILLS = 8  # as many as connections: each till's own limit of calls is far away
DATABASE = "emma"
# The server's own log as JSON, to be read by machine; it is written only where a measurement asks for it.
LOG = {
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_filename": "server",
    "log_file_mode": "0644",
}


@dataclass(frozen=True)
class Stage:
    """Everything a measurement needs. `keys` are the tills' keys, `members` how many cards there are (0 to n-1)."""

    folder: Path
    server: embedded.Server
    settings: settings.Settings
    app: Flask
    places: tuple[Place, ...]
    keys: tuple[str, ...]
    members: int

    def connect(self) -> psycopg.Connection[Any]:
        """The database's owner, in autocommit."""
        return psycopg.connect(embedded.psycopg_address(self.settings.database_url), autocommit=True)

    def environment(self) -> dict[str, str]:
        """What a server or a command that works on this stage finds in its environment."""
        return {**os.environ, **settings.environment(self.settings)}

    def log(self) -> Path:
        """The database server's log: one JSON object a line."""
        return self.server.folder / "data" / "log" / "server.json"


@contextmanager
def opened(members: int, bulk: bool = False) -> Iterator[Stage]:
    """A new stage with so many members in a temporary folder, gone afterwards. `bulk`: members come later."""
    folder = Path(tempfile.mkdtemp(prefix="emma-bench-"))
    folder.chmod(0o755)
    server = embedded.start(folder, LOG)
    try:
        stage = _built(folder, server, members)
        if not bulk:
            with stage.app.app_context():
                seed.members(stage, members)
                seed.openings(stage, members)
                db.engine.dispose()  # sessions tell what they wrote when they end
                wires.close()
        yield stage
        with stage.app.app_context():
            db.engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _built(folder: Path, server: embedded.Server, members: int) -> Stage:
    url = server.url(DATABASE)
    embedded.ensure_database(url)
    given = settings.Settings(
        database_url=url,
        database_role="emma_app",
        migration_url=url,
        secret_key="a secret for measuring, long enough for all",
        card_key=b"a card key for measuring, long enough for all",
        instance=folder,
        https=False,
    )
    app = create_app(given)
    database.upgrade(app)
    with app.app_context():
        places, texts = transact(_shop)
    return Stage(folder, server, given, app, places, texts, members)


def _shop(session: Any) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """A baker under the coalition's default rule, a reward, and a key for each of the tills."""
    at = datetime.now(UTC) - timedelta(days=400)

    def new_id() -> UUID:
        return uuid7(at, os.urandom(10))

    one = shops.open_partner(session, "baker", "Bäckerei Korn", "Markt 1", at, new_id, "Europe/Berlin")
    catalogue.put_category(session, one.partner_id, "bread", "Brot", margin_bp=6200, vat_bp=700)
    catalogue.put_category(session, one.partner_id, "drinks", "Getränke", margin_bp=4000, vat_bp=1900)
    session.add(Reward(
        id=new_id(), partner_id=one.partner_id, name="Flasche Rotwein", points=5_000_000, value_cents=500
    ))  # fmt: skip
    tills = [one.till_id] + [
        shops.add_till(session, one.shop_id, str(n), new_id) for n in range(2, TILLS + 1)
    ]
    texts = tuple(keys.issue(session, till, keys.SCOPES, at, os.urandom) for till in tills)
    return tuple(Place(till, one.shop_id, one.partner_id, "Europe/Berlin") for till in tills), texts
