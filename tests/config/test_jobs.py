"""The worker's tables and jobs on the real database, working as the role with few rights."""

import asyncio
import threading
from dataclasses import replace

import pytest

from config import jobs
from loyalty import outbox
from loyalty.outbox import Message
from tests.letterbox import letterbox
from tests.street import NOON, ids

TAKEN = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status)
VALUES ('default', 'seal', 'seal', 'seal', '{"timestamp": 1800000000}', 'doing')
"""


def work(app, *tasks):
    """A worker that does what is in the queue, these `tasks` among it, and ends."""

    async def once() -> None:
        worker = jobs.worker_app(app)
        async with worker.open_async():
            for task in tasks:
                await worker.tasks[task].defer_async(timestamp=1_800_000_000)
            await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    # In a thread of its own: the browser's tests leave an event loop running in the main one.
    thread = threading.Thread(target=asyncio.run, args=(once(),))
    thread.start()
    thread.join(60)


def statuses(owner, task):
    rows = owner.execute("SELECT status::text FROM procrastinate_jobs WHERE task_name = %s", [task])
    return [status for (status,) in rows]


def test_the_worker_does_what_was_put_in_its_queue(app, owner):
    work(app, "seal")
    assert statuses(owner, "seal") in (
        ["succeeded"],
        ["succeeded", "succeeded"],  # the clock put one there meanwhile
    )


@pytest.fixture
def mailing(app, monkeypatch):
    """`mailing(url)`: from now on the application's mails go there."""

    def to(url):
        told = replace(app.config["SETTINGS"], smtp_url=url, mail_from="Emma <emma@street.example>")
        monkeypatch.setitem(app.config, "SETTINGS", told)

    return to


def test_the_worker_sends_mails(app, act, owner, mailing):
    act(lambda s: outbox.put(s, Message("anna@street.example", "Hello", "Anna"), NOON, ids()))
    work(app, "mail")  # nobody said where to: it waits
    assert owner.execute("SELECT tries FROM outbox").fetchone() == (0,)
    with letterbox() as box:
        mailing(f"smtp://127.0.0.1:{box.port}")
        work(app, "mail")
        assert [mail["Subject"] for mail in box.mails] == ["Hello"]
    assert set(statuses(owner, "mail")) == {"succeeded"}


def test_a_killed_workers_job_runs_anew(app, owner):
    owner.execute(TAKEN)
    work(app, "rescue")
    work(app)
    assert set(statuses(owner, "seal")) == {"succeeded"}


def test_a_killed_workers_job_makes_way_for_the_next(app, owner):
    owner.execute(TAKEN)
    owner.execute(TAKEN.replace("'doing'", "'todo'"))
    work(app, "rescue")
    work(app)
    assert set(statuses(owner, "seal")) == {"succeeded"}
