"""Fields that a CRM no longer tells of: noticed, kept here, and mapped anew with the effect shown beforehand."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import JsonValue

from hub_app.crm.schemas.mappings import FieldMappingsIn, Remaps, ResourceMappingOut
from hub_app.crm.service import mappings
from hub_app.kernel.errors import Forbidden
from tests.crm.acme import Acme
from tests.peers.tave import store

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]
VENUE = {"key": "venue", "label": "Venue", "type": "text"}


async def of_clients(acme: Acme, connection_id: UUID) -> ResourceMappingOut:
    found = await mappings.get_field_mappings(acme.actor, connection_id)
    return next(one for one in found.resources if one.resource == "clients")


async def save(acme: Acme, connection_id: UUID, lines: list[dict[str, Any]], fields: Any = ()) -> None:
    given = {"resource": "clients", "field_mappings": lines, "custom_fields": list(fields)}
    await mappings.replace_field_mappings(acme.admin, connection_id, FieldMappingsIn.model_validate(given))


async def lines_of(acme: Acme, connection_id: UUID) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in (await of_clients(acme, connection_id)).field_mappings]


async def with_venue(acme: Acme) -> tuple[UUID, str]:
    """A connection whose clients have a venue of a custom field; its id."""
    made = await acme.connect()
    field = acme.tave.ids(store.CUSTOM_FIELD)[0]
    line = {"source": f"customFields.cf_{field}", "target": "venue"}
    await save(acme, made.id, [*await lines_of(acme, made.id), line], [VENUE])
    await acme.sync(made.id)
    return made.id, field


async def venues(acme: Acme) -> dict[str, Any]:
    return {one: values["venue"] for one, values in (await acme.values()).items() if "venue" in values}


async def proposed(acme: Acme, connection_id: UUID) -> Remaps:
    return await mappings.propose_field_mappings(acme.actor, connection_id, "clients", anew=True)


async def test_a_field_that_was_replaced_is_noticed_proposed_and_mapped_anew(acme: Acme) -> None:
    connection_id, field = await with_venue(acme)
    before = await venues(acme)
    assert len(before) > 3
    await mappings.discover_fields(acme.actor, connection_id, "clients")
    new = acme.tave.move_field(field, "Location of the day")
    job = await acme.sync(connection_id)
    # Nothing is emptied by its absence, and somebody is told.
    assert await venues(acme) == before
    (told,) = [one for one in await acme.logs(job.id) if one.message.startswith("Venue: ")]
    assert "no record has it any more" in told.message
    (lost,) = (await of_clients(acme, connection_id)).lost
    assert (lost.field, lost.why, lost.records) == ("venue", "absent", len(before))

    # A sample that was kept from before the loss says nothing of it.
    found = await mappings.propose_field_mappings(acme.actor, connection_id, "clients")
    (remap,) = found.lost
    assert remap.replaces.source == f"customFields.cf_{field}"
    # Of all the other fields none is alike.
    assert len(remap.proposals) == 1
    best = remap.proposals[0]
    assert best.field_mapping.source == f"customFields.cf_{new}"
    assert best.same == best.compared > 3
    assert (best.would_change, best.unreadable) == (0, 0)

    lines = [
        best.field_mapping.model_dump(mode="json") if one["target"] == "venue" else one
        for one in await lines_of(acme, connection_id)
    ]
    await save(acme, connection_id, lines)
    assert (await of_clients(acme, connection_id)).lost == []
    person = next(iter(before))
    values: list[JsonValue] = [{"fieldId": new, "value": "The barn"}]
    acme.tave.change(person, {"customFields": values})
    await acme.sync(connection_id)
    assert (await venues(acme)) == {**before, person: "The barn"}


async def test_a_field_of_another_type_is_kept_and_told_of(acme: Acme) -> None:
    connection_id, field = await with_venue(acme)
    before = await venues(acme)

    def retyped(row: dict[str, JsonValue]) -> dict[str, JsonValue]:
        values: Any = row["customFields"]
        for one in values:
            one["value"] = {"label": one["value"], "rank": 1} if one["value"] else None
        return row

    acme.tave.rewrite(retyped)
    await acme.sync(connection_id)
    assert await venues(acme) == before
    (lost,) = (await of_clients(acme, connection_id)).lost
    assert (lost.why, lost.records) == ("unreadable", len(before))
    (remap,) = (await proposed(acme, connection_id)).lost
    best = remap.proposals[0]
    assert best.source.path == f"customFields.cf_{field}.label"
    assert best.same == best.compared > 3


async def test_what_is_told_again_is_lost_no_more(acme: Acme) -> None:
    connection_id, _ = await with_venue(acme)
    kept = {one: acme.tave.document(one)["customFields"] for one in acme.tave.ids()}
    acme.tave.rewrite(lambda row: {**row, "customFields": []})
    await acme.sync(connection_id)
    assert (await of_clients(acme, connection_id)).lost
    acme.tave.rewrite(lambda row: {**row, "customFields": kept[str(row["id"])]})
    # The records tell it again before an import has been there.
    assert (await proposed(acme, connection_id)).lost == []
    await acme.sync(connection_id)
    assert (await of_clients(acme, connection_id)).lost == []


async def test_an_import_that_only_looks_notices_nothing(acme: Acme) -> None:
    connection_id, field = await with_venue(acme)
    acme.tave.move_field(field, "Location")
    await acme.sync(connection_id, preview=True)
    assert (await of_clients(acme, connection_id)).lost == []


async def test_what_somebody_emptied_in_one_record_is_not_lost(acme: Acme) -> None:
    connection_id, _ = await with_venue(acme)
    person = next(iter(await venues(acme)))
    acme.tave.change(person, {"customFields": []})
    await acme.sync(connection_id, "incremental_sync")
    assert (await of_clients(acme, connection_id)).lost == []


async def test_a_viewer_is_told_of_it_and_reads_nothing_at_the_crm(acme: Acme) -> None:
    connection_id, field = await with_venue(acme)
    acme.tave.move_field(field, "Location")
    await acme.sync(connection_id)
    viewer = acme.people.vera.actor
    found = await mappings.get_field_mappings(viewer, connection_id)
    assert found.resources[0].lost
    with pytest.raises(Forbidden):
        await mappings.propose_field_mappings(viewer, connection_id, "clients")
