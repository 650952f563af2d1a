"""Group commit: many callers' small writes in one transaction, since a transaction's cost is mostly its own.

While one group is being written the next one gathers; a caller alone is written at once. A group that fails is written
again one by one, so that each caller meets only the failure of its own; but not when the connection was lost, since it may have
been committed.
"""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

import psycopg
from sqlalchemy.exc import InterfaceError, OperationalError

In = TypeVar("In")
Out = TypeVar("Out")
_MOST = 200
_UNKNOWN_FATE = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    sqlite3.OperationalError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[In, Out]):
    given: In
    answer: asyncio.Future[Out]


class GroupCommit(Generic[In, Out]):
    """Writes by `commit(tenant_id, items)`, a transaction that gives one result per item, in groups of one tenant each."""

    def __init__(self, commit: Callable[[UUID, Sequence[In]], Awaitable[list[Out]]]) -> None:
        self._write = commit
        self._waiting: defaultdict[UUID, list[_Waiting[In, Out]]] = defaultdict(list)
        self._writing: dict[UUID, asyncio.Task[None]] = {}

    async def submit(self, tenant_id: UUID, item: In) -> Out:
        """The item's result once it has committed, or its own failure."""
        one: _Waiting[In, Out] = _Waiting(item, asyncio.get_running_loop().create_future())
        self._waiting[tenant_id].append(one)
        if tenant_id not in self._writing:
            self._writing[tenant_id] = asyncio.create_task(self._drain(tenant_id), name="group commit")
        return await one.answer

    async def _drain(self, tenant_id: UUID) -> None:
        try:
            while waiting := self._waiting[tenant_id]:
                group, self._waiting[tenant_id] = waiting[:_MOST], waiting[_MOST:]
                await self._commit(tenant_id, group)
        finally:
            del self._writing[tenant_id]
            del self._waiting[tenant_id]

    async def _commit(self, tenant_id: UUID, group: Sequence[_Waiting[In, Out]]) -> None:
        try:
            results = await self._write(tenant_id, [one.given for one in group])
        except _UNKNOWN_FATE as error:
            # Written again, what had been committed would be there twice.
            for one in group:
                _fail(one, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes to the callers it belongs to
            if len(group) == 1:
                _fail(group[0], error)
                return
            for one in group:
                if not one.answer.done():
                    await self._commit(tenant_id, [one])
        else:
            for one, result in zip(group, results, strict=True):
                if not one.answer.done():
                    one.answer.set_result(result)


def _fail(one: _Waiting[In, Out], error: Exception) -> None:
    if not one.answer.done():
        one.answer.set_exception(error)
