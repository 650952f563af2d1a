"""Long work that a process does under a lease, a row each: jobs, runs of plans.

`kernel/queue.py` claims such rows, `kernel/worker.py` is a process's share of them; this is what a row goes through. A
process that dies leaves a lease that runs out, and the next one begins the row again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.kernel import db, suspension
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.queue import PENDING, Held, Queue
from hub_app.kernel.tenancy import TenantOwned

if TYPE_CHECKING:
    from hub_app.kernel.capability import Resumed

MOST_STARTS = 5
_PENDING = sa.text("status = 'pending'")
_LEASED = sa.text("lease is not null")
_FAILED = sa.text("status = 'failed'")


class Ended(Exception):
    """The work is over: it was cancelled, or another process took it. Let it through."""


class LeasedWork(TenantOwned):
    """Columns of a table of long work, which is its own queue, fair between tenants.

    `status` is `pending` until the work ends, then a word of the table's own. What is pending under a lease is running.
    """

    status: str = Field(default="pending", max_length=16)
    cancelling: bool = False
    # Since its last step: work that never gets through one is not begun for ever.
    starts: int = 0
    due_at: datetime = Field(default_factory=utcnow)
    lease: UUID | None = None
    started_by: str = Field(default="", max_length=100)
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def phase(self) -> str:
        """What people call its state."""
        if self.status != "pending":
            return self.status
        if self.cancelling:
            return "cancelling"
        return "waiting" if self.lease is None else "running"

    def begin(self) -> bool:
        """Count a start; False when it was begun too often without getting anywhere."""
        if self.starts >= MOST_STARTS:
            return False
        self.starts += 1
        self.started_at = self.started_at or utcnow()
        return True

    def put_off(self, until: datetime) -> None:
        """Give it back, to be claimed again at that time."""
        self.due_at, self.lease = until, None

    def cancel(self, what: str) -> None:
        """End it: at once while it waits, else before its next step. Conflict, naming what it is, when it has ended."""
        if self.status != "pending":
            raise Conflict(f"This {what} has already ended.")
        self.cancelling = True
        if self.lease is None:
            self.finish("cancelled")

    def finish(self, status: str) -> None:
        self.status, self.lease, self.finished_at = status, None, utcnow()

    def resume(self) -> None:
        """Let what has ended go on where it stopped."""
        self.status, self.cancelling, self.starts, self.finished_at = "pending", False, 0, None
        self.put_off(utcnow())


Work = TypeVar("Work", bound=LeasedWork)


def due_indexes(table: str) -> tuple[sa.Index, sa.Index]:
    """What claims need: the earliest row of all, and of each tenant."""
    return (
        sa.Index(f"ix_{table}_due", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
        sa.Index(
            f"ix_{table}_tenant_due", "tenant_id", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING
        ),
    )


def operators_indexes(
    table: str, failed: sa.TextClause = _FAILED, *, leased: bool = True
) -> tuple[sa.Index, ...]:
    """What operators need to see how the table stands (kernel/backlogs.py): what is leased, unless there is an index for it,
    and what failed, of all tenants and of one.
    """
    found = (
        sa.Index(
            f"ix_{table}_failed",
            "finished_at",
            "tenant_id",
            "id",
            sqlite_where=failed,
            postgresql_where=failed,
        ),
        sa.Index(
            f"ix_{table}_tenant_failed",
            "tenant_id",
            "finished_at",
            "id",
            sqlite_where=failed,
            postgresql_where=failed,
        ),
    )
    if not leased:
        return found
    return (
        sa.Index(f"ix_{table}_leased", "tenant_id", sqlite_where=_LEASED, postgresql_where=_LEASED),
        *found,
    )


def queue_of(model: type[LeasedWork], *columns: str) -> Queue:
    """The table's queue; a claim gives back these columns too."""
    table = cast("sa.Table", sa.inspect(model).local_table)
    return Queue(table, partition="tenant_id", columns=("tenant_id", "id", "lease", *columns))


@asynccontextmanager
async def under_lease(
    model: type[Work], held: Held, *, ending: bool = False
) -> AsyncIterator[tuple[AsyncSession, Work]]:
    """A transaction with the row, locked. Ended when it is gone, has ended, or is another process's by now, and when its
    tenant is suspended, unless this is the `ending` of what was done: then it waits for the tenant to be resumed.
    """
    if not ending and await suspension.is_suspended(held.tenant_id) and await _park(model, held):
        raise Ended
    async with db.begin(held.tenant_id) as session:
        row = (await session.exec(_row(model, held))).one_or_none()
        if row is None:
            raise Ended
        yield session, row
        session.add(row)


async def _park(model: type[Work], held: Held) -> bool:
    """Give a row of a suspended tenant back until that is resumed; False when it has just been resumed. The start that led
    nowhere is not counted.
    """
    async with db.system("the work of a suspended tenant waits", write=True) as session:
        if not await suspension.confirmed(session, [held.tenant_id]):
            return False
        row = (await session.exec(_row(model, held).where(model.tenant_id == held.tenant_id))).one_or_none()
        if row is not None:
            row.put_off(suspension.PARKED)
            row.starts = max(0, row.starts - 1)
            session.add(row)
    return True


def _row(model: type[Work], held: Held) -> SelectOfScalar[Work]:
    mine = select(model).where(model.id == held.id, model.lease == held.lease, model.status == "pending")
    return mine.with_for_update()


async def unpark(session: AsyncSession, model: type[LeasedWork], tenant_id: UUID) -> None:
    """Make due what is parked of a tenant, in the open system unit."""
    await session.exec(
        sa.update(model)
        .where(
            col(model.tenant_id) == tenant_id,
            col(model.status) == PENDING,
            col(model.due_at) == suspension.PARKED,
        )
        .values(due_at=utcnow())
        .execution_options(synchronize_session=False)
    )


def goes_on(model: type[LeasedWork], topic: str) -> "Resumed":
    """What lets a table of long work go on with its tenant (`Capability.resumed`); `topic` wakes its workers."""

    async def resumed(session: AsyncSession, tenant_id: UUID, away: timedelta) -> None:
        del away
        await unpark(session, model, tenant_id)
        db.notify(session, topic)

    return resumed
