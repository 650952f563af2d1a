"""How the queues of all tenants stand, and what failed in them: for operators (`Capability.backlogs`).

Of the work itself they learn whose it is, its kind, when it failed and how often it was tried, and nothing more.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Mapped, load_only
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities, jobs, paging, suspension
from hub_app.kernel.actor import Actor
from hub_app.kernel.jobs import Run
from hub_app.kernel.queue import PENDING, words
from hub_app.kernel.tenancy import TenantOwned

Tenants = Callable[[AsyncSession, Sequence[UUID]], Awaitable[Mapping[UUID, UUID]]]
"""Whose the partitions of a queue are."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a tenant's work waits, runs, and failed of late; `due_since` is when the oldest that waits was, or will
    be, due. What waits of a suspended tenant is `on_hold` and does not wait.
    """

    waiting: int = 0
    on_hold: int = 0
    running: int = 0
    failed: int = 0
    due_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    tenant_id: UUID
    id: UUID
    kind: str
    failed_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which failures: those since a time, of all tenants or of one."""

    since: datetime
    tenant_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """A queue as operators see it. The table has partial indexes for each of its statements: `standing` reads what waits, what is
    leased and what failed, and never what succeeded.

    `partition` is the column that the index of what waits begins with; `tenants` says whose they are, where it is not the
    tenant itself. `called` says on screens what a kind is, `left_out` what `retry_all` does not try again. `retry` does for one what the tenant's own people can do, `retry_all` for all that failed since a time;
    its sentence says what comes of it.
    """

    name: str
    label: str
    model: type[TenantOwned]
    failed: Sequence[str]
    kind: Any
    called: Callable[[str], str]
    tries: Any
    retry: Callable[[Actor, UUID], Awaitable[object]]
    retry_all: Callable[[Actor, datetime], Awaitable[str]]
    left_out: str = ""
    order: int = 0
    partition: str = "tenant_id"
    tenants: Tenants | None = None

    async def standing(self, session: AsyncSession, since: datetime) -> dict[UUID, Standing]:
        """By tenant, in the open system unit; `since` is for what failed."""
        found: defaultdict[UUID, Standing] = defaultdict(Standing)
        c = self._columns
        for tenant_id, waiting, due in await self._waiting(session):
            known = found[tenant_id]
            earliest = min(due, known.due_since) if known.due_since else due
            found[tenant_id] = replace(known, waiting=known.waiting + waiting, due_since=earliest)
        leased = sa.select(c.tenant_id, sa.func.count()).where(c.lease.is_not(None)).group_by(c.tenant_id)
        for tenant_id, running in await session.execute(leased):
            known = found[tenant_id]
            found[tenant_id] = replace(known, running=running, waiting=max(0, known.waiting - running))
        lately = sa.select(c.tenant_id, sa.func.count()).where(self._has_failed(), c.finished_at > since)
        for tenant_id, failed in await session.execute(lately.group_by(c.tenant_id)):
            found[tenant_id] = replace(found[tenant_id], failed=failed)
        for tenant_id in await suspension.suspended() & found.keys():
            known = found[tenant_id]
            found[tenant_id] = replace(known, waiting=0, on_hold=known.waiting, due_since=None)
        return dict(found)

    async def failures(
        self, session: AsyncSession, chosen: Chosen, page: paging.PageRequest
    ) -> paging.Slice[Failure]:
        """What failed, newest first, in the open system unit."""
        model = cast("Any", self.model)
        order = [
            paging.Order(cast("InstrumentedAttribute[Any]", one), descending=True)
            for one in (model.finished_at, model.tenant_id, model.id)
        ]
        columns = (model.tenant_id, model.id, model.finished_at, self.kind, self.tries)
        statement = select(self.model).where(self._has_failed(), model.finished_at > chosen.since)
        if chosen.tenant_id is not None:
            statement = statement.where(model.tenant_id == chosen.tenant_id)
        found = await paging.fetch(session, statement.options(load_only(*columns)), order, page)
        return found.holding([self._failure(row) for row in found.items])

    async def _waiting(self, session: AsyncSession) -> list[tuple[UUID, int, datetime]]:
        """Of each tenant, or of several partitions of it: how much is pending, and the earliest due time."""
        c = self._columns
        partition = c[self.partition]
        statement = (
            sa.select(partition, sa.func.count(), sa.func.min(c.due_at))
            .where(c.status == PENDING)
            .group_by(partition)
        )
        rows = [(one, count, due) for one, count, due in await session.execute(statement)]
        if self.tenants is None:
            return rows
        whose = await self.tenants(session, [row[0] for row in rows])
        return [(whose[one], count, due) for one, count, due in rows if one in whose]

    def _failure(self, row: Any) -> Failure:
        kind, tries = (getattr(row, one.key) for one in (self.kind, self.tries))
        return Failure(row.tenant_id, row.id, kind, row.finished_at, tries)

    def _has_failed(self) -> sa.ColumnElement[bool]:
        # As the partial indexes have it: a statement with bound values would not be served by them.
        status, failed = self._columns.status, words(*self.failed)
        return status == failed[0] if len(failed) == 1 else status.in_(failed)

    @property
    def _columns(self) -> Any:
        return cast("sa.Table", sa.inspect(self.model).local_table).c


def start(
    session: AsyncSession, actor: Actor, kind: str, since: datetime, until: datetime, *, href: str
) -> None:
    """Start the job that has everything tried again that failed in a period, in the open transaction."""
    period = {"since": since.isoformat(), "until": until.isoformat()}
    jobs.start(session, actor, kind, title=jobs.label_of(kind), href=href, arguments=dict(period))


def period(run: Run) -> tuple[datetime, datetime]:
    """What such a job is about: what failed after the first time, up to the second."""
    since, until = (datetime.fromisoformat(str(run.arguments[name])) for name in ("since", "until"))
    return since, until


def reach(run: Run, failed_at: datetime, work_id: UUID) -> None:
    """Let such a job go on behind this one after a stop."""
    run.checkpoint |= {"at": failed_at.isoformat(), "after": str(work_id)}


def beyond(
    failed_at: Mapped[Any], work_id: Mapped[Any], reached: Mapping[str, object] | None
) -> list[ColumnElement[bool]]:
    """What lies behind where a job's checkpoint is, in the order in which things failed."""
    if not reached:
        return []
    at, after = datetime.fromisoformat(str(reached["at"])), UUID(str(reached["after"]))
    return [sa.tuple_(failed_at, work_id) > (at, after)]


def every() -> dict[str, Backlog]:
    """All of them by their names, in their order."""
    found = [one for capability in capabilities.every() for one in capability.backlogs]
    return {one.name: one for one in sorted(found, key=lambda one: one.order)}
