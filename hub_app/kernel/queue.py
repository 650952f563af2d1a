"""The durable queue: rows of a tenant-owned table that are due, claimed under a lease (facts/kernel.md §4).

A queue table has `status`, `due_at`, `lease` and a lane: what must not hold up its neighbours (an
endpoint, a kind of job). Claiming sets `due_at` to the lease's end, so a lease that runs out is simply due again.
Claims rotate over the lanes: the longest backlog gets its turn and no more. All of it is system work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel.ids import new_id

# Written into a statement, not bound to it: an index of pending rows alone serves only a statement that says so.
PENDING = cast("sa.ColumnElement[str]", sa.literal_column("'pending'", sa.String()))
_FIRST_LANE = UUID(int=0)

# A loose index scan walks from lane to lane, so that ten lanes cost ten index probes, however many rows wait.
_LANES = """
with recursive lanes(lane) as (
  select * from (select {lane} from {table} where status = 'pending' and {lane} > :cursor
                 order by {lane} limit 1) as first_lane
  union all
  select (select {lane} from {table} where status = 'pending' and {lane} > lanes.lane
          order by {lane} limit 1)
  from lanes where lanes.lane is not null
)"""

_CLAIM = {
    "postgresql": _LANES
    + """, claimed as materialized (
  select due.tenant_id, due.id from lanes
  cross join lateral (
    select tenant_id, id from {table}
    where status = 'pending' and {lane} = lanes.lane and due_at <= :now
    order by due_at limit :per_lane for update skip locked
  ) as due
  where lanes.lane is not null and lanes.lane <> all(:full)
  limit :amount
)
update {table} as q set due_at = :until, lease = :lease
from claimed where q.tenant_id = claimed.tenant_id and q.id = claimed.id
returning {columns}""",
    "sqlite": "update {table} set due_at = :until, lease = :lease where rowid in ("
    + _LANES
    + """
  select due.rowid from lanes join {table} as due on due.rowid in (
    select rowid from {table} where status = 'pending' and {lane} = lanes.lane and due_at <= :now
    order by due_at limit :per_lane
  )
  where lanes.lane is not null and lanes.lane not in (select value from json_each(:full))
  limit :amount
) returning {columns}""",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A row under a lease of this process."""

    tenant_id: UUID
    id: UUID
    lease: UUID


@dataclass(slots=True)
class Queue:
    """One queue table. `columns` are what a claim gives back, in any order."""

    table: sa.Table
    lane: str
    columns: Sequence[str]
    lease_seconds: int = 30
    _cursor: UUID = _FIRST_LANE

    async def claim(
        self, session: AsyncSession, now: datetime, amount: int, *, per_lane: int, full: Sequence[UUID] = ()
    ) -> list[Mapping[str, object]]:
        """Lease at most `amount` due rows, at most `per_lane` of each lane, none of the lanes in `full`."""
        began_at = self._cursor
        rows = await self._walk(session, now, amount, per_lane, full)
        if len(rows) < amount and began_at != _FIRST_LANE:
            # The walk reached the last lane: on with the first ones.
            rows += await self._walk(session, now, amount - len(rows), per_lane, full)
        return rows

    async def _walk(
        self, session: AsyncSession, now: datetime, amount: int, per_lane: int, full: Sequence[UUID]
    ) -> list[Mapping[str, object]]:
        """Lease rows of the lanes behind the cursor, and move it."""
        values = {
            "cursor": self._cursor,
            "lease": new_id(),
            "now": now,
            "until": now + timedelta(seconds=self.lease_seconds),
            "full": self._lanes_as_parameter(session, full),
            "per_lane": per_lane,
            "amount": amount,
        }
        statement = self._claim_statement(session.get_bind().dialect.name)
        rows = list((await session.execute(statement, values)).mappings())
        # A short answer means that the walk reached the last lane: start over.
        done = len(rows) < amount
        self._cursor = _FIRST_LANE if done else max(cast("UUID", row[self.lane]) for row in rows)
        return cast("list[Mapping[str, object]]", rows)

    def _claim_statement(self, dialect: str) -> sa.TextualSelect:
        prefix = "q." if dialect == "postgresql" else ""
        columns = ", ".join(prefix + name for name in self.columns)
        sql = _CLAIM[dialect].format(table=self.table.name, lane=self.lane, columns=columns)
        uuid, moment = sa.Uuid(), self.table.c.due_at.type
        lanes: sa.types.TypeEngine[object] = (
            sa.ARRAY(uuid) if dialect == "postgresql" else sa.JSON()  # type: ignore[assignment]
        )
        return (
            sa.text(sql)
            .bindparams(
                sa.bindparam("cursor", type_=uuid),
                sa.bindparam("lease", type_=uuid),
                sa.bindparam("now", type_=moment),
                sa.bindparam("until", type_=moment),
                sa.bindparam("full", type_=lanes),
            )
            .columns(*(self.table.c[name] for name in self.columns))
        )

    @staticmethod
    def _lanes_as_parameter(session: AsyncSession, lanes: Sequence[UUID]) -> list[UUID] | list[str]:
        if session.get_bind().dialect.name == "postgresql":
            return list(lanes)
        return [lane.hex for lane in lanes]

    async def next_due(self, session: AsyncSession) -> datetime | None:
        """When the earliest pending row is due, leases included; None when nothing waits."""
        due = self.table.c.due_at
        statement = sa.select(sa.func.min(due)).where(self.table.c.status == PENDING)
        return cast("datetime | None", (await session.execute(statement)).scalar_one())

    async def extend(self, session: AsyncSession, held: Sequence[Held], now: datetime) -> None:
        """Heartbeat: keep what is held from running out of its lease."""
        await self._touch(session, held, {"due_at": now + timedelta(seconds=self.lease_seconds)})

    async def release(self, session: AsyncSession, held: Sequence[Held], now: datetime) -> None:
        """Give back rows whose work never began: they are due at once."""
        await self._touch(session, held, {"due_at": now, "lease": None})

    async def _touch(self, session: AsyncSession, held: Sequence[Held], values: dict[str, object]) -> None:
        if not held:
            return
        c = self.table.c
        statement = (
            sa.update(self.table)
            .where(
                c.tenant_id == sa.bindparam("of_tenant"),
                c.id == sa.bindparam("of_row"),
                c.lease == sa.bindparam("of_lease"),
                c.status == PENDING,
            )
            .values(values)
        )
        rows = [{"of_tenant": one.tenant_id, "of_row": one.id, "of_lease": one.lease} for one in held]
        await session.execute(statement, rows)

    async def release_all(self, session: AsyncSession, now: datetime) -> None:
        """Free every lease: right only where no other process can hold one (SQLite, at start)."""
        c = self.table.c
        await session.execute(
            sa.update(self.table)
            .where(c.status == PENDING, c.lease.is_not(None))
            .values(due_at=now, lease=None)
        )
