"""Plans at work, for as long as the process serves: their runs, and the clock that starts the scheduled ones."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import cast

from pydantic import JsonValue

from hub_app.connectors.schemas.runs import RunIn, RunOut
from hub_app.connectors.service import runs as actions
from hub_app.connectors.service.idempotency import UnderWay
from hub_app.governance.service.consents import ConsentRevoked
from hub_app.kernel import chain, signals, threads, underway, worker
from hub_app.kernel.actor import system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Forbidden, HubError, Invalid, NotFound
from hub_app.kernel.queue import Held
from hub_app.kernel.scheduler import Periodic
from hub_app.plans import engine, templates
from hub_app.plans.engine import Begun, Outcome
from hub_app.plans.service import runs, triggers, versions

_TERMS = worker.Terms(topic=runs.TOPIC, max_concurrent=16, max_per_tenant=8, look_seconds=1)
_TICK_SECONDS = 1.0
_UNEXPECTED = (
    "It stopped because of an internal error. Ask the operator to check Hub's log, then resume the run."
)
_log = logging.getLogger(__name__)

PERIODIC = [
    Periodic(
        "plans.delete_unused_versions",
        timedelta(hours=1),
        versions.delete_unused_versions,
        "Deletes former steps of plans that no run refers to.",
    )
]


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """Run plans for the time of the block."""
    stopped = signals.Watch()
    clock = asyncio.create_task(_tick_until(stopped), name="schedules of plans")
    try:
        async with worker.working(runs.QUEUE, _run, partial(engine.fail, error=_UNEXPECTED), _TERMS):
            yield
    finally:
        stopped.wake()
        await clock


async def _tick_until(stopped: signals.Watch) -> None:
    more = False
    while not await stopped.wait(0 if more else _TICK_SECONDS):
        try:
            more = await triggers.start_due()
        except Exception:  # noqa: BLE001 - whatever it is, the clock must go on
            _log.exception("Plans that are due could not be looked for; trying again.")
            more = False


async def _run(held: Held, _row: worker.Row) -> None:
    """One run of a plan, as far as it goes now."""
    with underway.piece() as piece:
        begun = await engine.advance(held, None)
        while begun is not None:
            outcome = await _call(held, begun)
            # What the next step refers to is read with the writing of this one.
            written_from = utcnow()
            begun = await engine.advance(held, outcome)
            piece.goes_on(written_from)


async def _call(held: Held, begun: Begun) -> Outcome:
    """What comes of the step's action. No transaction is open."""
    try:
        known = await threads.run(begun.known, partition=held.tenant_id)
        params = cast(
            "dict[str, JsonValue]",
            await templates.resolved(dict(begun.step.params), known, partition=held.tenant_id),
        )
        with chain.at(begun.depth):
            came = await _answer(held, begun, RunIn(params=params, omit=begun.step.omit))
    except templates.Unresolved as error:
        gone = (
            " The event that started this run is older than Hub keeps events." if begun.event_is_gone else ""
        )
        return Outcome(error=f"{error}.{gone}")
    except ConsentRevoked as error:
        return Outcome(error=error.detail, ends=True)
    except HubError as error:
        # What is not there, or not allowed, will not be so in a few seconds.
        return Outcome(error=error.detail, retryable=not isinstance(error, (NotFound, Invalid, Forbidden)))
    return Outcome.answered(
        came.execution_id,
        data=came.data,
        status_code=came.status_code,
        error=came.error.detail if came.error else "",
        retry_after=came.error.retry_after if came.error else None,
        ends=came.error is not None and came.error.kind == "consent",
    )


async def _answer(held: Held, begun: Begun, given: RunIn) -> RunOut:
    """The answer that was recorded when this attempt was begun before; else that of a call."""

    async def run(key: str) -> RunOut:
        return await actions.run_action(
            system_actor(held.tenant_id, begun.acting),
            begun.step.integration_id,
            begun.step.action,
            given,
            trigger="plan",
            key=key,
            plan_run_id=held.id,
            earlier=begun.earlier,
        )

    *before, last = begun.keys
    for key in before:
        with suppress(UnderWay):
            return await run(key)
    return await run(last)
