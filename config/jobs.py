"""What runs when, on PostgreSQL: any number of `emma worker` share the work, each job runs once at a time."""

import os
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask
from procrastinate import App, PsycopgConnector

from config import limits, nightly
from config.embedded import psycopg_address
from config.settings import Settings
from loyalty.db import transact
from loyalty.points import sealing

SEAL_CRON = "* * * * * */15"  # every 15 seconds
LIMITS_CRON = "* * * * * */30"
NIGHT_CRON = "30 * * * *"
NIGHT_HOUR = 3  # local: 02:30 does not exist when summer time begins

SEALED_AT_ONCE = 5_000

log = structlog.get_logger()


def worker_app(flask: Flask) -> App:
    """The jobs of this installation, each working through the application `flask`."""
    given: Settings = flask.config["SETTINGS"]
    options = f"-c role={given.database_role}" if given.database_role else ""
    connector = PsycopgConnector(
        conninfo=psycopg_address(given.database_url), min_size=1, max_size=4, kwargs={"options": options}
    )
    jobs = App(connector=connector)

    @jobs.periodic(cron=SEAL_CRON)
    @jobs.task(name="seal", queueing_lock="seal", lock="seal", pass_context=False)
    def seal(timestamp: int) -> None:
        """Put what is committed into the gapless sequence."""
        with flask.app_context():
            at = datetime.fromtimestamp(timestamp, UTC)
            while transact(lambda session: sealing.seal(session, at, SEALED_AT_ONCE)) == SEALED_AT_ONCE:
                pass

    @jobs.periodic(cron=LIMITS_CRON)
    @jobs.task(name="limits", queueing_lock="limits", lock="limits", pass_context=False)
    def watch(timestamp: int) -> None:
        """Hold what partners owe against their limits."""
        with flask.app_context():
            limits.watch(datetime.fromtimestamp(timestamp, UTC))

    @jobs.periodic(cron=NIGHT_CRON)
    @jobs.task(name="nightly", queueing_lock="nightly", lock="nightly", pass_context=False)
    def night(timestamp: int) -> None:
        """Once a night, by the coalition's clock."""
        with flask.app_context():
            at = datetime.fromtimestamp(timestamp, UTC)
            if at.astimezone(nightly.zone()).hour == NIGHT_HOUR:
                log.info("nightly", **nightly.run(at))

    return jobs


def work(flask: Flask, **options: Any) -> None:
    """Work until a signal says stop; what was begun is finished first."""
    worker_app(flask).run_worker(
        name=f"emma-{os.getpid()}",
        concurrency=2,
        delete_jobs="successful",
        install_signal_handlers=True,
        **options,
    )
