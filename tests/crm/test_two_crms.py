"""Two CRMs of one tenant: the same people in both, linked, and changes that travel from one to the other through the hub."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub_app.crm.schemas.conflicts import ResolveIn
from hub_app.crm.schemas.integrations import IntegrationIn, IntegrationOut, IntegrationPatch
from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import conflicts, integrations, matches, syncs
from hub_app.kernel.errors import Forbidden, NotFound
from hub_app.sync.tables import SyncData, SyncDuplicate, SyncLink, SyncRecord, SyncReference
from tests import people as seeded
from tests.crm.acme import ALL, state_of, unexplained
from tests.crm.acme import Acme as Base
from tests.peers.pipedrive import Counterpart
from tests.peers.tave import Tave
from tests.people import People

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000 pipedrive=100000/1000000"
)
CLIENTS: dict[str, Any] = {"resources": ["clients"]}


class Acme(Base):
    """Its Táve and its Pipedrive have some people in common."""

    def __init__(self, people: People, tave: Tave, pipedrive: Counterpart) -> None:
        super().__init__(people, tave)
        self.pipedrive = pipedrive
        self.shared: list[tuple[str, str]] = []
        """The ids of each person in both."""

    def share(self, count: int, **more: Any) -> None:
        for number in range(count):
            first, last, email = f"Ada{number}", "Berg", f"ada{number}@berg.example"
            here = self.tave.add(firstName=first, lastName=last, name=f"{first} {last}", email=email)
            there = self.pipedrive.put(
                "persons",
                {
                    "name": f"{first} {last}",
                    "emails": [{"value": email.upper(), "primary": True, "label": "work"}],
                    "phones": [{"value": f"+493011111{number}", "primary": True, "label": "work"}],
                    **more,
                },
            )
            self.shared.append((here, str(there["id"])))

    async def both(self, **config: Any) -> tuple[IntegrationOut, IntegrationOut]:
        """The Táve and the Pipedrive, kept in step both ways, and imported."""
        first = await self.connect(sync_direction="bidirectional", **config)
        given = {
            "crm_provider": "pipedrive",
            "connection_name": "Sales",
            "auth_config": self.pipedrive.entered(),
            "sync_config": {"sync_direction": "bidirectional", **config},
        }
        made = await integrations.create_integration(self.admin, IntegrationIn.model_validate(given))
        for one in (first, made.integration):
            job = await self.sync(one.id, **CLIENTS)
            assert job.job_status == "completed", job
        return first, made.integration

    async def link(self, connection_id: UUID, *, preview: bool = False) -> SyncJobOut:
        started = await matches.link_matches(self.actor, connection_id, dry_run=preview)
        return await self.finish(started.id)

    async def round(self, *connections: IntegrationOut) -> list[SyncJobOut]:
        """Each is synced once."""
        return [await self.sync(one.id, "incremental_sync", **CLIENTS) for one in connections]

    def person(self, number: int = 0) -> dict[str, Any]:
        return self.pipedrive.rows["persons"][int(self.shared[number][1])]

    def contact(self, number: int = 0) -> dict[str, Any]:
        return self.tave.document(self.shared[number][0])


@pytest.fixture
async def acme(people: People, tave: Tave) -> AsyncGenerator[Acme]:
    async with Counterpart(5) as pipedrive:
        yield Acme(people, tave, pipedrive)


async def test_exact_matches_are_counted_previewed_linked_and_taken_apart(acme: Acme) -> None:
    acme.share(3)
    first, second = await acme.both()
    (counted,) = await matches.count_matches(acme.actor)
    assert (counted.integration_id, counted.count, counted.more) == (second.id, 3, False)
    tables = (SyncRecord, SyncData, SyncLink, SyncReference, SyncDuplicate)
    without = ("version", "stamps", "synced_version", "owes", "created_at")
    before = [state_of(await acme.rows(one), *without) for one in tables]
    seen = await acme.link(second.id, preview=True)
    assert (seen.job_status, seen.records_updated) == ("completed", 3)
    assert [state_of(await acme.rows(one), *without) for one in tables] == before
    findings = await acme.findings(seen.id, "link")
    assert len(findings) == 3
    phones = [one.detail["fields"]["phone"] for one in findings]
    assert {"kept": None, "other": "+4930111110"} in phones

    job = await acme.link(second.id)
    assert (job.job_status, job.records_updated) == ("completed", 3)
    links = {one.external_id: one.record_id for one in await acme.rows(SyncLink)}
    for here, there in acme.shared:
        assert links[here] == links[there]
    assert not await matches.count_matches(acme.actor)
    assert (await acme.link(second.id)).records_updated == 0

    told = await acme.undo(job.id, preview=True)
    assert [one.kind for one in await acme.findings(told.id)] == ["apart"] * 3
    assert (await acme.undo(job.id)).job_status == "completed"
    assert [state_of(await acme.rows(one), *without) for one in tables] == before
    assert (await integrations.get_integration(acme.actor, second.id)).connection_status == "connected"
    for done in await acme.round(first, second):
        assert (done.records_created, done.records_updated, done.conflicts) == (0, 0, 0)


async def linked(acme: Acme, **config: Any) -> tuple[IntegrationOut, IntegrationOut]:
    """Both, with the people they have in common linked, and everything that follows from it synced."""
    first, second = await acme.both(**config)
    await acme.link(second.id)
    for _ in range(2):
        await acme.round(first, second)
    return first, second


def writes(acme: Acme) -> int:
    """How many calls have changed something, at both."""
    of_tave = sum(1 for one in acme.tave.requests if one.method not in {"GET", "HEAD"})
    return of_tave + len(acme.pipedrive.written)


@pytest.mark.both_databases
async def test_a_phone_number_travels_and_does_not_come_back(acme: Acme) -> None:
    acme.share(2)
    first, second = await linked(acme)
    # What only one of them had, the other one has got.
    assert acme.contact()["cellPhone"]["e164"] == "+4930111110"
    before = writes(acme)
    acme.pipedrive.edit(
        acme.shared[0][1], phones=[{"value": "+4930222222", "primary": True, "label": "work"}]
    )
    await acme.round(second, first)
    assert acme.contact()["cellPhone"]["e164"] == "+4930222222"
    assert writes(acme) == before + 1
    for _ in range(3):
        await acme.round(first, second)
    assert writes(acme) == before + 1
    assert acme.contact(1)["cellPhone"]["e164"] == "+4930111111"

    acme.tave.edit(acme.shared[0][0], email="new@berg.example")
    await acme.round(first, second)
    assert [one["value"] for one in acme.person()["emails"]] == ["new@berg.example"]
    assert writes(acme) == before + 2
    for _ in range(3):
        await acme.round(second, first)
    assert writes(acme) == before + 2


async def test_linking_overwrites_nothing_that_differs(acme: Acme) -> None:
    acme.share(1)
    acme.tave.edit(acme.shared[0][0], cellPhone={"e164": "+4930999999"})
    first, second = await linked(acme)
    assert acme.contact()["cellPhone"]["e164"] == "+4930999999"
    assert [one["value"] for one in acme.person()["phones"]] == ["+4930111110"]
    # From then on a change is one.
    acme.pipedrive.edit(
        acme.shared[0][1], phones=[{"value": "+4930333333", "primary": True, "label": "work"}]
    )
    await acme.round(second, first)
    assert acme.contact()["cellPhone"]["e164"] == "+4930333333"


async def test_a_crm_that_is_only_imported_is_never_written(acme: Acme) -> None:
    acme.share(1)
    first, second = await acme.both()
    only = {"sync_config": {"sync_direction": "import_only"}}
    await integrations.update_integration(acme.admin, second.id, IntegrationPatch.model_validate(only))
    await acme.link(second.id)
    before = list(acme.pipedrive.written)
    acme.tave.edit(acme.shared[0][0], email="new@berg.example")
    for _ in range(2):
        await acme.round(first, second)
    assert acme.pipedrive.written == before
    # It is heard, though.
    acme.pipedrive.edit(acme.shared[0][1], phones=[{"value": "+4930444444", "primary": True, "label": "x"}])
    await acme.round(second, first)
    assert acme.contact()["cellPhone"]["e164"] == "+4930444444"


async def test_both_change_the_same_field_and_somebody_chooses_once(acme: Acme) -> None:
    acme.share(1)
    first, second = await linked(acme)
    acme.tave.edit(acme.shared[0][0], email="one@berg.example")
    acme.pipedrive.edit(
        acme.shared[0][1], emails=[{"value": "two@berg.example", "primary": True, "label": "work"}]
    )
    jobs = await acme.round(first, second)
    assert [one.conflicts for one in jobs] == [0, 1]
    (conflict,) = (await conflicts.list_conflicts(acme.actor, ALL)).items
    assert acme.contact()["email"] == "one@berg.example"
    assert [one["value"] for one in acme.person()["emails"]] == ["two@berg.example"]
    choice = ResolveIn.model_validate({"choices": {"email": {"take": "crm"}}})
    await conflicts.resolve(acme.actor, conflict.id, choice)
    await acme.round(first, second)
    assert acme.contact()["email"] == "two@berg.example"
    assert [one["value"] for one in acme.person()["emails"]] == ["two@berg.example"]
    before = writes(acme)
    for _ in range(2):
        jobs = await acme.round(first, second)
        assert [one.conflicts for one in jobs] == [0, 0]
    assert writes(acme) == before


async def test_what_is_gone_in_one_stays_in_the_other(acme: Acme) -> None:
    acme.share(1)
    first, second = await linked(acme)
    acme.tave.hide(acme.shared[0][0])
    await acme.round(first, second)
    links = {one.external_id: one for one in await acme.rows(SyncLink)}
    here, there = (links[one] for one in acme.shared[0])
    assert (here.state, there.state) == ("gone", "linked")
    records = {one.id: one for one in await acme.rows(SyncRecord)}
    assert records[there.record_id].archived_at is None
    assert not acme.person()["is_deleted"]


async def test_what_is_not_one_to_one_or_has_another_name_is_left_for_somebody(acme: Acme) -> None:
    acme.share(2)
    # A second one of the same address, and another name.
    acme.pipedrive.put(
        "persons",
        {"name": "Ada0 Berg", "emails": [{"value": "ada0@berg.example", "primary": True, "label": "work"}]},
    )
    acme.pipedrive.edit(acme.shared[1][1], name="Adam Berg")
    _, second = await acme.both()
    assert not await matches.count_matches(acme.actor)
    job = await acme.link(second.id)
    assert job.records_updated == 0
    assert job.counts["clients"]["skipped"] == {"several": 2, "not_exact": 1}
    assert unexplained(job) == 0


async def test_what_somebody_changed_since_stays_when_it_is_taken_apart(acme: Acme) -> None:
    acme.share(2)
    first, second = await acme.both()
    job = await acme.link(second.id)
    await acme.edit(acme.shared[0][0], phone="+4930777777")
    await acme.undo(job.id)
    values = await acme.values()
    assert values[acme.shared[0][0]]["phone"] == "+4930777777"
    assert "phone" not in values[acme.shared[1][0]]
    kept = {one.name: one.detail["fields"] for one in await acme.findings((await latest(acme)).id)}
    assert kept["Ada0 Berg"] == ["phone"]
    del first


async def latest(acme: Acme) -> SyncJobOut:
    (_, second) = (await integrations.list_integrations(acme.actor, ALL)).items[::-1]
    return (await syncs.list_jobs(acme.actor, second.id, ALL)).items[0]


async def test_who_may_link_and_whose(acme: Acme, client: httpx.AsyncClient) -> None:
    acme.share(1)
    _, second = await acme.both()
    with pytest.raises(Forbidden):
        await matches.link_matches(acme.people.vera.actor, second.id)
    with pytest.raises(NotFound):
        await matches.link_matches(acme.people.mallory.actor, second.id)
    headers = await seeded.headers(acme.people.erin)
    (told,) = (await client.get("/api/crm/duplicates/exact", headers=headers)).json()["items"]
    assert (told["integration_id"], told["count"]) == (str(second.id), 1)
    here = f"/api/crm/integrations/{second.id}/link-matches"
    answer = await client.post(here, headers=headers, json={"dry_run": True})
    assert answer.status_code == 201
    assert answer.json()["sync_job"]["job_type"] == "merge"
