"""Jobs of syncing at work, for as long as the process serves, and the clock that starts those that are due."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import leases, signals, underway, worker
from hub_app.kernel.errors import HubError
from hub_app.kernel.leases import Ended
from hub_app.kernel.queue import Held
from hub_app.kernel.selection import Busy
from hub_app.kernel.settings import get_settings
from hub_app.sync.engine import ending, kinds, news
from hub_app.sync.engine.run import Run, begin, give_back
from hub_app.sync.service import jobs, schedule

_TERMS = worker.Terms(topic=jobs.TOPIC, max_concurrent=16, max_per_tenant=10, look_seconds=1)
_TICK_SECONDS = 5.0
_MOST_TRIES = 6
_UNEXPECTED = (
    "It stopped because of an internal error. Ask the operator to check Hub's log, then retry the job."
)
_log = logging.getLogger(__name__)
Work = Callable[[Run], Awaitable[None]]


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """Sync for the time of the block."""
    stopped = signals.Watch()
    clock = asyncio.create_task(_tick_until(stopped), name="schedules of syncing")
    try:
        async with worker.working(jobs.QUEUE, _run, partial(ending.fail, error=_UNEXPECTED), _TERMS):
            yield
    finally:
        stopped.wake()
        await clock


async def _tick_until(stopped: signals.Watch) -> None:
    while not await stopped.wait(_TICK_SECONDS):
        try:
            await schedule.start_due()
        except Exception:  # noqa: BLE001 - whatever it is, the clock must go on
            _log.exception("Connections that are due could not be looked for; trying again.")


async def _run(held: Held, _row: worker.Row) -> None:
    """One job, as far as it goes now."""
    with underway.piece() as piece:
        try:
            run = await begin(held, piece)
        except Ended:
            await _cut_off(held)
            return
        if run is None:
            await ending.fail(held, f"It was started {leases.MOST_STARTS} times and never got on.")
            return
        try:
            await news.begins(run)
            await kinds.WORK[run.type](run)
        except Ended:
            await _cut_off(held)
        except ApiError as error:
            await _trouble(run, error)
        except Busy:
            await give_back(held, timedelta(seconds=get_settings().sync_retry_seconds))
        except HubError as error:
            await ending.fail(held, error.detail, "refused")
        else:
            await ending.complete(run)


async def _cut_off(held: Held) -> None:
    """The job was cancelled, or is another process's."""
    await ending.cancel(held)


async def _trouble(run: Run, error: ApiError) -> None:
    """A call failed: go on later where that may help, else end."""
    tries = run.checkpoint.get("tries", 0) + (error.kind != "rate_limited")
    if not error.retryable or tries > _MOST_TRIES:
        await ending.fail(run.held, ending.said(error), ending.kind_of(error))
        return
    run.checkpoint["tries"] = tries
    wait = error.retry_after or get_settings().sync_retry_seconds * 3 ** max(0, tries - 1)
    why = f"{str(error).rstrip('.')}. Going on in {wait:,.0f} s."
    try:
        await run.put_off(timedelta(seconds=wait), why)
    except Ended:
        await _cut_off(run.held)
