"""emma partner: companies of the coalition."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import click
from sqlalchemy.orm import Session

from config.cli.asking import password_hash
from config.cli.door import local_app, show
from loyalty.db import transact
from loyalty.rules.ids import uuid7
from partners import shops, staff


@dataclass(frozen=True)
class Owner:
    """Who will sign in to the partner's office."""

    email: str
    name: str
    password_hash: str


@click.group()
def command() -> None:
    """Companies of the coalition."""


@command.command()
@click.option("--code", required=True, help="Short name: small letters, digits, hyphens.")
@click.option("--name", required=True, help="As members read it.")
@click.option("--shop", help="The first shop's name; the partner's when absent.")
@click.option("--time-zone", help="Of the shop, e.g. Europe/Berlin; the coalition's when absent.")
@click.option("--owner-email", help="Who may sign in to the office; the password is asked for.")
@click.option("--owner-name", help="The partner's name when absent.")
@click.option("--password-stdin", is_flag=True, help="Read the owner's password from standard input.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def create(
    code: str,
    name: str,
    shop: str | None,
    time_zone: str | None,
    owner_email: str | None,
    owner_name: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """A partner with default terms, one shop and one till; with --owner-email somebody who may sign in."""
    owner = None
    if owner_email:
        owner = Owner(owner_email, owner_name or name, password_hash(owner_email, password_stdin))
    with local_app().app_context():
        at = datetime.now(UTC)
        new_id = lambda: uuid7(at, os.urandom(10))  # noqa: E731
        facts = transact(
            lambda session: _create(session, code, name, shop or name, time_zone, owner, at, new_id)
        )
    show(facts, as_json, f"{name} is in. Next: emma key create --till {facts['till']}")


def _create(
    session: Session,
    code: str,
    name: str,
    shop: str,
    time_zone: str | None,
    owner: Owner | None,
    at: datetime,
    new_id: Callable[[], UUID],
) -> dict[str, object]:
    opened = shops.open_partner(session, code, name, shop, at, new_id, time_zone)
    facts = {"partner": opened.partner_id, "code": code, "shop": opened.shop_id, "till": opened.till_id}
    if owner is None:
        return facts
    partner = opened.partner_id
    owner_id = staff.create(session, owner.email, owner.name, "owner", partner, owner.password_hash, new_id)
    return facts | {"owner": owner_id}
