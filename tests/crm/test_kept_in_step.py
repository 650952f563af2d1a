"""Edits here and there, syncs and undos in any order: no value is lost that nobody replaced, and an undo restores."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_app.crm.service import integrations
from hub_app.sync.tables import SyncRecord, SyncVersion
from tests.crm.acme import Acme, everything, unexplained
from tests.peers.tave import Tave

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000",
        sync_retry_seconds="0",
    ),
]
CLIENTS: dict[str, Any] = {"resources": ["clients"]}
FIELDS = {"last_name": "lastName", "email": "email"}
EXAMPLES = 5


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=3, jobs=0) as running:
        yield running


act = st.sampled_from(["here", "there", "sync", "undo"])
acts = st.lists(st.tuples(act, st.integers(0, 1), st.sampled_from([*FIELDS])), min_size=4, max_size=10)


class Game:
    """One connection in both ways, and what ought to be in each field that one side alone has changed since a sync."""

    def __init__(self, acme: Acme, connection_id: UUID, ids: list[str]) -> None:
        self.acme = acme
        self.connection_id = connection_id
        self.ids = ids
        self.here: dict[tuple[str, str], str] = {}
        self.there: dict[tuple[str, str], str] = {}
        self.count = 0

    def value(self, field: str) -> str:
        self.count += 1
        return f"v{self.count}@acme.example" if field == "email" else f"Name {self.count}"

    async def edit_here(self, one: str, field: str) -> None:
        self.here[one, field] = value = self.value(field)
        await self.acme.edit(one, **{field: value})

    async def edit_there(self, one: str, field: str) -> None:
        self.there[one, field] = value = self.value(field)
        self.acme.tave.change(one, {FIELDS[field]: value})

    async def sync(self, *, undo: bool = False) -> None:
        before, there = await everything(self.acme), await self.there_now()
        job = await self.acme.sync(self.connection_id, "incremental_sync", **CLIENTS)
        assert (job.job_status, unexplained(job)) == ("completed", 0), job
        if undo:
            await self.undo(job.id, before, there)
            return
        now, there = await self.acme.values(), await self.there_now()
        for key in {*self.here, *self.there}:
            one, field = key
            ours, theirs = now[one].get(field), there[key]
            if key in self.here and key in self.there:
                # Both have changed it: a person has to choose, and neither is touched until then.
                assert (ours, theirs) == (self.here[key], self.there[key])
            else:
                assert ours == theirs == (self.here | self.there)[key]
        settled = [key for key in {*self.here, *self.there} if not (key in self.here and key in self.there)]
        for key in settled:
            self.here.pop(key, None)
            self.there.pop(key, None)

    async def undo(self, job_id: UUID, before: dict[str, Any], there: dict[tuple[str, str], Any]) -> None:
        pushed = {key: value for key, value in (await self.there_now()).items() if there[key] != value}
        requests = self.acme.tave.count
        if await self.has_effects(job_id):
            assert (await self.acme.undo(job_id)).job_status == "completed"
            await integrations.resume_integration(self.acme.admin, self.connection_id)
        assert self.acme.tave.count == requests
        now = await everything(self.acme)
        assert now["values"] == before["values"]
        # What was sent stays there, and is what stands here: it is settled.
        for key, value in pushed.items():
            assert self.here.pop(key) == value

    async def has_effects(self, job_id: UUID) -> bool:
        return any(one.job_id == job_id for one in await self.acme.rows(SyncVersion))

    async def there_now(self) -> dict[tuple[str, str], Any]:
        found = {one: self.acme.tave.document(one) for one in self.ids}
        return {(one, field): found[one].get(path) for one in self.ids for field, path in FIELDS.items()}


async def test_edits_syncs_and_undos_in_any_order(acme: Acme, tave: Tave) -> None:
    made = await acme.connect(sync_direction="bidirectional")
    await acme.sync(made.id, **CLIENTS)
    assert await acme.rows(SyncRecord)
    ids = tave.ids(kind="person", hidden=False)[:2]
    game = Game(acme, made.id, ids)
    loop = asyncio.get_running_loop()

    async def play(steps: list[tuple[str, int, str]]) -> None:
        for what, number, field in steps:
            one = game.ids[number % len(game.ids)]
            # A conflict waits for a person, who does not come here: its field is left alone.
            is_open = (one, field) in game.here and (one, field) in game.there
            if what == "here" and not is_open:
                await game.edit_here(one, field)
            elif what == "there" and not is_open:
                await game.edit_there(one, field)
            elif what in {"sync", "undo"}:
                await game.sync(undo=what == "undo")
        await game.sync()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        database=None,
    )
    @given(acts)
    def examples(steps: list[tuple[str, int, str]]) -> None:
        asyncio.run_coroutine_threadsafe(play(steps), loop).result()

    await asyncio.to_thread(examples)
