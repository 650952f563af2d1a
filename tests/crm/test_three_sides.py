"""Edits on three sides, two CRMs and the hub between them, and syncs in any order: all come to agree, and then nothing is written."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub_app.crm.schemas.conflicts import ResolveIn
from hub_app.crm.schemas.integrations import IntegrationOut, IntegrationPatch
from hub_app.crm.service import conflicts, integrations
from hub_app.sync.tables import SyncConflict, SyncData, SyncLink, SyncVersion
from tests.crm.acme import ALL
from tests.crm.test_two_crms import Acme, writes
from tests.peers.pipedrive import Counterpart
from tests.peers.tave import Tave
from tests.people import People

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32",
    crm_rate_limits="tave=100000/1000000 pipedrive=100000/1000000",
    sync_retry_seconds="0",
)
EXAMPLES = 12
MOST_ROUNDS = 6
Side = Literal["hub", "tave", "pipedrive", "sync tave", "sync pipedrive"]
Field = Literal["email", "phone"]
Step = tuple[Side, Field]
SIDES: list[Side] = ["hub", "tave", "pipedrive", "sync tave", "sync pipedrive"]
FIELDS: list[Field] = ["email", "phone"]
RULES = ["manual_review", "crm_wins", "hub_wins", "newest_wins"]
steps = st.lists(st.tuples(st.sampled_from(SIDES), st.sampled_from(FIELDS)), min_size=3, max_size=12)


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=2, jobs=0) as running:
        yield running


@pytest.fixture
async def acme(people: People, tave: Tave) -> AsyncGenerator[Acme]:
    async with Counterpart(0) as pipedrive:
        yield Acme(people, tave, pipedrive)


class Game:
    """One person whom both CRMs have, and who is one record here."""

    def __init__(self, acme: Acme, tave: IntegrationOut, pipedrive: IntegrationOut) -> None:
        self.acme = acme
        self.connections = {"tave": tave, "pipedrive": pipedrive}
        self.count = 0
        self.written: dict[str, set[str]] = {"email": set(), "phone": set()}

    def value(self, field: Field) -> str:
        self.count += 1
        return f"v{self.count}@berg.example" if field == "email" else f"+4930{1_000_000 + self.count}"

    async def edit(self, side: Side, field: Field) -> None:
        value, (here, there) = self.value(field), self.acme.shared[0]
        if side != "hub":
            # Who replaces a value in the CRM itself, while it still waits for somebody to choose, has decided on it.
            self.written[field].discard(self.now(side)[field])
        if side == "hub":
            await self.acme.edit(here, **{field: value})
            self.written[field].add(value)
        elif side == "tave":
            changed: dict[str, Any] = {"email": value} if field == "email" else {"cellPhone": {"e164": value}}
            self.acme.tave.edit(here, **changed)
        else:
            entries: dict[str, Any] = {f"{field}s": [{"value": value, "primary": True, "label": "work"}]}
            self.acme.pipedrive.edit(there, **entries)

    async def sync(self, name: str) -> None:
        for field, value in self.now(name).items():
            # What is there when it is read must be found again; what was replaced there before was never seen.
            self.written[field].add(value)
        job = await self.acme.sync(self.connections[name].id, "incremental_sync", resources=["clients"])
        assert job.job_status == "completed", job
        assert job.records_failed == 0, job

    def now(self, name: str) -> dict[str, str]:
        if name == "tave":
            contact = self.acme.contact()
            return {"email": contact["email"], "phone": (contact["cellPhone"] or {}).get("e164", "")}
        person = self.acme.person()
        # The spelling in which it was first entered there stays.
        return {field: person[f"{field}s"][0]["value"].lower() for field in FIELDS}

    async def come_to_rest(self) -> None:
        """Sync both in turns, choosing where somebody has to, until nothing happens any more."""
        for number in range(MOST_ROUNDS):
            before = writes(self.acme), await self.versions()
            for name in self.connections:
                await self.sync(name)
            open_ones = (await conflicts.list_conflicts(self.acme.actor, ALL)).items
            for one in open_ones:
                take = "crm" if number % 2 else "hub"
                choices = {field.field: {"take": take} for field in one.fields}
                await conflicts.resolve(
                    self.acme.actor, one.id, ResolveIn.model_validate({"choices": choices})
                )
            if not open_ones and before == (writes(self.acme), await self.versions()):
                return
        raise AssertionError("It does not come to rest.")

    async def versions(self) -> int:
        return len(await self.acme.rows(SyncVersion))

    async def agrees(self) -> None:
        record = await self.acme.record(self.acme.shared[0][0])
        ours = {one.id: one.contents for one in await self.acme.rows(SyncData)}[record.id]
        here = {field: ours[field] for field in FIELDS}
        assert self.now("tave") == here
        assert self.now("pipedrive") == here

    async def has_lost_nothing(self) -> None:
        """What stood anywhere when it was read or written is what stands there now, or is told by the history or by a conflict."""
        told = {field: {self.now("tave")[field]} for field in FIELDS}
        for version in await self.acme.rows(SyncVersion):
            for values in (version.before, version.after):
                for field in FIELDS:
                    told[field].add(values.get(field))
        for conflict in await self.acme.rows(SyncConflict):
            for field in FIELDS:
                sides = conflict.fields.get(field, {})
                told[field] |= {sides.get("hub"), sides.get("source"), sides.get("base")}
        for field in FIELDS:
            assert self.written[field] <= told[field]


async def test_three_sides_come_to_agree_and_rest(acme: Acme) -> None:
    acme.share(1)
    first, second = await acme.both()
    await acme.link(second.id)
    game = Game(acme, first, second)
    await game.come_to_rest()
    await game.agrees()
    assert len({one.record_id for one in await acme.rows(SyncLink) if one.external_id in acme.shared[0]}) == 1
    loop = asyncio.get_running_loop()

    async def play(rules: tuple[str, str], does: list[Step]) -> None:
        for one, rule in zip((first, second), rules, strict=True):
            given = IntegrationPatch.model_validate({"sync_config": {"conflict_resolution": rule}})
            await integrations.update_integration(acme.admin, one.id, given)
        game.written = {"email": set(), "phone": set()}
        for side, field in does:
            if side.startswith("sync"):
                await game.sync(side.removeprefix("sync "))
            else:
                await game.edit(side, field)
        await game.come_to_rest()
        await game.agrees()
        if "hub_wins" not in rules and "newest_wins" not in rules:
            await game.has_lost_nothing()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        database=None,
    )
    @given(st.tuples(st.sampled_from(RULES), st.sampled_from(RULES)), steps)
    @example(
        ("manual_review", "manual_review"), [("tave", "email"), ("pipedrive", "email"), ("hub", "email")]
    )
    @example(("crm_wins", "crm_wins"), [("tave", "phone"), ("pipedrive", "phone"), ("sync tave", "phone")])
    @example(
        ("newest_wins", "hub_wins"), [("pipedrive", "phone"), ("sync pipedrive", "phone"), ("hub", "phone")]
    )
    def examples(rules: tuple[str, str], does: list[Step]) -> None:
        asyncio.run_coroutine_threadsafe(play(rules, does), loop).result()

    await asyncio.to_thread(examples)
