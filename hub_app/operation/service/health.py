"""Whether the installation works, and what a tenant has connected (`Capability.health` and `.status`)."""

import logging
import platform
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from hub_app.kernel import capabilities, counts, db, migrations, processes, ratelimit, scheduler
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import Schedule
from hub_app.operation.schemas import Check, DatabaseOut, Health, Installation, ProcessOut, Status

_LOOK = "Check that a process with the role all or worker runs, and see its log."
_log = logging.getLogger(__name__)


async def check() -> Health:
    """The database, the scheduler, and what the capabilities say of themselves."""
    checks: dict[str, Callable[[], Awaitable[tuple[bool, str]]]] = {
        "database": _database,
        "scheduler": _scheduler,
    }
    if get_settings().redis_url:
        checks["redis"] = _redis
    for capability in capabilities.every():
        checks |= capability.health
    found = {name: await _ask(name, one) for name, one in checks.items()}
    return Health(status="ok" if all(c.ok for c in found.values()) else "degraded", checks=found)


async def told(actor: Actor | None) -> Health:
    """The same for whoever asks: whether each part works for those who are signed in, and why not for operators alone."""
    found = await check()
    if actor is None or found.checks is None:
        return Health(status=found.status)
    if actor.is_operator:
        return found
    return Health(
        status=found.status, checks={name: Check(ok=one.ok, detail="") for name, one in found.checks.items()}
    )


async def _ask(name: str, one: Callable[[], Awaitable[tuple[bool, str]]]) -> Check:
    try:
        ok, detail = await one()
    except (SQLAlchemyError, OSError):
        _log.exception("The health check of %s failed.", name)
        ok, detail = False, "The check failed; the log has the details."
    return Check(ok=ok, detail=detail)


async def _database() -> tuple[bool, str]:
    began = time.perf_counter()
    async with db.system("does the database answer?") as session:
        await session.exec(select(Schedule.name).limit(1))
    return True, f"Responded within {(time.perf_counter() - began) * 1000:.1f} ms."


async def _scheduler() -> tuple[bool, str]:
    late = await scheduler.late()
    if late:
        return False, f"These periodic tasks are overdue: {', '.join(sorted(late))}. {_LOOK}"
    return True, "Periodic tasks run on time."


async def _redis() -> tuple[bool, str]:
    if await ratelimit.answers():
        return True, "Redis responds."
    return False, "Redis does not respond: screens and rate limits need it. Start it, or correct REDIS_URL."


async def ready() -> tuple[bool, str]:
    """Whether this process can serve requests now, with a sentence."""
    if processes.is_leaving():
        return False, "This process is shutting down."
    try:
        current = await migrations.is_current()
    except (SQLAlchemyError, OSError, RuntimeError):
        _log.exception("The database does not respond.")
        return False, "The database does not respond."
    return current, "Ready." if current else "The database has another schema than this version needs."


async def describe(actor: Actor) -> Installation:
    """For operators: every check, the database, and the processes that are alive."""
    actor.require_operator()
    found, facts = await check(), await migrations.facts()
    redis = "redis" in (found.checks or {})
    return Installation(
        status=found.status,
        checks=found.checks or {},
        database=DatabaseOut(**asdict(facts)),
        redis=redis,
        python=platform.python_version(),
        started_at=processes.started_at,
        processes=[
            ProcessOut(
                role=one.role, host=one.host, pid=one.pid, started_at=one.created_at, seen_at=one.seen_at
            )
            for one in await processes.alive()
        ],
    )


def pages() -> dict[str, str]:
    """Where operators see more of a part, by the name of its check."""
    found = {"scheduler": "/operator/scheduler"}
    for capability in capabilities.every():
        found |= capability.health_pages
    return found


async def status(actor: Actor) -> Status:
    """Counts of what the tenant has, from every capability that counts."""
    actor.require(Role.CUSTOMER_VIEWER, "read:*")
    return Status(integrations=await counts.of_tenant(actor))
