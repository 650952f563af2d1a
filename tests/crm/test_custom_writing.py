"""Making records at a CRM that answers little: each is there once, or left to a person."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from aiohttp import web
from pydantic import JsonValue

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.sync.tables import SyncIntent, SyncLink, SyncRecord
from tests.crm.acme import Acme
from tests.crm.exporting.both_ways import make
from tests.crm.test_custom import body, connector, created
from tests.peers.custom import SOURCE, Counterpart

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", sync_retry_seconds="0"),
]
RECORDS = 3


class Curt(Counterpart):
    """It stores what it is sent, and answers `status` with `answer`."""

    status = 201
    answer: Mapping[str, JsonValue] = {}

    async def _create(self, request: web.Request) -> web.Response:
        await super()._create(request)
        return web.json_response(dict(self.answer), status=self.status)


@pytest.fixture
async def peer() -> AsyncGenerator[Curt]:
    async with Curt(RECORDS) as running:
        yield running


def people_alone(*, finds: bool) -> dict[str, Any]:
    (people, *_) = cast("list[dict[str, Any]]", SOURCE["resources"])
    return {"resources": [people if finds else {**people, "writing": {"method": "put"}}]}


async def connected(acme: Acme, peer: Curt, client: httpx.AsyncClient, *, finds: bool) -> UUID:
    """A connection both ways, imported, and a client who was made here."""
    config = {"sync_direction": "bidirectional"}
    given = body(await connector(acme, peer), source=people_alone(finds=finds), sync_config=config)
    made = UUID((await created(client, acme.people, given))["id"])
    assert (await acme.sync(made)).outcome == "success"
    await make(acme, name="Ines Costa", email="ines@acme.example")
    return made


async def export(acme: Acme, connection_id: UUID) -> SyncJobOut:
    return await acme.sync(connection_id, "export_to_crm", create_missing=True)


@pytest.mark.parametrize("answer", [{}, {"status": "ok", "id": ["odd"]}], ids=["nothing", "odd"])
async def test_an_api_that_does_not_answer_with_the_record_is_asked_for_it(
    acme: Acme, peer: Curt, client: httpx.AsyncClient, answer: dict[str, JsonValue]
) -> None:
    peer.answer = answer
    made = await connected(acme, peer, client, finds=True)
    job = await export(acme, made)
    assert (job.job_status, job.outcome, job.counts["clients"]["pushed"]) == ("completed", "success", 1)
    assert len(peer.ids("clients")) == len(await acme.rows(SyncLink)) == RECORDS + 1
    assert [one.status for one in await acme.rows(SyncIntent)] == ["done"]


@pytest.mark.parametrize("status", [201, 500])
async def test_what_may_have_been_made_and_cannot_be_found_is_not_made_again(
    acme: Acme, peer: Curt, client: httpx.AsyncClient, status: int
) -> None:
    peer.status = status
    made = await connected(acme, peer, client, finds=False)
    for _ in range(3):
        await export(acme, made)
    assert len(peer.ids("clients")) == RECORDS + 1
    assert [one.status for one in await acme.rows(SyncIntent)] == ["unknown"]
    job = await acme.sync(made, "incremental_sync")
    assert job.job_status == "completed"
    # It comes as a record of its own, which a person can merge with the one that was made here.
    assert len(await acme.rows(SyncRecord)) == RECORDS + 2
