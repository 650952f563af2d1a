"""Exports of everything: one zip as of one moment, that adds up, and that nobody else gets."""

import asyncio
import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub_app.crm.fields import STANDARD
from hub_app.crm.schemas.exports import ExportOut
from hub_app.crm.service import export_work, exports
from hub_app.crm.tables import CrmExport, CrmExportPiece
from hub_app.kernel import db, jobs
from hub_app.kernel.errors import Conflict, Forbidden, NotFound
from hub_app.sync.service import everything
from hub_app.sync.tables import SyncRecord, SyncVersion
from tests import people as seeded
from tests.crm.acme import ALL, Acme
from tests.governance.test_privacy import desk

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


async def made(acme: Acme) -> ExportOut:
    """An export of everything, once it is ready."""
    started = await exports.start_export(acme.admin)
    async with jobs.running(jobs.works()), asyncio.timeout(60):
        while (found := await exports.get_export(acme.admin, started.id)).status == "running":  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.02)
    return found


async def opened(acme: Acme, export_id: UUID) -> zipfile.ZipFile:
    content = b"".join([one async for one in await exports.begin_download(acme.admin, export_id)])
    found = await exports.get_export(acme.admin, export_id)
    assert (len(content), hashlib.sha256(content).hexdigest()) == (found.size, found.sha256)
    return zipfile.ZipFile(io.BytesIO(content))


def lines(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).splitlines()]


