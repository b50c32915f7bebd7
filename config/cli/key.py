"""emma key: what a till signs in with."""

import os
from datetime import UTC, datetime
from uuid import UUID

import click
from sqlalchemy.orm import Session

from config.cli.door import local_app, show
from loyalty.db import transact
from partners import keys, shops


@click.group()
def command() -> None:
    """Keys for tills."""


@command.command()
@click.option("--till", required=True, help="The till's id, or the code of a partner that has one till.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(keys.SCOPES), help="Default: all of them."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def create(till: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """A key for a till, shown this once. A till may have two, so that it can change over."""
    with local_app().app_context():
        at = datetime.now(UTC)
        till_id, key = transact(lambda session: _issue(session, till, scopes or keys.SCOPES, at))
    show({"till": till_id, "key": key}, as_json, key)


def _issue(session: Session, till: str, scopes: tuple[str, ...], at: datetime) -> tuple[UUID, str]:
    till_id = _till(session, till)
    return till_id, keys.issue(session, till_id, scopes, at, os.urandom)


def _till(session: Session, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        tills = shops.tills_of(session, text)
    if len(tills) == 1:
        return tills[0]
    listed = ", ".join(map(str, tills))
    raise click.BadParameter(f"{text} has {len(tills)} tills, name one: {listed}", param_hint="--till")


@command.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Refuse the key from now on. KEY_ID is the part after emma_till_."""
    with local_app().app_context():
        at = datetime.now(UTC)
        transact(lambda session: keys.revoke(session, key_id, at))
    click.echo("Revoked.")
