"""Earlier versions of records, compared with what they are now and taken again, whole or field by field."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.tables import AuditEntry
from tests import people as seeded
from tests.crm.acme import Acme
from tests.peers.tave import Tave
from tests.people import People

pytestmark = pytest.mark.both_databases
_PATH = "/api/crm/records"
_SYNCED = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"
)
Answer = dict[str, Any]
_CLIENTS: dict[str, Any] = {"resources": ["clients"]}


class Desk:
    """REST as one person uses it."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client, self._headers = client, headers

    async def make(self, **fields: Any) -> str:
        answer = await self._client.post(_PATH, json={"fields": fields}, headers=self._headers)
        return answer.json()["id"]

    async def change(self, record: str, **fields: Any) -> None:
        answer = await self._client.patch(f"{_PATH}/{record}", json={"fields": fields}, headers=self._headers)
        assert answer.status_code == 200, answer.text

    async def fields(self, record: str) -> Answer:
        return (await self._client.get(f"{_PATH}/{record}", headers=self._headers)).json()["fields"]

    async def history(self, record: str) -> list[Answer]:
        answer = await self._client.get(f"{_PATH}/{record}/history", headers=self._headers)
        return answer.json()["items"]

    async def version(self, record: str, number: int) -> str:
        return next(one["id"] for one in await self.history(record) if one["version"] == number)

    async def compare(self, record: str, version: str) -> httpx.Response:
        return await self._client.get(f"{_PATH}/{record}/history/{version}", headers=self._headers)

    async def restore(self, record: str, version: str, *fields: str, seen: str = "") -> httpx.Response:
        given = {"version_id": version, **({"fields": list(fields)} if fields else {})}
        headers = {**self._headers, **({"If-Match": seen} if seen else {})}
        return await self._client.post(f"{_PATH}/{record}/restore", json=given, headers=headers)


@pytest.fixture
async def adam(client: httpx.AsyncClient, people: People) -> Desk:
    return Desk(client, await seeded.headers(people.adam))


@pytest.fixture
async def erin(client: httpx.AsyncClient, people: People) -> Desk:
    return Desk(client, await seeded.headers(people.erin))


