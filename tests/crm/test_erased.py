"""A person who was erased is brought back by no sync, no export and no undo."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.sync.tables import SyncData, SyncFinding, SyncLink, SyncQuarantine, SyncRecord, SyncVersion
from tests.crm.acme import Acme, unexplained
from tests.governance.test_privacy import desk
from tests.peers.tave import Tave
from tests.peers.tave.store import ADDRESS_BOOK, row_of

pytestmark = [
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000",
        sync_retry_seconds="0",
    ),
]
CLIENTS: dict[str, Any] = {"resources": ["clients"]}
BOB = "bob.ardent@clients.example"


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=20, jobs=0) as running:
        yield running


async def erase(acme: Acme, client: httpx.AsyncClient, *words: str) -> None:
    async with desk(client, acme.people.adam) as at:
        done = await at.erase(BOB, email=BOB, words=list(words))
    assert done["status"] == "done", done


async def everywhere(acme: Acme) -> str:
    """All that the tables of syncing hold."""
    tables = (SyncRecord, SyncData, SyncLink, SyncVersion, SyncQuarantine, SyncFinding)
    return "\n".join([str(row.model_dump()) for table in tables for row in await acme.rows(table)])


async def synced(acme: Acme, connection_id: UUID, job_type: str = "full_import", **config: Any) -> SyncJobOut:
    job = await acme.sync(connection_id, job_type, **CLIENTS, **config)
    assert (job.job_status, unexplained(job)) == ("completed", 0)
    assert "ardent" not in (await everywhere(acme)).lower()
    return job


async def test_a_sync_does_not_bring_an_erased_person_back(
    acme: Acme, tave: Tave, client: httpx.AsyncClient
) -> None:
    bob = tave.add(firstName="Bob", lastName="Ardent", email=BOB)
    made = await acme.connect(sync_direction="bidirectional")
    first = await acme.sync(made.id, **CLIENTS)
    await erase(acme, client, "Bob Ardent", "Ardent")
    await synced(acme, made.id)
    # Changed there, with the address and without it, and as somebody else who is written in another way.
    tave.edit(bob, jobTitle="Mayor")
    again = tave.add(firstName="B.", email=BOB.title(), companyName="Ardent & Sons")
    job = await synced(acme, made.id, "incremental_sync")
    assert job.counts["clients"]["skipped"].get("erased_person") == 2
    tave.edit(bob, email=None)
    job = await synced(acme, made.id, "incremental_sync")
    # Both are on the page that is read again.
    assert job.counts["clients"]["skipped"].get("erased_person") == 2
    tave.edit(again, secondaryEmail=BOB, email="other@clients.example")
    await synced(acme, made.id, "incremental_sync")
    job = await synced(acme, made.id, preview=True)
    await synced(acme, made.id, "export_to_crm", create_missing=True)
    assert tave.document(bob)["lastName"] == "Ardent"
    undo = await acme.undo(first.id)
    assert undo.job_status == "completed"
    assert "ardent" not in (await everywhere(acme)).lower()


async def test_nor_what_cannot_become_a_record(acme: Acme, tave: Tave, client: httpx.AsyncClient) -> None:
    made = await acme.connect()
    await acme.sync(made.id, **CLIENTS)
    await erase(acme, client)
    bob = tave.add(firstName="Bob", lastName="Ardent", email=BOB)
    # It does not say what it is.
    document = {name: value for name, value in tave.document(bob).items() if name != "kind"}
    tave.collections[ADDRESS_BOOK].put(row_of(document))
    job = await synced(acme, made.id, "incremental_sync")
    assert job.counts["clients"]["skipped"].get("erased_person") == 1
    assert not await acme.rows(SyncQuarantine)
