"""Mappings of a connected CRM: read, replaced, tried on records as they are there, and applied to those that are here."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from hub_app.crm.fields import STANDARD, Feature
from hub_app.crm.provider import file_mappings
from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.schemas.mappings import (
    ApplyMappingsIn,
    CrmFieldMapping,
    Discovered,
    FieldMappingsIn,
    FieldMappingsOut,
    FieldOut,
    LostFieldOut,
    MappingPreview,
    ProposalOut,
    RecordPreviewOut,
    RemapOut,
    Remaps,
    ResourceMappingOut,
    SourceFieldOut,
    SuggestionOut,
)
from hub_app.crm.service import FAMILY, READ, WRITE, accounts, custom_fields, syncs
from hub_app.kernel import audit, db, edits
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, Invalid
from hub_app.sync.schemas import RecordField
from hub_app.sync.service import access, fields, jobs, mappings, previews, remaps, samples
from hub_app.sync.service.connections import Connection
from hub_app.sync.service.mappings import ConnectionMapping
from hub_app.sync.service.previews import RecordPreview, SeenField
from hub_app.sync.service.remaps import Remap
from hub_app.sync.service.samples import Sample


async def get_field_mappings(actor: Actor, connection_id: UUID) -> FieldMappingsOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    return _out(await mappings.get_mappings(actor, FAMILY, connection_id))


async def count_lost(actor: Actor, connection_id: UUID) -> dict[str, int]:
    """How many mapped fields the CRM no longer tells of, by kind of record."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    found = await mappings.lost_fields(actor, FAMILY, connection_id)
    return {name: len(keys) for name, keys in found.items() if name in STANDARD}


async def replace_field_mappings(
    actor: Actor, connection_id: UUID, given: FieldMappingsIn, *, expected: edits.Expected | None = None
) -> FieldMappingsOut:
    """Replace the mapping of one kind of record. Invalid; EditConflict or PreconditionFailed when it is not as it was seen."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    made = await mappings.replace_mapping(
        actor,
        FAMILY,
        connection_id,
        given.resource,
        given.declared,
        given.new_fields,
        expected=expected,
    )
    return _out(made)


async def discover_fields(
    actor: Actor, connection_id: UUID, resource: Feature, *, anew: bool = False
) -> Discovered:
    """The fields that records have in the CRM now, and which fields here they may belong to. SourceFailed when it does not answer."""
    actor.require(Role.ENGINEER, WRITE)
    known = await mappings.get_mappings(actor, FAMILY, connection_id, counted=False)
    of = known.of(resource)
    sample = await _sample(actor, known.connection, resource, anew=anew, after=_lost_at(known, resource))
    found, suggested = previews.discovered(sample, of)
    return Discovered(
        resource=resource,
        sampled=len(sample.items),
        source_fields=[_source_out(one) for one in found.fields],
        more=found.more,
        suggestions=[
            SuggestionOut(
                field_mapping=CrmFieldMapping.of(one.mapping), score=round(one.score, 1), sure=one.sure
            )
            for one in suggested
        ],
    )


async def propose_field_mappings(
    actor: Actor, connection_id: UUID, resource: Feature, *, anew: bool = False
) -> Remaps:
    """What may have become of fields that the CRM no longer tells of. SourceFailed when it does not answer."""
    actor.require(Role.ENGINEER, WRITE)
    known = await mappings.get_mappings(actor, FAMILY, connection_id, counted=False)
    sample = await _sample(actor, known.connection, resource, anew=anew, after=_lost_at(known, resource))
    found = await remaps.proposals(actor, FAMILY, connection_id, resource, sample)
    return Remaps(resource=resource, sampled=len(sample.items), lost=[_remap_out(one) for one in found])


async def preview_field_mappings(actor: Actor, connection_id: UUID, given: FieldMappingsIn) -> MappingPreview:
    """What a mapping that is not saved makes of some records as they are in the CRM now. Nothing is kept."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
    sample = await _sample(actor, connection, given.resource)
    found = await previews.preview(
        actor, FAMILY, connection_id, given.resource, given.declared, given.new_fields, sample
    )
    return MappingPreview(
        resource=given.resource,
        sampled=len(found.records),
        here=found.here,
        would_change=found.changing,
        would_be_refused=found.refused,
        changes_by_field=dict(found.by_field),
        microseconds_per_record=found.microseconds,
        slow=found.is_slow,
        not_writable=dict(found.unwritable),
        records=[_record_out(one) for one in found.records],
    )


