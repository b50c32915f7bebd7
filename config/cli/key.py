"""emma key: what a till signs in with."""

import os
from datetime import UTC, datetime
from uuid import UUID

import click

from config.cli.door import local_app, show
from loyalty.db import transact
from partners import keys


@click.group()
def command() -> None:
    """Keys for tills."""


@command.command()
@click.option("--till", required=True, type=click.UUID, help="The till's id.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(keys.SCOPES), help="Default: all of them."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def create(till: UUID, scopes: tuple[str, ...], as_json: bool) -> None:
    """A key for a till, shown this once. A till may have two, so that it can change over."""
    with local_app().app_context():
        at = datetime.now(UTC)
        key = transact(lambda session: keys.issue(session, till, scopes or keys.SCOPES, at, os.urandom))
    show({"till": till, "key": key}, as_json, key)


@command.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Refuse the key from now on. KEY_ID is the part after emma_till_."""
    with local_app().app_context():
        at = datetime.now(UTC)
        transact(lambda session: keys.revoke(session, key_id, at))
    click.echo("Revoked.")
