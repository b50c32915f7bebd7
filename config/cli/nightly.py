"""emma nightly: by hand what the worker does at night."""

from datetime import UTC, date, datetime

import click

from config import nightly
from config.cli.door import local_app, show


@click.command()
@click.option("--date", "day", metavar="YYYY-MM-DD", help="As at the end of this day; otherwise as of now.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def command(day: str | None, as_json: bool) -> None:
    """Do what is due: points expire. A second run finds nothing."""
    with local_app().app_context():
        at = nightly.end_of(_day(day)) if day else datetime.now(UTC)
        done = nightly.run(at)
    show(
        done,
        as_json,
        f"Due were {done['wallets']} wallets, {done['slips']} slips, {done['tries']} wrong tries.",
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("a date is YYYY-MM-DD", param_hint="--date") from None