async def test_a_whole_version_is_a_new_one_and_can_itself_be_taken_back(adam: Desk, people: People) -> None:
    ada = await adam.make(name="Ada", status="Lead", notes="Call")
    await adam.change(ada, status="Booked", notes=None, value=4500)
    await adam.change(ada, status="Lost", email="ada@x.example")
    first = await adam.version(ada, 1)
    compared = await adam.compare(ada, first)
    assert [(one["field"], one["before"], one["after"]) for one in compared.json()["changes"]] == [
        ("email", "ada@x.example", None),
        ("status", "Lost", "Lead"),
        ("value", 4500, None),
        ("notes", None, "Call"),
    ]
    answer = await adam.restore(ada, first, seen=compared.headers["ETag"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["fields"] == {"name": "Ada", "status": "Lead", "notes": "Call"}
    assert (answer.json()["record_version"], answer.json()["email"]) == (4, "")
    newest = (await adam.history(ada))[0]
    assert (newest["kind"], newest["made_by"], len(newest["changes"])) == ("restored", "Adam Brandt", 4)
    # And back again.
    await adam.restore(ada, await adam.version(ada, 3))
    assert await adam.fields(ada) == {
        "name": "Ada",
        "status": "Lost",
        "email": "ada@x.example",
        "value": 4500,
    }
    async with db.read(people.adam.tenant_id) as session:
        told = select(AuditEntry).where(AuditEntry.action == "crm.record.restored")
        entries = (await session.exec(told)).all()
    assert [one.summary for one in entries] == [
        {"version": 1, "fields": ["email", "notes", "status", "value"]},
        {"version": 3, "fields": ["email", "notes", "status", "value"]},
    ]


async def test_some_fields_alone_and_nothing_where_nothing_differs(erin: Desk) -> None:
    ada = await erin.make(name="Ada", status="Lead", notes="Call")
    await erin.change(ada, status="Booked", notes="Wrote")
    first = await erin.version(ada, 1)
    assert (await erin.restore(ada, first, "notes")).json()["record_version"] == 3
    assert await erin.fields(ada) == {"name": "Ada", "status": "Booked", "notes": "Call"}
    assert (await erin.restore(ada, first, "notes", "name")).json()["record_version"] == 3
    assert [one["kind"] for one in await erin.history(ada)] == ["restored", "edited", "created"]


async def test_a_colleagues_change_is_not_undone(adam: Desk) -> None:
    ada = await adam.make(name="Ada", status="Lead")
    await adam.change(ada, status="Booked")
    first = await adam.version(ada, 1)
    seen = (await adam.compare(ada, first)).headers["ETag"]
    await adam.change(ada, status="Lost")
    assert (await adam.restore(ada, first, seen=seen)).status_code == 412
    assert (await adam.fields(ada))["status"] == "Lost"


async def test_who_may_restore_what(
    client: httpx.AsyncClient, adam: Desk, erin: Desk, people: People
) -> None:
    ada, bob = await adam.make(name="Ada", status="Lead"), await adam.make(name="Bob")
    await adam.change(ada, status="Booked")
    first = await adam.version(ada, 1)
    vera = Desk(client, await seeded.headers(people.vera))
    mallory = Desk(client, await seeded.headers(people.mallory))
    assert (await erin.restore(ada, first)).status_code == 403
    assert (await vera.restore(ada, first, "status")).status_code == 403
    assert (await vera.compare(ada, first)).status_code == 200
    assert (await mallory.restore(ada, first)).status_code == 404
    assert (await mallory.compare(ada, first)).status_code == 404
    # A version of another record is none of this one.
    assert (await adam.restore(ada, await adam.version(bob, 1))).status_code == 404
    for field in ("shoe_size", ""):
        refused = await erin.restore(ada, first, field)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, f"fields.{field}")
    assert (await adam.fields(ada))["status"] == "Booked"


@_SYNCED
async def test_what_was_restored_is_kept_by_the_next_syncs(acme: Acme, tave: Tave, adam: Desk) -> None:
    made = await acme.connect()
    await acme.sync(made.id, **_CLIENTS)
    one = tave.ids(kind="person", hidden=False)[0]
    ada, was = str((await acme.record(one)).id), (await acme.values())[one]["last_name"]
    tave.change(one, {"lastName": "Changed there"})
    await acme.sync(made.id, "incremental_sync", **_CLIENTS)
    assert (await adam.fields(ada))["last_name"] == "Changed there"
    assert (await adam.restore(ada, await adam.version(ada, 1))).status_code == 200
    for job_type in ("incremental_sync", "full_import"):
        await acme.sync(made.id, job_type, **_CLIENTS)
        assert (await adam.fields(ada))["last_name"] == was
    # Changed there again: somebody has to choose.
    tave.change(one, {"lastName": "Changed again"})
    job = await acme.sync(made.id, "incremental_sync", **_CLIENTS)
    assert job.conflicts == 1
    assert (await adam.fields(ada))["last_name"] == was


@_SYNCED
async def test_what_was_restored_is_sent_to_a_crm_that_takes_changes(
    acme: Acme, tave: Tave, adam: Desk
) -> None:
    made = await acme.connect(sync_direction="bidirectional")
    await acme.sync(made.id, **_CLIENTS)
    one = tave.ids(kind="person", hidden=False)[0]
    ada, was = str((await acme.record(one)).id), (await acme.values())[one]["last_name"]
    await adam.change(ada, last_name="Changed here")
    await acme.sync(made.id, "incremental_sync", **_CLIENTS)
    assert tave.document(one)["lastName"] == "Changed here"
    assert (await adam.restore(ada, await adam.version(ada, 1), "last_name")).status_code == 200
    await acme.sync(made.id, "incremental_sync", **_CLIENTS)
    assert tave.document(one)["lastName"] == was
