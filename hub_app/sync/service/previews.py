"""What a mapping that is not saved would make of some records of the source, and of those that are here."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlmodel import select

from hub_app.kernel import db, selection
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Unavailable
from hub_app.sync import merge
from hub_app.sync.engine import known
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.listed import listed
from hub_app.sync.engine.merging import is_newer
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.discovery import Discovery, SeenField, discover
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.mapper import Mapped, Mapper, compiled
from hub_app.sync.mapping.outwards import terms, writable
from hub_app.sync.mapping.suggestions import Suggestion, mapping_of, suggest
from hub_app.sync.merge import MISSING, Terms
from hub_app.sync.provider.source import Item
from hub_app.sync.service import access, mappings
from hub_app.sync.service.mappings import ResourceMapping
from hub_app.sync.service.samples import Sample
from hub_app.sync.tables import SyncConnection, SyncStream

SLOW_MICROSECONDS = 2_000
"""A mapping that takes longer for a record holds up an import."""
_MEASURED_AGAIN = 1.0


@dataclass(frozen=True, slots=True)
class RecordPreview:
    """What becomes of one record. `values` are those that it would have by the source, `warnings` what is odd about some of
    them, by field; `changes` tell of a record that is here (`record_id`) each field before and after.
    """

    external_id: str
    name: str
    values: Mapping[str, Any]
    warnings: Mapping[str, Sequence[str]]
    refused: str = ""
    record_id: UUID | None = None
    changes: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])
    conflicts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What becomes of a sample. `microseconds` is what a record takes; `unwritable` says for fields that are mapped outwards, too,
    why they are never written there.
    """

    records: Sequence[RecordPreview]
    microseconds: int
    unwritable: Mapping[str, str]

    @property
    def is_slow(self) -> bool:
        return self.microseconds > SLOW_MICROSECONDS

    @property
    def here(self) -> int:
        return sum(one.record_id is not None for one in self.records)

    @property
    def changing(self) -> int:
        """How many of those that are here would change."""
        return sum(bool(one.changes) for one in self.records)

    @property
    def refused(self) -> int:
        return sum(one.refused != "" for one in self.records)

    @property
    def by_field(self) -> Mapping[str, int]:
        """In how many of those that are here a field would change."""
        return Counter(name for one in self.records for name in one.changes)


def discovered(
    sample: Sample, of: ResourceMapping, *, region: str = ""
) -> tuple[Discovery, list[Suggestion]]:
    """The fields that a source's records have, and which of them may belong to what is not mapped yet."""
    found = discover([one.payload for one in sample.items], sample.declared)
    return found, suggest(found.fields, of.fields, of.mappings, region=region)


def proposed(seen: SeenField, field: Field) -> FieldMapping:
    """How a source's field would usually fill this one."""
    return mapping_of(seen, field, "")


async def preview(
    actor: Actor,
    family: str,
    connection_id: UUID,
    resource: str,
    draft: Sequence[FieldMapping],
    new_fields: Sequence[Field],
    sample: Sample,
) -> Preview:
    """What this mapping makes of the sample. Nothing is kept. Invalid for fields that there are not; Unavailable while the tenant
    has too many expressions being evaluated.
    """
    access.require_work(actor, family)
    now = await mappings.get_mappings(actor, family, connection_id, counted=False)
    fields = [*now.of(resource).fields, *new_fields]
    mappings.check_targets(draft, fields)
    mapper = compiled(draft, fields)
    try:
        mapped, microseconds = await _timed(mapper, sample.items, actor.tenant_id)
    except selection.Busy as error:
        raise Unavailable(f"The mapping {error}.") from None
    kept_in_step = _terms(now.connection, draft, fields)
    there = await known_of(now.connection, resource, sample.items)
    return Preview(
        [
            _record(fields, kept_in_step, item, one, there.get(item.external_id))
            for item, one in zip(sample.items, mapped, strict=True)
        ],
        microseconds,
        unwritable(draft, fields, sample),
    )


def unwritable(draft: Sequence[FieldMapping], fields: Sequence[Field], sample: Sample) -> dict[str, str]:
    """Why fields that are mapped outwards, too, are never written to the source, to follow their names."""
    read_only = {one.path for one in sample.declared if not one.writable}
    outwards = {one.target for one in draft if one.direction != "in"}
    found = {key: why for key, why in writable(draft, fields).items() if why and key in outwards}
    for one in draft:
        if one.target in outwards and one.target not in found:
            if sample.resource is not None and not sample.resource.writes:
                found[one.target] = "belongs to records that can only be read there"
            elif one.source in read_only:
                found[one.target] = "comes from a field that can only be read there"
    return found


async def _timed(mapper: Mapper, items: Sequence[Item], tenant_id: UUID) -> tuple[list[Mapped], int]:
    """What becomes of the records, and the microseconds that each takes. What is slow is measured twice: the process that evaluates
    expressions may have had to start.
    """
    payloads = [one.payload for one in items]
    mapped, seconds = list[Mapped](), 0.0
    for _ in range(2):
        begun = time.perf_counter()
        mapped = await mapper.map_all(payloads, partition=tenant_id)
        taken = time.perf_counter() - begun
        seconds = min(taken, seconds or taken)
        if taken > _MEASURED_AGAIN or seconds * 1e6 <= SLOW_MICROSECONDS * len(payloads):
            break
    return mapped, round(seconds * 1e6 / max(1, len(payloads)))


def _terms(
    connection: SyncConnection, draft: Sequence[FieldMapping], fields: Sequence[Field]
) -> dict[str, Terms]:
    return terms(
        draft,
        fields,
        rule=cast("merge.Rule", connection.rule),
        direction=cast("merge.Direction", connection.direction),
    )


async def known_of(connection: SyncConnection, resource: str, items: Sequence[Item]) -> dict[str, Known]:
    """What is here of these records of a source, by their external ids."""
    of_resource = select(SyncStream.id).where(
        SyncStream.connection_id == connection.id, SyncStream.resource == resource
    )
    async with db.read(connection.tenant_id) as session:
        stream_id = (await session.exec(of_resource)).one()
        return await known.details(session, stream_id, [one.external_id for one in items], lock=False)


def _record(
    fields: Sequence[Field], of: Mapping[str, Terms], item: Item, mapped: Mapped, there: Known | None
) -> RecordPreview:
    values = {name: one for name, one in mapped.values.items() if one is not MISSING and one is not None}
    warnings: dict[str, list[str]] = {}
    for one in mapped.warnings:
        warnings.setdefault(one.target, []).append(one.why)
    name = str(listed(fields, values)["name"]) or item.external_id
    made = RecordPreview(item.external_id, name, values, warnings, mapped.refused)
    if there is None or there.link.state != "linked" or mapped.refused:
        return made
    merged = merge.merge_record(
        of,
        merge.unpacked(there.link.base, there.link.base_hub),
        there.values,
        mapped.values,
        theirs_newer=lambda name: is_newer(item.modified, there, name),
    )
    changes = {
        key: [there.values.get(key), None if one is MISSING else one] for key, one in merged.changes.items()
    }
    return RecordPreview(
        item.external_id, name, values, warnings, "", there.record_id, changes, merged.conflicts
    )
