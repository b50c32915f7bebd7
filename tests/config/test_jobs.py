"""The worker's tables and jobs on the real database, working as the role with few rights."""

import asyncio
import threading

from config import jobs


def test_the_worker_does_what_was_put_in_its_queue(app, owner):
    async def once() -> None:
        worker = jobs.worker_app(app)
        async with worker.open_async():
            await worker.tasks["seal"].defer_async(timestamp=1_800_000_000)
            await worker.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    # In a thread of its own: the browser's tests leave an event loop running in the main one.
    thread = threading.Thread(target=asyncio.run, args=(once(),))
    thread.start()
    thread.join(60)
    assert owner.execute(
        "SELECT status::text FROM procrastinate_jobs WHERE task_name = 'seal'"
    ).fetchall() in (
        [("succeeded",)],
        [("succeeded",), ("succeeded",)],  # the clock put one there meanwhile
    )
