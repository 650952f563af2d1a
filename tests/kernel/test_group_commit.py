"""Small writes of many callers in one transaction: each meets its own failure, and what may be there is not written again."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import psycopg
import pytest

from hub_app.kernel.group_commit import GroupCommit

TENANT = uuid4()


class Store:
    """A place to write to that fails with `failures`, in order, after it has written."""

    def __init__(self, *failures: Exception, bad: str = "") -> None:
        self.groups: list[list[str]] = []
        self._failures = list(failures)
        self._bad = bad

    async def write(self, tenant_id: UUID, items: Sequence[str]) -> list[str]:
        assert tenant_id == TENANT
        await asyncio.sleep(0)
        if self._bad in items and self._bad:
            raise ValueError(self._bad)
        self.groups.append(list(items))
        if self._failures:
            raise self._failures.pop(0)
        return [item.upper() for item in items]


async def test_callers_that_come_together_are_written_together() -> None:
    store = Store()
    group = GroupCommit(store.write)
    assert await asyncio.gather(*(group.submit(TENANT, one) for one in "abc")) == ["A", "B", "C"]
    assert store.groups == [["a", "b", "c"]]


async def test_one_that_cannot_be_written_fails_alone() -> None:
    store = Store(bad="b")
    group = GroupCommit(store.write)
    found = await asyncio.gather(*(group.submit(TENANT, one) for one in "abc"), return_exceptions=True)
    assert [str(one) for one in found] == ["A", "b", "C"]


async def test_a_group_whose_connection_was_lost_is_not_written_again() -> None:
    """It may have been committed: then each would be there twice."""
    store = Store(psycopg.OperationalError("the connection was lost"))
    group = GroupCommit(store.write)
    found = await asyncio.gather(*(group.submit(TENANT, one) for one in "abc"), return_exceptions=True)
    assert all(isinstance(one, psycopg.OperationalError) for one in found)
    assert store.groups == [["a", "b", "c"]]


async def test_one_whose_caller_has_left_is_not_written_singly() -> None:
    store = Store(bad="b")
    group = GroupCommit(store.write)
    tasks = [asyncio.create_task(group.submit(TENANT, one)) for one in "abc"]
    await asyncio.sleep(0)
    tasks[0].cancel()
    with pytest.raises(ValueError, match="b"):
        await tasks[1]
    assert await tasks[2] == "C"
    assert ["a"] not in store.groups
