"""The durable queue: rows of a tenant-owned table that are due, claimed under a lease.

A queue table has `status`, `due_at`, `lease` and a partition: what must not hold up its neighbours (an
endpoint, a kind of job). Claiming sets `due_at` to the lease's end, so a lease that runs out is simply due again.
Claims rotate over the partitions: the longest backlog gets its turn and no more. All of it is system work.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.statements import Statement, to_driver

# Written into a statement, not bound to it: an index of pending rows alone serves only a statement that says so.
PENDING = cast("sa.ColumnElement[str]", sa.literal_column("'pending'", sa.String()))


def words(*values: str) -> list[sa.ColumnElement[str]]:
    """Words of Hub's own that are written into a statement, as PENDING is and for the same reason."""
    return [cast("sa.ColumnElement[str]", sa.literal_column(f"'{one}'", sa.String())) for one in values]


_FIRST_PARTITION = UUID(int=0)
_LATE = timedelta(minutes=2)
Claimed = Mapping[str, Any]

# A loose index scan walks from partition to partition, so that ten partitions cost ten index probes, however many rows wait.
_PARTITIONS = """
with recursive partitions(partition) as (
  select * from (select {partition} from {table} where status = 'pending' and {partition} > :cursor
                 order by {partition} limit 1) as first_partition
  union all
  select (select {partition} from {table} where status = 'pending' and {partition} > partitions.partition
          order by {partition} limit 1)
  from partitions where partitions.partition is not null
)"""

_CLAIM = {
    "postgresql": _PARTITIONS
    + """, claimed as materialized (
  select due.tenant_id, due.id from partitions
  cross join lateral (
    select tenant_id, id from {table}
    where status = 'pending' and {partition} = partitions.partition and due_at <= :now
    order by due_at limit :per_partition for update skip locked
  ) as due
  where partitions.partition is not null and partitions.partition <> all(:full)
  limit :amount
)
update {table} set due_at = :until, lease = :lease
from claimed where {table}.tenant_id = claimed.tenant_id and {table}.id = claimed.id
returning {columns}""",
    "sqlite": "update {table} set due_at = :until, lease = :lease where rowid in ("
    + _PARTITIONS
    + """
  select due.rowid from partitions join {table} as due on due.rowid in (
    select rowid from {table} where status = 'pending' and {partition} = partitions.partition and due_at <= :now
    order by due_at limit :per_partition
  )
  where partitions.partition is not null and partitions.partition not in (select value from json_each(:full))
  limit :amount
) returning {columns}""",
}
_EXTEND = "update {table} set due_at = :until where tenant_id = :tenant and id = :id and lease = :lease and status = 'pending'"
_NEXT_DUE = "select min(due_at) from {table} where status = 'pending'"
_PARAMETER = re.compile(r":(\w+)")


@dataclass(frozen=True, slots=True)
class Held:
    """A row under a lease of this process."""

    tenant_id: UUID
    id: UUID
    lease: UUID


