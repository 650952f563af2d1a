"""Mappings: replaced as a whole, tried on records of the CRM before they count, and taken over by a job."""

import asyncio
import time
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.schemas.mappings import (
    ApplyMappingsIn,
    CustomFieldIn,
    CustomFieldPatch,
    FieldMappingsIn,
    FieldMappingsOut,
    ResourceMappingOut,
)
from hub_app.crm.service import custom_fields, mappings
from hub_app.kernel.edits import AsOpened
from hub_app.kernel.errors import Conflict, EditConflict, Forbidden, Invalid, NotFound
from hub_app.sync.service.samples import SourceFailed
from tests import people as seeded
from tests.crm.acme import Acme
from tests.peers.tave import store

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]
VENUE = {"key": "venue", "label": "Venue", "type": "text"}


def custom_path(acme: Acme) -> str:
    """The first custom field of Táve's contacts: a text."""
    return f"customFields.cf_{acme.tave.ids(store.CUSTOM_FIELD)[0]}"


async def clients(acme: Acme, connection_id: UUID) -> ResourceMappingOut:
    found = await mappings.get_field_mappings(acme.actor, connection_id)
    return next(one for one in found.resources if one.resource == "clients")


async def given(acme: Acme, connection_id: UUID, *more: dict[str, Any], fields: Any = ()) -> FieldMappingsIn:
    """The mapping of clients as it is, and more lines."""
    now = await clients(acme, connection_id)
    lines = [one.model_dump(mode="json") for one in now.field_mappings]
    return FieldMappingsIn.model_validate(
        {"resource": "clients", "field_mappings": [*lines, *more], "custom_fields": list(fields)}
    )


async def replace(acme: Acme, connection_id: UUID, wanted: FieldMappingsIn, **more: Any) -> FieldMappingsOut:
    return await mappings.replace_field_mappings(acme.admin, connection_id, wanted, **more)


async def applied(acme: Acme, connection_id: UUID, *, dry_run: bool = False) -> SyncJobOut:
    wanted = ApplyMappingsIn(resources=["clients"], dry_run=dry_run)
    return await acme.finish((await mappings.apply_field_mappings(acme.actor, connection_id, wanted)).id)


async def with_venue(acme: Acme) -> tuple[UUID, str]:
    """A connection that was synced, and whose clients then get a venue of a custom field; a person of Táve's."""
    made = await acme.connect()
    await acme.sync(made.id)
    person = acme.tave.ids(kind="person", hidden=False)[0]
    wanted = await given(
        acme, made.id, {"source": custom_path(acme), "target": "venue", "direction": "in"}, fields=[VENUE]
    )
    await replace(acme, made.id, wanted)
    return made.id, person


async def test_a_new_field_is_filled_by_the_job_that_follows_and_can_be_undone(acme: Acme) -> None:
    connection_id, person = await with_venue(acme)
    now = await clients(acme, connection_id)
    assert now.mapping_version == 2
    assert [(one.key, one.type) for one in now.fields if one.custom] == [("venue", "text")]
    assert "venue" not in (await acme.values())[person]
    previewed = await applied(acme, connection_id, dry_run=True)
    assert previewed.job_type == "field_mapping_update"
    assert previewed.records_updated > 0
    assert "venue" not in (await acme.values())[person]
    job = await applied(acme, connection_id)
    assert job.records_updated == previewed.records_updated
    there = {one["fieldId"]: one["value"] for one in acme.tave.document(person)["customFields"]}  # type: ignore[index, union-attr]
    assert (await acme.values())[person].get("venue") == there[acme.tave.ids(store.CUSTOM_FIELD)[0]]
    await acme.undo(job.id)
    assert "venue" not in (await acme.values())[person]


async def test_what_stays_the_same_is_not_looked_at_again(acme: Acme) -> None:
    made = await acme.connect()
    await replace(acme, made.id, await given(acme, made.id))
    assert (await clients(acme, made.id)).mapping_version == 1