async def apply_field_mappings(actor: Actor, connection_id: UUID, given: ApplyMappingsIn) -> SyncJobOut:
    """Start a job that looks at every record again, or a preview of it. SyncUnderWay, NotConnected; Invalid for a kind of record
    that this integration does not have, Conflict for one that nothing is read from.
    """
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        await jobs.require_idle(session, connection)
        jobs.require_connected(connection)
        _require_reading(connection, given)
        config: dict[str, object] = {"resources": list(given.resources)} if given.resources else {}
        job = await jobs.start(
            session, actor, connection, "mapping_update", dry_run=given.dry_run, config=config
        )
        verb = "previewed" if given.dry_run else "triggered"
        await audit.act(session, actor, f"crm.sync.{verb}", job, type=job.type)
    return syncs.job_out(job)


def proposed_mapping(seen: SourceFieldOut, target: FieldOut) -> CrmFieldMapping:
    """How a field of the CRM would usually fill this one."""
    of = SeenField(seen.path, seen.label, seen.type, declared=seen.declared, writable=seen.writable)
    return CrmFieldMapping.of(previews.proposed(of, RecordField(target.key, target.label, target.type)))


def suggested_key(label: str, taken: Collection[str]) -> str:
    """A key for a new field of this label."""
    return fields.key_of(label, taken)


def _require_reading(connection: Connection, given: ApplyMappingsIn) -> None:
    provider = accounts.provider_of(connection.provider)
    if not provider.capabilities.read:
        raise Conflict(
            f"{provider.name} has no API that records could be read from again. Upload its file again."
        )
    if connection.direction == "out":
        raise Conflict("This integration is export_only: the mapping counts from the next export on.")
    unknown = [one for one in given.resources or () if one not in provider.features]
    if unknown:
        has = ", ".join(provider.features)
        raise Invalid.field("resources", f"must be among {has}: {provider.name} has no others")


def _lost_at(known: ConnectionMapping, resource: Feature) -> datetime | None:
    """When a field was last found missing: what was read before tells of it as it was."""
    lost = [str(one["since"]) for one in known.of(resource).lost.values()]
    return datetime.fromisoformat(max(lost)) if lost else None


async def _sample(
    actor: Actor,
    connection: Connection,
    resource: Feature,
    *,
    anew: bool = False,
    after: datetime | None = None,
) -> Sample:
    """Records as they are in the CRM now; of one without an API what columns of its files may feed."""
    provider = accounts.provider_of(connection.provider)
    if resource not in provider.features:
        has = ", ".join(provider.features)
        raise Invalid.field("resource", f"must be one of {has}: {provider.name} has no others")
    if provider.source is not None:
        return await samples.read(actor.tenant_id, FAMILY, connection.id, resource, anew=anew, after=after)
    return samples.of_files([one.source for one in file_mappings(resource)[resource]])


def _out(found: ConnectionMapping) -> FieldMappingsOut:
    out = FieldMappingsOut(
        resources=[
            ResourceMappingOut(
                resource=one.resource,
                mapping_version=one.version,
                fields=[
                    custom_fields.field_out(fields.CollectionField(field, field.key in one.custom))
                    for field in one.fields
                ],
                field_mappings=[CrmFieldMapping.of(mapping) for mapping in one.mappings],
                records=one.records,
                outdated=one.outdated,
                lost=[_lost_out(field, one.lost[field.key]) for field in one.fields if field.key in one.lost],
            )
            for one in found.resources
            # Files of a CRM that has an API have streams of their own, whose mapping comes with each file.
            if one.resource in STANDARD
        ]
    )
    return out.of(lambda: found.version)


def _source_out(one: SeenField) -> SourceFieldOut:
    return SourceFieldOut(
        path=one.path,
        label=one.label,
        type=one.type,
        filled=round(one.share, 3),
        examples=list(one.examples),
        declared=one.declared,
        writable=one.writable,
    )


def _lost_out(field: RecordField, kept: Mapping[str, Any]) -> LostFieldOut:
    return LostFieldOut(
        field=field.key,
        label=field.label,
        why=kept["why"],
        records=kept["records"],
        since=datetime.fromisoformat(kept["since"]),
    )


def _remap_out(one: Remap) -> RemapOut:
    return RemapOut(
        **_lost_out(one.field, one.kept).model_dump(),
        replaces=CrmFieldMapping.of(one.replaces),
        proposals=[
            ProposalOut(
                source=_source_out(made.seen),
                field_mapping=CrmFieldMapping.of(made.mapping),
                similarity=round(made.similarity, 1),
                same=made.same,
                compared=made.compared,
                would_change=made.changes,
                unreadable=made.odd,
            )
            for made in one.proposals
        ],
    )


def _record_out(one: RecordPreview) -> RecordPreviewOut:
    return RecordPreviewOut(
        external_id=one.external_id,
        name=one.name,
        values=dict(one.values),
        warnings={name: list(said) for name, said in one.warnings.items()},
        refused=one.refused or None,
        record_id=one.record_id,
        changes=cast("dict[str, list[object]]", {name: list(two) for name, two in one.changes.items()}),  # type: ignore[arg-type]
        conflicts=list(one.conflicts),
    )