@dataclass(slots=True)
class Queue:
    """One queue table. `columns` are what a claim gives back, in any order; `extra` more of them, as SQL that may look into
    other tables, each with its type.
    """

    table: sa.Table
    partition: str
    columns: Sequence[str]
    extra: Mapping[str, tuple[str, sa.types.TypeEngine[Any]]] = field(
        default_factory=dict[str, tuple[str, sa.types.TypeEngine[Any]]]
    )
    lease_seconds: int = 30
    _cursor: UUID = _FIRST_PARTITION

    async def claim(
        self,
        session: AsyncSession,
        now: datetime,
        amount: int,
        *,
        per_partition: int,
        full: Sequence[UUID] = (),
    ) -> list[Claimed]:
        """Lease at most `amount` due rows, at most `per_partition` of each partition, none of the partitions in `full`."""
        began_at = self._cursor
        rows = await self._walk(session, now, amount, per_partition, full)
        if len(rows) < amount and began_at != _FIRST_PARTITION:
            # The walk reached the last partition: on with the first ones.
            rows += await self._walk(session, now, amount - len(rows), per_partition, full)
        return rows

    async def _walk(
        self, session: AsyncSession, now: datetime, amount: int, per_partition: int, full: Sequence[UUID]
    ) -> list[Claimed]:
        dialect = session.get_bind().dialect.name
        statement = self.claiming(dialect, now, amount, per_partition=per_partition, full=full)
        return self.claimed(await bulk.fetch(session, statement), amount)

    def claiming(
        self, dialect: str, now: datetime, amount: int, *, per_partition: int, full: Sequence[UUID] = ()
    ) -> Statement:
        """The statement that leases rows of the partitions behind the cursor: what it gives back goes into `claimed`."""
        return self._statement(
            dialect,
            _CLAIM[dialect],
            {
                "cursor": self._cursor,
                "lease": new_id(),
                "now": now,
                "until": now + timedelta(seconds=self.lease_seconds),
                "full": list(full),
                "per_partition": per_partition,
                "amount": amount,
            },
            (*(self.table.c[name].type for name in self.columns), *(kind for _, kind in self.extra.values())),
        )

    def claimed(self, rows: Sequence[Sequence[Any]], amount: int) -> list[Claimed]:
        """What was claimed of `amount`, by column; the cursor moves on behind it."""
        names = (*self.columns, *self.extra)
        found: list[Claimed] = [dict(zip(names, row, strict=True)) for row in rows]
        # A short answer means that the walk reached the last partition: start over.
        self._cursor = max(one[self.partition] for one in found) if len(found) == amount else _FIRST_PARTITION
        return found

    @property
    def at_first_partition(self) -> bool:
        """Whether the next claim walks over all partitions."""
        return self._cursor == _FIRST_PARTITION

    def next_due_at(self, dialect: str) -> Statement:
        """The statement for when the earliest pending row is due, leases included; NULL when nothing waits."""
        return self._statement(dialect, _NEXT_DUE, {}, (self.table.c.due_at.type,))

    async def next_due(self, session: AsyncSession) -> datetime | None:
        """When the earliest pending row is due, leases included; None when nothing waits."""
        ((due,),) = await bulk.fetch(session, self.next_due_at(session.get_bind().dialect.name))
        return due

    async def take_over(self) -> None:
        """At a process's start: on SQLite no other one can hold a lease, so those that are there are of one that died."""
        if db.current().dialect == "sqlite":
            async with db.system("leases of a process that died", write=True) as session:
                await self.release_all(session, utcnow())

    async def health(self, well: str, late: str) -> tuple[bool, str]:
        """Whether what is due is served, with one of two sentences."""
        async with db.system("is the queue served?") as session:
            due = await self.next_due(session)
        return (False, late) if due is not None and utcnow() - due > _LATE else (True, well)

    def extending(self, dialect: str, held: Sequence[Held], now: datetime) -> list[Statement]:
        """Heartbeat: the statements that keep what is held from running out of its lease."""
        until = now + timedelta(seconds=self.lease_seconds)
        values = ({"until": until, "tenant": o.tenant_id, "id": o.id, "lease": o.lease} for o in held)
        return [self._statement(dialect, _EXTEND, one) for one in values]

    def _statement(
        self,
        dialect: str,
        template: str,
        values: Mapping[str, object],
        types: tuple[sa.types.TypeEngine[Any], ...] = (),
    ) -> Statement:
        table = self.table.name
        extra = (sql.format(table=table) for sql, _ in self.extra.values())
        columns = [*(f"{table}.{name}" for name in self.columns), *extra]
        sql = template.format(table=table, partition=self.partition, columns=", ".join(columns))
        if dialect == "postgresql":
            sql = _PARAMETER.sub(r"%(\1)s", sql)
        return Statement(sql, {name: to_driver(dialect, value) for name, value in values.items()}, types)

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
