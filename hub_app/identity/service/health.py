"""Whether the installation works, and what a tenant has connected (`Capability.health` and `.status`)."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from hub_app.identity.tables import Tenant
from hub_app.kernel import capabilities, db, scheduler
from hub_app.kernel.actor import Actor, Role

_log = logging.getLogger(__name__)


class Check(BaseModel):
    """One part of the installation. `detail` is a sentence."""

    ok: bool
    detail: str


class Health(BaseModel):
    """`checks` only for those who are signed in."""

    status: Literal["ok", "degraded"]
    checks: dict[str, Check] | None = None


class Status(BaseModel):
    """What the tenant has, counted, by capability."""

    integrations: dict[str, dict[str, int]]


async def check() -> Health:
    """The database, the scheduler, and what the capabilities say of themselves."""
    checks: dict[str, Callable[[], Awaitable[tuple[bool, str]]]] = {
        "database": _database,
        "scheduler": _scheduler,
    }
    for capability in capabilities.every():
        checks |= capability.health
    found = {name: await _ask(name, one) for name, one in checks.items()}
    return Health(status="ok" if all(c.ok for c in found.values()) else "degraded", checks=found)


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
        await session.exec(select(Tenant.id).limit(1))
    return True, f"Responded within {(time.perf_counter() - began) * 1000:.1f} ms."


async def _scheduler() -> tuple[bool, str]:
    late = await scheduler.late()
    if late:
        return (False, f"These periodic tasks are overdue: {', '.join(sorted(late))}.")
    return True, "Periodic tasks run on time."


async def status(actor: Actor) -> Status:
    """Counts of what the tenant has, from every capability that counts."""
    actor.require(Role.CUSTOMER_VIEWER, "read:*")
    counted: dict[str, dict[str, int]] = {}
    for capability in capabilities.every():
        for name, count in capability.status.items():
            counted.setdefault(name, {}).update(await count(actor))
    return Status(integrations=counted)
