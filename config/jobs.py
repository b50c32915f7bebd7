"""What runs when, on PostgreSQL: any number of `emma worker` share the work, each job runs once at a time."""

import os
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from config import delivery, limits, mail, nightly, settling
from config.embedded import psycopg_address
from config.settings import Settings
from loyalty.db import transact
from loyalty.points import sealing

SEAL_CRON = "* * * * * */15"  # every 15 seconds
LIMITS_CRON = "* * * * * */30"
MAIL_CRON = "* * * * * */15"
DRAW_CRON = "* * * * *"
RESCUE_CRON = "* * * * * */30"
NIGHT_CRON = "30 * * * *"
NIGHT_HOUR = 3  # local: 02:30 does not exist when summer time begins

SEALED_AT_ONCE = 5_000
LONGEST_LAG_S = 60  # the head of the chain is never older, or somebody is told

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
            behind = transact(lambda session: sealing.lag_seconds(session, at))
            if behind > LONGEST_LAG_S:
                log.warning("seal_behind", seconds=behind)

    @jobs.periodic(cron=LIMITS_CRON)
    @jobs.task(name="limits", queueing_lock="limits", lock="limits", pass_context=False)
    def watch(timestamp: int) -> None:
        """Hold what partners owe against their limits."""
        with flask.app_context():
            limits.watch(datetime.fromtimestamp(timestamp, UTC))

    @jobs.periodic(cron=MAIL_CRON)
    @jobs.task(name="mail", queueing_lock="mail", lock="mail", pass_context=False)
    def post(timestamp: int) -> None:
        """Send what waits in the outbox; without a server it waits on."""
        if given.smtp_url:
            with flask.app_context():
                sender = mail.sender(given.mail_from)
                delivery.deliver(mail.route(given.smtp_url), sender, lambda: datetime.now(UTC))

    @jobs.periodic(cron=DRAW_CRON)
    @jobs.task(name="draw", queueing_lock="draw", lock="draw", pass_context=False)
    def draw(timestamp: int) -> None:
        """Draw the papers of runs that were released lately, so that nobody waits for them at a click."""
        with flask.app_context():
            settling.draw_latest(datetime.fromtimestamp(timestamp, UTC))

    @jobs.periodic(cron=RESCUE_CRON)
    @jobs.task(name="rescue", queueing_lock="rescue", pass_context=False)
    async def rescue(timestamp: int) -> None:
        """A killed worker's job would hold its lock for ever. It runs anew, unless the next one waits already."""
        for job in await jobs.job_manager.get_stalled_jobs():
            log.warning("job_rescued", task=job.task_name)
            try:
                await jobs.job_manager.retry_job(job)
            except UniqueViolation:
                await jobs.job_manager.finish_job(job, Status.FAILED, delete_job=True)

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
        concurrency=4,  # a mail server that does not answer keeps none of the others from running
        delete_jobs="successful",
        install_signal_handlers=True,
        **options,
    )
