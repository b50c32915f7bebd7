"""emma worker: does what is due until it is told to stop."""

import click

from config import jobs, settings
from config.app import create_app


@click.command()
def command() -> None:
    """Work by the clock: sealing, the nightly jobs. Several may run. Needs EMMA_DATABASE_URL and the secrets."""
    jobs.work(create_app(settings.load()))
