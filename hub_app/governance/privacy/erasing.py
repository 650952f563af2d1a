"""Emptying the rows that mention a person, with all that hangs together with them, in small steps under the job's lease; until
nothing is found, once all work has ended that was under way when something was.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from functools import partial
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import InstrumentedAttribute, defer
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy import scan
from hub_app.governance.privacy.mentions import Search
from hub_app.governance.privacy.scan import Key
from hub_app.governance.privacy.sweep import Sweep
from hub_app.kernel import barrier, db, personal
from hub_app.kernel.clock import utcnow
from hub_app.kernel.jobs import Run
from hub_app.kernel.personal import Personal

# Seconds: as long as others may have the database to themselves after a step, times what it took.
_REST = 1
_GROUPS = "groups"
# What was in somebody's hands when it was emptied, by table: they may write to it once more.
_LEASED = "leased"
_LOOK_AGAIN = 0.1
# How long a job that waits may not know that it was cancelled.
_STEP_EVERY = 5.0
# How often data may keep coming in while it is erased.
MOST_PASSES = 5


class Erasing:
    """One pass after the other through all tables, until one finds nothing. `counts` are rows by table."""

    def __init__(self, run: Run, search: Search) -> None:
        self._run = run
        self._search = search
        self._sweep = Sweep(run, search)
        self.counts = Counter(cast("dict[str, int]", run.checkpoint.get("counts", {})))

    async def until_nothing_is_found(self) -> bool:
        """Whether the last pass found nothing that came in since the one before; False when data kept coming in."""
        await self._finish_groups()
        number = int(cast("int", self._run.checkpoint.get("pass", 0)))
        while number < MOST_PASSES:
            if number:
                await self._wait_for_others()
            before = int(cast("int", self._run.checkpoint.get("before", 0)))
            await self._pass()
            if number and sum(self.counts.values()) == before:
                return True
            number += 1
            self._sweep.restart()
            async with self._sweep.step():
                self._run.checkpoint |= {"pass": number, "before": sum(self.counts.values())}
        async with self._sweep.step():
            # Retried, it has as many passes again.
            self._run.checkpoint["pass"] = 0
        return False

    async def _wait_for_others(self) -> None:
        """Wait until everything has ended that may know what was just erased; then empty what it wrote to what it had."""
        others, since = await barrier.raised(), time.monotonic()
        while not await others.passed():
            await asyncio.sleep(_LOOK_AGAIN)
            if time.monotonic() - since > _STEP_EVERY:
                since = time.monotonic()
                async with self._step():
                    pass
        for name, ids in cast("dict[str, list[str]]", self._run.checkpoint.get(_LEASED, {})).items():
            for begin in range(0, len(ids), scan.PART):
                some = [UUID(one) for one in ids[begin : begin + scan.PART]]
                # They are counted already.
                await scan.walk(
                    self._run.tenant_id, _table(name), some, partial(self._erase_part, Counter[str]())
                )
        async with self._step():
            self._run.checkpoint.pop(_LEASED, None)

    async def _pass(self) -> None:
        async for table, hits in self._sweep.found():
            whole = [hit.key for hit in hits if hit.whole]
            if table.deleted or (table.part_of is None and not any(personal.parts_of(table))):
                await self._erase_all(table, whole)
            else:
                await self._begin_groups(table, cast("list[UUID]", whole))
                await self._finish_groups()
            alone = [hit.key for hit in hits if not hit.whole]
            if table.replace is None:
                await self._erase_all(table, alone, alone=True)
            else:
                for key in alone:
                    replaced = await table.replace(self._step, cast("UUID", key), self._search.mentions)
                    self.counts[table.name] += replaced
            async with self._sweep.step():
                pass

    async def _begin_groups(self, table: Personal, ids: Sequence[UUID]) -> None:
        """Write down what is erased together: once its rows are gone in part, they are not found by the person any more."""
        roots = await scan.roots_of(self._run.tenant_id, table, ids)
        together: dict[str, list[str]] = {}
        for root, root_id in dict.fromkeys((root.name, one) for root, one in roots.values()):
            together.setdefault(root, []).append(str(root_id))
        if together:
            async with self._step():
                self._run.checkpoint[_GROUPS] = together

    async def _finish_groups(self) -> None:
        """Erase what was written down, some at a time; it is counted once it is gone."""
        together = cast("dict[str, list[str]]", self._run.checkpoint.get(_GROUPS, {}))
        for name, ids in list(together.items()):
            for begin in range(0, len(ids), scan.PART):
                some = [UUID(one) for one in ids[begin : begin + scan.PART]]
                erased = Counter[str]()
                visit = partial(self._erase_part, erased)
                await scan.walk(self._run.tenant_id, _table(name), some, visit)
                async with self._step():
                    self.counts += erased
                    together = {**together, name: ids[begin + scan.PART :]}
                    self._run.checkpoint |= {_GROUPS: together, "counts": dict(self.counts)}
        self._run.checkpoint.pop(_GROUPS, None)

    async def _erase_part(self, erased: Counter[str], table: Personal, ids: Sequence[UUID]) -> None:
        async with self._step() as session:
            erased[table.name] += await self._erase(session, table, ids, alone=False)

    async def _erase_all(self, table: Personal, keys: Sequence[Key], *, alone: bool = False) -> None:
        for begin in range(0, len(keys), scan.PART):
            async with self._step() as session:
                some = keys[begin : begin + scan.PART]
                self.counts[table.name] += await self._erase(session, table, some, alone=alone)
                self._save()

    async def _erase(
        self, session: AsyncSession, table: Personal, keys: Sequence[Key], *, alone: bool
    ) -> int:
        key = cast("InstrumentedAttribute[Any]", getattr(table.model, table.key))
        # What is replaced unread is not loaded.
        unread = [] if alone else [defer(getattr(table.model, name)) for name in table.whole]
        statement = select(table.model).where(key.in_(keys)).order_by(key).options(*unread)
        rows = (await session.exec(statement.with_for_update())).all()
        return sum([await self._leave(session, table, row, alone=alone) for row in rows])

    async def _leave(self, session: AsyncSession, table: Personal, row: Any, *, alone: bool) -> bool:
        """Leave of a row what is nobody's; whether anything changed: an identifier may mention somebody and stay."""
        if table.deleted:
            await session.delete(row)
            return True
        changed = self._empty_alone(table, row)
        if not alone:
            self._empty(table, row)
        session.add(row)
        for topic in table.topics(row) if table.topics else ():
            db.notify(session, topic)
        return changed or not alone

    def _empty(self, table: Personal, row: Any) -> None:
        if getattr(row, "lease", None) is not None:
            leased = cast("dict[str, list[str]]", self._run.checkpoint.setdefault(_LEASED, {}))
            leased.setdefault(table.name, []).append(str(row.id))
        for name, leave in table.whole.items():
            setattr(row, name, deepcopy(leave(None, self._search.mentions)))
        if table.settle is not None:
            table.settle(row, utcnow())

    def _empty_alone(self, table: Personal, row: Any) -> bool:
        """Empty the settings and names that mention the person; whether there were any."""
        changed = False
        for name, leave in table.alone.items():
            value = getattr(row, name)
            text = scan.text_of(table, self._run.tenant_id, row.id, name, value)
            if not self._search.mentions(text):
                continue
            left = deepcopy(leave(value, self._search.mentions))
            changed |= left != value
            setattr(row, name, left)
        if table.owner and str(getattr(row, table.owner)) == self._search.person.user_id:
            for name, leave in table.of_owner.items():
                changed |= bool(getattr(row, name))
                setattr(row, name, deepcopy(leave(None, self._search.mentions)))
        for name in table.names:
            if getattr(row, name) and self._search.is_name(getattr(row, name)):
                setattr(row, name, "")
                changed = True
        return changed

    def _save(self) -> None:
        self._run.checkpoint["counts"] = dict(self.counts)

    @asynccontextmanager
    async def _step(self) -> AsyncIterator[AsyncSession]:
        """A step of the job, after which others have the database for as long as it took."""
        async with self._run.step() as session:
            began = time.monotonic()
            yield session
        await asyncio.sleep(_REST * (time.monotonic() - began))


def _table(name: str) -> Personal:
    return next(one for one in personal.tables() if one.name == name)