def all_records(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    return [
        one
        for name in STANDARD
        if f"{name}.jsonl" in archive.namelist()
        for one in lines(archive, f"{name}.jsonl")
    ]


async def test_everything_is_in_it_and_adds_up(acme: Acme) -> None:
    connection = await acme.connect()
    await acme.sync(connection.id)
    person = acme.tave.ids(kind="person")[0]
    await acme.edit(person, notes='=HYPERLINK("http://evil.example")')
    await acme.archive(acme.tave.ids(kind="person")[1])
    found = await made(acme)
    assert found.status == "ready", found
    archive = await opened(acme, found.id)
    manifest = json.loads(archive.read("manifest.json"))
    assert {one["name"] for one in manifest["files"]} == set(archive.namelist()) - {"manifest.json"}
    for one in manifest["files"]:
        content = archive.read(one["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])

    records = await acme.rows(SyncRecord)
    clients = lines(archive, "clients.jsonl")
    everything_in = all_records(archive)
    assert {one["id"] for one in everything_in} == {str(one.id) for one in records}
    assert len([one for one in clients if one["archived_at"]]) >= 1
    values = await acme.values()
    by_source = {one["sources"][0]["external_id"]: one["fields"] for one in everything_in}
    assert by_source == values
    table = list(csv.reader(io.StringIO(archive.read("clients.csv").decode("utf-8-sig"))))
    assert len(table) == len(clients) + 1
    # Nothing in it runs on the computer of whoever opens it.
    assert not any(cell.startswith("=") for row in table for cell in row)
    people = lines(archive, "people.jsonl")
    assert len(people) == sum(len(one["fields"].get("people", ())) for one in clients) > 0
    history = lines(archive, "history.jsonl")
    assert len(history) == len(await acme.rows(SyncVersion))
    assert any(one["after"].get("notes", "").startswith("=HYPERLINK") for one in history)
    assert "api_key" not in archive.read("connections.json").decode()
    assert lines(archive, "connections.json")[0]["connections"][0]["name"] == "Studio"


async def test_an_export_is_of_one_moment(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = await acme.connect()
    await acme.sync(connection.id)
    before = await acme.values()
    real = everything.records

    async def slow(session: Any, collection_id: UUID) -> Any:
        async for page in real(session, collection_id):
            yield page
            # What happens beside it, in another transaction, is not in it.
            await asyncio.create_task(everybody_is_renamed())

    async def everybody_is_renamed() -> None:
        for external_id in list(before)[-5:]:
            await acme.edit(external_id, name="Renamed")

    monkeypatch.setattr(everything, "_AT_ONCE", 10)
    monkeypatch.setattr(everything, "records", slow)
    archive = await opened(acme, (await made(acme)).id)
    found = all_records(archive)
    assert {one["sources"][0]["external_id"]: one["fields"] for one in found} == before
    assert Counter(str(one.name) for one in await acme.rows(SyncRecord))["Renamed"] == 5


async def test_erasing_anybody_takes_every_export_along(acme: Acme, client: httpx.AsyncClient) -> None:
    connection = await acme.connect()
    await acme.sync(connection.id)
    found = await made(acme)
    values = (await acme.values())[acme.tave.ids(kind="person", hidden=False)[0]]
    async with desk(client, acme.people.adam) as privacy:
        preview = await privacy.ask("preview", email=values["email"])
        assert {one["table"]: one["rows"] for one in preview["counts"]}["crm_export"] == 1
        # An export of that person's data does not name it: it is no data of theirs alone.
        wanted = await privacy.ask("export", email=values["email"])
        assert "crm_export" not in {one["table"] for one in wanted["counts"]}
        erased = await privacy.erase(values["email"], email=values["email"])
    assert erased["status"] == "done", erased
    assert not await acme.rows(CrmExport)
    assert not await acme.rows(CrmExportPiece)
    with pytest.raises(NotFound):
        await exports.begin_download(acme.admin, found.id)


async def test_one_is_made_at_a_time_and_only_by_admins(acme: Acme) -> None:
    with pytest.raises(Forbidden):
        await exports.start_export(acme.actor)
    with pytest.raises(Forbidden):
        await exports.list_exports(acme.actor, ALL)
    first = await exports.start_export(acme.admin)
    with pytest.raises(Conflict, match="being made already"):
        await exports.start_export(acme.admin)
    with pytest.raises(Conflict, match="Cancel its job first"):
        await exports.delete_export(acme.admin, first.id)
    mallory = acme.people.mallory.actor
    with pytest.raises(NotFound):
        await exports.begin_download(mallory, first.id)
    assert not (await exports.list_exports(mallory, ALL)).items


async def test_an_export_over_rest(acme: Acme, client: httpx.AsyncClient) -> None:
    headers = await seeded.headers(acme.people.adam)
    started = await client.post("/api/crm/exports", headers=headers)
    assert (started.status_code, started.json()["status"]) == (202, "running")
    here = f"/api/crm/exports/{started.json()['id']}"
    early = await client.get(f"{here}/download", headers=headers)
    assert (early.status_code, early.json()["title"]) == (404, "Not found")
    async with jobs.running(jobs.works()), asyncio.timeout(60):
        while (await client.get(here, headers=headers)).json()["status"] == "running":  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.02)
    answer = await client.get(f"{here}/download", headers=headers)
    assert answer.headers["content-type"] == "application/zip"
    # Without any record, it says so.
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {"README.txt", "manifest.json", "fields.json", "connections.json"} == set(archive.namelist())
    assert (await client.delete(here, headers=headers)).status_code == 204
    assert (await client.get(here, headers=headers)).status_code == 404
    assert not await acme.rows(CrmExportPiece)


async def test_a_job_that_begins_again_leaves_no_pieces_of_its_first_try(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await acme.connect()
    await acme.sync(connection.id)
    monkeypatch.setattr(export_work, "PIECE", 1024)
    started = await exports.start_export(acme.admin)
    async with db.begin(acme.tenant_id) as session:
        for number in range(3):
            session.add(
                CrmExportPiece(tenant_id=acme.tenant_id, export_id=started.id, number=number, content=b"old")
            )
    async with jobs.running(jobs.works()), asyncio.timeout(60):
        while (await exports.get_export(acme.admin, started.id)).status == "running":  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.02)
    assert (await opened(acme, started.id)).testzip() is None