async def test_unknown_fields_and_keys_that_are_taken_are_named(acme: Acme) -> None:
    made = await acme.connect()
    count = len((await clients(acme, made.id)).field_mappings)
    wanted = await given(acme, made.id, {"source": "maidenName", "target": "maiden_name"})
    with pytest.raises(Invalid) as refused:
        await replace(acme, made.id, wanted)
    assert [one.field for one in refused.value.errors] == [f"field_mappings.{count}.target"]
    wanted = await given(acme, made.id, fields=[{"key": "name", "label": "Name"}])
    with pytest.raises(Invalid) as refused:
        await replace(acme, made.id, wanted)
    assert [one.field for one in refused.value.errors] == ["custom_fields.0.key"]


async def test_two_people_at_once(acme: Acme) -> None:
    made = await acme.connect()
    opened = (await mappings.get_field_mappings(acme.admin, made.id)).version
    mine = await given(acme, made.id, {"source": "maidenName", "target": "lead_source"})
    theirs = await given(acme, made.id, {"source": "jobTitle", "target": "status"})
    await replace(acme, made.id, theirs)
    with pytest.raises(EditConflict):
        await replace(acme, made.id, mine, expected=AsOpened({"clients": opened.fields["clients"]}))
    assert [one.target for one in (await clients(acme, made.id)).field_mappings].count("lead_source") == 0


async def test_the_fields_that_records_have_are_found_with_examples(acme: Acme) -> None:
    made = await acme.connect()
    found = await mappings.discover_fields(acme.actor, made.id, "clients")
    fields = {one.path: one for one in found.source_fields}
    custom = fields[custom_path(acme)]
    assert (custom.label, custom.declared, custom.writable) == ("TextField 1", True, True)
    assert custom.examples
    assert 0 < custom.filled <= 1
    assert fields["firstName"].examples
    calls = acme.tave.count
    await mappings.discover_fields(acme.actor, made.id, "clients")
    assert acme.tave.count == calls
    await mappings.discover_fields(acme.actor, made.id, "clients", anew=True)
    assert acme.tave.count > calls


async def test_a_source_that_cannot_be_read_says_why(acme: Acme) -> None:
    made = await acme.connect()
    acme.tave.faults.unauthorized = True
    with pytest.raises(SourceFailed) as failed:
        await mappings.discover_fields(acme.actor, made.id, "clients")
    assert "401" in failed.value.detail


async def test_a_preview_tells_what_would_become_of_records_and_keeps_nothing(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    wanted = await given(
        acme,
        made.id,
        {"source": custom_path(acme), "target": "venue", "transforms": [{"name": "lower"}]},
        {"source": "firstName", "target": "lucky", "transforms": [{"name": "number"}]},
        {"source": "join(' ', [firstName, 'of', lastName])", "target": "spoken"},
        {"source": "previousClient", "target": "status", "required": True, "direction": "in"},
        fields=[VENUE, {"key": "lucky", "label": "Lucky", "type": "number"}, {"key": "spoken", "label": "S"}],
    )
    found = await mappings.preview_field_mappings(acme.actor, made.id, wanted)
    assert found.sampled == len(found.records) > 0
    people = [one for one in found.records if one.values.get("first_name")]
    for one in people:
        document = acme.tave.document(one.external_id)
        assert one.values["spoken"] == f"{document['firstName']} of {document['lastName']}".strip()
        assert one.warnings["lucky"]
        assert one.changes["spoken"] == [None, one.values["spoken"]]
    companies = [one for one in found.records if not one.values.get("first_name")]
    assert companies
    assert all(one.refused for one in companies)
    assert found.would_be_refused == len(companies)
    assert found.would_change == len(people)
    assert found.changes_by_field["spoken"] == len(people)
    assert not found.slow
    assert "expression" in found.not_writable["spoken"]
    assert "venue" not in found.not_writable
    assert (await clients(acme, made.id)).mapping_version == 1
    assert "spoken" not in {key for values in (await acme.values()).values() for key in values}


async def test_a_costly_expression_holds_nobody_up(acme: Acme) -> None:
    made = await acme.connect()
    # Each part doubles what it is given.
    costly = " | ".join(["[@, @][]"] * 40)
    wanted = await given(acme, made.id, {"source": costly, "target": "notes"})
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.01)
            worst = max(worst, time.perf_counter() - begun)

    watching, begun = asyncio.create_task(watch()), time.perf_counter()
    try:
        found = await mappings.preview_field_mappings(acme.actor, made.id, wanted)
    finally:
        watching.cancel()
    assert all(one.warnings["notes"] for one in found.records)
    assert worst < (time.perf_counter() - begun) / 2


