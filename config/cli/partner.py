"""emma partner: companies of the coalition."""

import os
from datetime import UTC, datetime

import click

from config.cli.door import local_app, show
from loyalty.db import transact
from loyalty.rules.ids import uuid7
from partners import shops


@click.group()
def command() -> None:
    """Companies of the coalition."""


@command.command()
@click.argument("code")
@click.option("--name", required=True, help="As members read it.")
@click.option("--shop", help="The first shop's name; the partner's when absent.")
@click.option("--time-zone", help="Of the shop, e.g. Europe/Berlin; the coalition's when absent.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def create(code: str, name: str, shop: str | None, time_zone: str | None, as_json: bool) -> None:
    """A partner with CODE as its short name, default terms, one shop and one till."""
    with local_app().app_context():
        at = datetime.now(UTC)
        opened = transact(
            lambda session: shops.open_partner(
                session, code, name, shop or name, at, lambda: uuid7(at, os.urandom(10)), time_zone
            )
        )
    facts = {"partner": opened.partner_id, "shop": opened.shop_id, "till": opened.till_id}
    show(facts, as_json, f"{name} is in. Next: emma key create --till {opened.till_id}")
