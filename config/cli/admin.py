"""emma admin: people who run the coalition."""

import os
from datetime import UTC, datetime

import click

from config.cli.asking import password_hash
from config.cli.door import local_app, show
from loyalty.db import transact
from loyalty.rules.ids import uuid7
from partners import staff


@click.group()
def command() -> None:
    """People who run the coalition."""


@command.command()
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def create(email: str, name: str, password_stdin: bool, as_json: bool) -> None:
    """Somebody who may sign in and run the coalition. The password is asked for, never an argument."""
    password = password_hash(email, password_stdin)
    with local_app().app_context():
        at = datetime.now(UTC)
        admin = transact(
            lambda session: staff.create(
                session, email, name, "admin", None, password, lambda: uuid7(at, os.urandom(10))
            )
        )
    show({"id": admin, "email": email}, as_json, f"{email} may sign in.")
