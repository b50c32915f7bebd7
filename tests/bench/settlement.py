"""make bench-settlement: a month of millions of transfers is settled from its flows, not from its transfers."""

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy.orm import Session

from config import database, embedded, settings
from config.app import create_app
from loyalty.db import db
from tests.bench import settlement_seed as seed
from tests.coalition import Coalition

QUICK = {"fsync": "off", "full_page_writes": "off"}  # what is measured here reads


@contextmanager
def opened(partners: int, transfers: int, sealed: bool):
    folder = Path(tempfile.mkdtemp(prefix="emma-bench-"))
    folder.chmod(0o755)
    server = embedded.start(folder, QUICK)
    try:
        url = server.url("emma")
        embedded.ensure_database(url)
        app = create_app(
            settings.Settings(
                database_url=url,
                database_role="emma_app",
                migration_url=url,
                secret_key="a secret for measuring, long enough for all",
                card_key=b"a card key for measuring, long enough for all",
                instance=folder,
                https=False,
            )
        )
        database.upgrade(app)
        with app.app_context(), psycopg.connect(embedded.psycopg_address(url), autocommit=True) as owner:
            with Session(db.engine) as session:
                coalition = seed.partners(session, partners)
            t = time.time()
            seed.fill(owner, coalition, transfers, sealed)
            print(
                "filled",
                time.time() - t,
                owner.execute("select pg_size_pretty(pg_database_size('emma'))").fetchone(),
            )
            yield coalition, owner
            db.engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
