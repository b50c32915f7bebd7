"""emma migrate: the database to this version, as its owner."""

import click

from config import database, settings
from config.app import create_app


@click.command()
def command() -> None:
    """Bring the database to this version; does nothing when it is there. EMMA_MIGRATION_URL names its owner."""
    app = create_app(settings.local())
    database.upgrade(app)
    click.echo(f"The database is at {database.newest()}.", err=True)
