"""The settlement's stage: a PostgreSQL of its own with one month in it. Without fsync: what is measured here reads."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.orm import Session

from config import database, embedded, settings
from config.app import create_app
from loyalty.db import db, transact
from partners.settlement import flows
from tests.bench import settlement_seed as seed
from tests.coalition import CARD_KEY, Coalition

QUICK = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "512MB"}


@dataclass(frozen=True)
class Month:
    """A month of a coalition. `owner` looks at the database past the application, in autocommit."""

    coalition: Coalition
    transfers: int
    owner: psycopg.Connection[Any]

    def one(self, query: str) -> Any:
        """A single value."""
        row = self.owner.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


@contextmanager
def opened(partners: int, transfers: int, sealed: bool) -> Iterator[Month]:
    """A new month in a temporary folder, gone afterwards; the application's context is pushed. `sealed`: with numbers,
    but without real hashes.
    """
    folder, began = Path(tempfile.mkdtemp(prefix="emma-bench-")), time.monotonic()
    folder.chmod(0o755)
    server = embedded.start(folder, QUICK)
    try:
        url = server.url()
        embedded.ensure_database(url)
        app = create_app(
            settings.Settings(
                database_url=url,
                database_role="emma_app",
                migration_url=url,
                secret_key="a secret for measuring, long enough for all",
                card_key=CARD_KEY,
                instance=folder,
                https=False,
            )
        )
        database.upgrade(app)
        with app.app_context(), psycopg.connect(embedded.psycopg_address(url), autocommit=True) as owner:
            with Session(db.engine) as session:
                coalition = seed.partners(session, partners)
            seed.fill(owner, coalition, transfers, sealed)
            month = Month(coalition, transfers, owner)
            size = month.one("SELECT pg_size_pretty(pg_database_size(current_database()))")
            took = time.monotonic() - began
            print(f"\n{partners} partners, {transfers:,} transfers in {size}, after {took:.0f} s", flush=True)
            yield month
            db.engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def gathered(month: Month, at_once: int) -> float:
    """Seconds that gathering all flows takes, in transactions of so many transfers, as the worker does it."""
    began = time.perf_counter()
    while transact(lambda session: flows.gather(session, at_once)) == at_once:
        pass
    took_s = time.perf_counter() - began
    month.owner.execute("VACUUM ANALYZE flow")
    return took_s
