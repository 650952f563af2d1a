"""Deleting what has had its time, beside everything else (docs/decisions/0020-large-databases.md).

In small steps in the order of an index, each a transaction of its own, with pauses between them: whoever writes meanwhile
waits for one step at most. What hangs on a row goes before it, step by step too, so that no cascade is longer than that.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db, suspension

# Of each table in a step.
_ROWS = 100
# Times what a step took: cleaning never has more than a fifth of the database's time.
_REST = 4
# Seconds.
_PATIENCE = 1.0
_GLANCE = 0.005
_REASON = "what has had its time is deleted"
Key = dict[str, object]


async def delete_below(
    column: Mapped[Any], limit: object, *conditions: sa.ColumnElement[bool], of_suspended: bool = False
) -> None:
    """Delete the rows whose `column` is below `limit` and for which `conditions` hold, of every tenant, with what hangs
    on them. It may be cut off and run again. The column must have an index, or one behind the tenant's id.

    What a tenant's rows are kept for goes on only while the tenant does: one that is suspended loses none of them, unless
    those `of_suspended` ones are to go too, as what has an end of its own does.
    """
    spared = frozenset[UUID]() if of_suspended else await suspension.suspended()
    table, name = _place(column)
    async for tenant in _tenants(table, name):
        if tenant in spared:
            continue
        sweep = _Sweep(table, name, (table.c[name] < limit, *conditions, *_of(table, tenant, spared)))
        if await sweep.finds():
            await in_steps(sweep.step)


async def delete_history(column: Mapped[UUID], tenant_id: UUID, row_id: UUID) -> None:
    """Delete the rows whose `column` names this one, so that deleting it takes no longer than any other write. Cut off,
    some of them are left.
    """
    table, name = _place(column)

    async def step(session: AsyncSession) -> bool:
        wanted = sa.select(*_key_columns(table)).where(
            table.c.tenant_id == tenant_id, table.c[name] == row_id
        )
        return not await _delete_found(session, table, wanted)

    await in_steps(step)


async def empty(tenant_id: UUID, *, spare: Collection[str] = ()) -> None:
    """Delete all that goes with a tenant, in every table but those to `spare`: what hangs on other rows first. It may be cut
    off and run again. The audit log does not go with it.
    """
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name in spare or not _goes_with_tenant(table):
            continue

        async def step(session: AsyncSession, table: sa.Table = table) -> bool:
            wanted = sa.select(*_key_columns(table)).where(table.c.tenant_id == tenant_id)
            return not await _delete_found(session, table, wanted)

        await in_steps(step)


def _goes_with_tenant(table: sa.Table) -> bool:
    return any(
        constraint.referred_table.name == "tenant" and constraint.ondelete == "CASCADE"
        for constraint in table.foreign_key_constraints
    )


def _place(column: Mapped[Any]) -> tuple[sa.Table, str]:
    attribute = cast("InstrumentedAttribute[Any]", column)
    return cast("sa.Table", sa.inspect(attribute.class_).local_table), attribute.key


class _Sweep:
    """A way through a table along an index, from the smallest value on."""

    def __init__(self, table: sa.Table, column: str, conditions: Sequence[sa.ColumnElement[bool]]) -> None:
        self._table = table
        self._column = table.c[column]
        self._conditions = conditions
        self._reached: object = None

    async def finds(self) -> bool:
        """Whether there is anything to delete, which keeps no writer waiting."""
        async with db.system(_REASON) as session:
            statement = sa.select(self._column).where(*self._conditions).order_by(self._column).limit(1)
            return (await session.execute(statement)).first() is not None

    async def step(self, session: AsyncSession) -> bool:
        """Delete the next rows; whether there may be more."""
        key = _key_columns(self._table)
        statement = sa.select(*key, self._column.label("reached")).where(*self._conditions)
        if self._reached is not None:
            # What stays is not looked at again.
            statement = statement.where(self._column >= self._reached)
        # Whoever holds a row has a use for it; what was found stays as it was found.
        statement = statement.order_by(self._column).limit(_ROWS).with_for_update(skip_locked=True)
        rows = (await session.execute(statement)).all()
        found = [dict(zip((c.name for c in key), row, strict=False)) for row in rows]
        if found and await _delete(session, self._table, found):
            self._reached = rows[-1].reached
            return len(found) == _ROWS
        return bool(found)


async def in_steps(step: Callable[[AsyncSession], Awaitable[bool]]) -> None:
    """Take steps until one says that nothing is left. Each begins when nobody writes, or has waited for that long enough."""
    more = True
    while more:
        late = time.monotonic() + _PATIENCE
        while db.is_writing() and time.monotonic() < late:  # noqa: ASYNC110 - a lock tells nobody that it is free
            await asyncio.sleep(_GLANCE)
        async with db.system(_REASON, write=True) as session:
            began = time.monotonic()
            more = await step(session)
        await asyncio.sleep(_REST * (time.monotonic() - began))


async def _tenants(table: sa.Table, column: str) -> AsyncIterator[UUID | None]:
    """The tenants whose rows the table has, one by one through its key; None alone where an index serves all at once."""
    indexes = [[c.name for c in index.columns] for index in (*table.indexes, table.primary_key)]
    if any(names[0] == column for names in indexes):
        yield None
        return
    if not any(names[:2] == ["tenant_id", column] for names in indexes):
        raise RuntimeError(f"No index of {table.name} leads to its {column}.")
    after = UUID(int=0)
    tenant = table.c.tenant_id
    while True:
        async with db.system("whose rows may be old?") as session:
            statement = sa.select(tenant).where(tenant > after).order_by(tenant).limit(1)
            found = cast("UUID | None", (await session.execute(statement)).scalar())
        if found is None:
            return
        yield found
        after = found


def _of(table: sa.Table, tenant: UUID | None, spared: frozenset[UUID]) -> tuple[sa.ColumnElement[bool], ...]:
    """Whose rows a sweep is for: this tenant's, or for None everybody's but those spared."""
    if tenant is not None:
        return (table.c.tenant_id == tenant,)
    if not spared or "tenant_id" not in table.c:
        return ()
    return (sa.or_(table.c.tenant_id.is_(None), table.c.tenant_id.not_in(spared)),)


async def _delete(session: AsyncSession, table: sa.Table, keys: Sequence[Key]) -> bool:
    """Delete these rows, once nothing hangs on them any more; whether they are gone."""
    if not await _delete_children(session, table, keys):
        return False
    statement = sa.delete(table).where(*(c == sa.bindparam(f"of_{c.name}") for c in _key_columns(table)))
    await session.execute(statement, [{f"of_{name}": value for name, value in key.items()} for key in keys])
    return True


async def _delete_found(session: AsyncSession, table: sa.Table, wanted: sa.Select[Any]) -> bool:
    """Delete rows of those that a statement gives the keys of, at most _ROWS; whether there are none left."""
    # One more than is deleted tells whether there are more.
    rows = (await session.execute(wanted.limit(_ROWS + 1))).mappings().all()
    found = [dict(row) for row in rows[:_ROWS]]
    return not found or (await _delete(session, table, found) and len(rows) <= _ROWS)


async def _delete_children(session: AsyncSession, table: sa.Table, keys: Sequence[Key]) -> bool:
    """Delete rows that hang on these, at most _ROWS of each table; whether there are none left."""
    for child, column in _children(table):
        parents = bulk.keys_of(
            session, [cast("tuple[UUID, UUID]", (key["tenant_id"], key["id"])) for key in keys]
        )
        hangs_on = sa.and_(child.c.tenant_id == parents.c.tenant_id, child.c[column] == parents.c.id)
        wanted = sa.select(*_key_columns(child)).join_from(parents, child, hangs_on)
        if not await _delete_found(session, child, wanted):
            return False
    return True


def _children(table: sa.Table) -> list[tuple[sa.Table, str]]:
    """The tables whose rows go with a row of this one, and their columns that name it."""
    return [
        (child, constraint.column_keys[1])
        for child in table.metadata.sorted_tables
        for constraint in child.foreign_key_constraints
        if constraint.referred_table is table
        and constraint.ondelete == "CASCADE"
        and len(constraint.columns) == 2  # noqa: PLR2004 - tenant and id
    ]


def _key_columns(table: sa.Table) -> list[sa.Column[Any]]:
    return list(table.primary_key.columns)
