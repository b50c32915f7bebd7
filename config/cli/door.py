"""How a command gets its application: on your database when one is set, else on the embedded one, migrated."""

import json
import sys
from typing import Any

import click
from flask import Flask

from config import database, settings
from config.app import create_app


def local_app() -> Flask:
    """The application for a command in the current folder; exit 1 when your own database is not migrated."""
    given = settings.local()
    app = create_app(given)
    if database.revision(given.migration_url) != database.newest():
        if given.server is None:
            click.echo("emma: the database is not at this version; run `emma migrate` first.", err=True)
            sys.exit(1)
        database.upgrade(app)
    return app


def show(facts: dict[str, Any], as_json: bool, sentence: str) -> None:
    """A sentence for people or the facts for machines, on stdout."""
    click.echo(json.dumps(facts, default=str) if as_json else sentence)