async def test_custom_fields_are_added_renamed_and_removed_while_nothing_fills_them(acme: Acme) -> None:
    connection_id, person = await with_venue(acme)
    await applied(acme, connection_id)
    held = (await acme.values())[person]["venue"]
    renamed = await custom_fields.rename_field(
        acme.admin, "clients", "venue", CustomFieldPatch(label="Place")
    )
    assert [(one.label, one.used_by) for one in renamed.fields if one.custom] == [("Place", ["Studio"])]
    with pytest.raises(Conflict, match="Studio"):
        await custom_fields.remove_field(acme.admin, "clients", "venue")
    now = await given(acme, connection_id)
    left = [one for one in now.field_mappings if one.target != "venue"]
    await replace(acme, connection_id, now.model_copy(update={"field_mappings": left}))
    await custom_fields.remove_field(acme.admin, "clients", "venue")
    assert (await acme.values())[person]["venue"] == held
    added = await custom_fields.add_field(acme.admin, "clients", CustomFieldIn(label="Diät & Wünsche"))
    assert [one.key for one in added.fields if one.custom] == ["diat_wunsche"]
    with pytest.raises(Conflict):
        await custom_fields.remove_field(acme.admin, "clients", "name")
    with pytest.raises(NotFound):
        await custom_fields.rename_field(acme.admin, "clients", "venue", CustomFieldPatch(label="Again"))


async def test_who_may_map(acme: Acme) -> None:
    made = await acme.connect()
    wanted = await given(acme, made.id)
    people = acme.people
    with pytest.raises(Forbidden):
        await mappings.replace_field_mappings(people.erin.actor, made.id, wanted)
    with pytest.raises(Forbidden):
        await mappings.preview_field_mappings(people.vera.actor, made.id, wanted)
    with pytest.raises(Forbidden):
        await mappings.discover_fields(people.vera.actor, made.id, "clients")
    with pytest.raises(Forbidden):
        await custom_fields.add_field(people.erin.actor, "clients", CustomFieldIn(label="Venue"))
    assert (await mappings.get_field_mappings(people.vera.actor, made.id)).resources
    for call in (
        mappings.get_field_mappings(people.mallory.actor, made.id),
        mappings.replace_field_mappings(people.mallory.actor, made.id, wanted),
        mappings.preview_field_mappings(people.mallory.actor, made.id, wanted),
        mappings.discover_fields(people.mallory.actor, made.id, "clients"),
        mappings.apply_field_mappings(people.mallory.actor, made.id, ApplyMappingsIn()),
    ):
        with pytest.raises(NotFound):
            await call


async def test_over_rest(acme: Acme, client: httpx.AsyncClient) -> None:
    made = await acme.connect()
    headers = await seeded.headers(acme.people.adam)
    path = f"/api/crm/integrations/{made.id}/field-mappings"
    read = await client.get(path, headers=headers)
    lines = next(one for one in read.json()["resources"] if one["resource"] == "clients")["field_mappings"]
    lines[0]["rule"] = "crm_wins"
    body = {"resource": "clients", "field_mappings": lines}
    stale = await client.put(path, headers={**headers, "If-Match": '"stale"'}, json=body)
    assert stale.status_code == 412
    put = await client.put(path, headers={**headers, "If-Match": read.headers["ETag"]}, json=body)
    assert put.status_code == 200
    assert put.headers["ETag"] != read.headers["ETag"]
    assert put.json()["resources"][0]["field_mappings"][0]["rule"] == "crm_wins"
    lines[0]["source"] = "a[?"
    refused = await client.put(path, headers=headers, json=body)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ["field_mappings.0.source"]
