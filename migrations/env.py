"""Runs the migrations as the owner of the database; the application itself connects with fewer rights."""

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, pool

import loyalty.models  # noqa: F401
import partners.models
import partners.settlement.models  # noqa: F401
from loyalty.db import db

FOREIGN = ("procrastinate_",)  # tables that other libraries bring and migrate by their own SQL


def ours(name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
    """Whether autogenerate looks at an object at all."""
    return not (kind == "table" and name is not None and name.startswith(FOREIGN))


def run() -> None:
    url = current_app.config["MIGRATION_URL"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_name=ours,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
