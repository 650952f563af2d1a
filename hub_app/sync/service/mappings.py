"""Mappings: which fields of a source become which of a collection, for each kind of record of a connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import case, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, edits
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.sync.engine import known
from hub_app.sync.engine.streams import fields_of, mappings_of
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.fields import Field
from hub_app.sync.service import access, connections, fields
from hub_app.sync.tables import SyncCollection, SyncConnection, SyncLink, SyncStream


@dataclass(frozen=True, slots=True)
class ResourceMapping:
    """How records of one kind become those of a collection. `version` counts the changes; `records` is how many of the
    connection are here, `outdated` how many of these were last looked at with an earlier mapping; `custom` are the keys of the
    tenant's own fields, `lost` the fields that the source no longer tells of (engine/lost.py).
    """

    resource: str
    version: int
    fields: Sequence[Field]
    custom: frozenset[str]
    mappings: Sequence[FieldMapping]
    lost: Mapping[str, Any]
    records: int = 0
    outdated: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionMapping:
    """The mappings of a connection, by kind of record in their order."""

    connection: SyncConnection
    resources: Sequence[ResourceMapping]

    def of(self, resource: str) -> ResourceMapping:
        """Invalid, naming `resource`, for one that the connection does not have."""
        found = next((one for one in self.resources if one.resource == resource), None)
        if found is None:
            known = ", ".join(one.resource for one in self.resources)
            raise Invalid.field("resource", f"must be one of {known}: this integration has no others")
        return found

    @property
    def version(self) -> edits.Version:
        return edits.Version.of(
            {one.resource: connections.stored_mapping(one.mappings) for one in self.resources}
        )


async def get_mappings(
    actor: Actor, family: str, connection_id: UUID, *, counted: bool = True
) -> ConnectionMapping:
    """The mappings of a connection; without `counted` nobody is told how many records there are."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, family, connection_id)
        return await _mappings(session, connection, counted=counted)


async def lost_fields(actor: Actor, family: str, connection_id: UUID) -> dict[str, list[str]]:
    """The keys of the fields that a connection's source no longer tells of, by kind of record."""
    access.require_read(actor, family)
    of_connection = select(SyncStream).where(SyncStream.connection_id == connection_id)
    async with db.read(actor.tenant_id) as session:
        return {
            one.resource: sorted(one.lost) for one in (await session.exec(of_connection)).all() if one.lost
        }


async def replace_mapping(
    actor: Actor,
    family: str,
    connection_id: UUID,
    resource: str,
    mappings: Sequence[FieldMapping],
    new_fields: Sequence[Field] = (),
    *,
    expected: edits.Expected | None = None,
) -> ConnectionMapping:
    """Replace the mapping of a resource, and add the custom fields that it needs. Every record is looked at once more by the next
    import. Invalid; EditConflict or PreconditionFailed when it is not as it was seen.
    """
    access.require_manage(actor, family)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, family, connection_id, lock=True)
        before = await _mappings(session, connection, counted=False)
        now, stored = before.of(resource), connections.stored_mapping(mappings)
        edits.check(expected, before.version, {resource: stored})
        stream = await _stream(session, connection_id, resource)
        if new_fields:
            collection = await fields.locked(session, stream.collection_id)
            fields.add_all(collection, new_fields, at="custom_fields")
            session.add(collection)
        check_targets(mappings, [*now.fields, *new_fields])
        changed = _changed(now.mappings, mappings)
        if changed:
            stream.mapping = stored
            stream.mapping_version += 1
            stream.lost = {key: one for key, one in stream.lost.items() if key not in changed}
            session.add(stream)
        if changed or new_fields:
            await session.flush()
            added = sorted(one.key for one in new_fields)
            told = {"resource": resource, "fields": changed, "added": added}
            await audit.act(session, actor, f"{family}.mapping.changed", connection, **told)
            connections.changed(session, connection)
    # Nobody waits with a write while the records are counted.
    return await get_mappings(actor, family, connection_id)


def check_targets(mappings: Sequence[FieldMapping], known: Sequence[Field]) -> None:
    """Raise Invalid for mappings of fields that there are not, naming each."""
    keys = {one.key for one in known}
    errors = [
        FieldError(f"field_mappings.{number}.target", f"{one.target} is no field of these records")
        for number, one in enumerate(mappings)
        if one.target not in keys
    ]
    if errors:
        raise Invalid(errors)


def _changed(before: Sequence[FieldMapping], after: Sequence[FieldMapping]) -> list[str]:
    """The fields whose mapping is another one now, or is in another place among those of the same field."""
    names = {one.target for one in (*before, *after)}
    return sorted(
        name
        for name in names
        if [one for one in before if one.target == name] != [one for one in after if one.target == name]
    )


async def _stream(session: AsyncSession, connection_id: UUID, resource: str) -> SyncStream:
    of_resource = select(SyncStream).where(
        SyncStream.connection_id == connection_id, SyncStream.resource == resource
    )
    locked = of_resource.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.exec(locked)).one()


async def _mappings(
    session: AsyncSession, connection: SyncConnection, *, counted: bool = True
) -> ConnectionMapping:
    statement = (
        select(SyncStream, SyncCollection)
        .join(SyncCollection, col(SyncCollection.id) == SyncStream.collection_id)
        .where(SyncStream.connection_id == connection.id)
        .order_by(col(SyncStream.position), col(SyncStream.id))
    )
    return ConnectionMapping(
        connection,
        [
            ResourceMapping(
                stream.resource,
                stream.mapping_version,
                fields_of(collection),
                fields.custom_keys(collection),
                mappings_of(stream),
                stream.lost,
                *(await _counts(session, stream) if counted else (0, 0)),
            )
            for stream, collection in (await session.exec(statement)).all()
        ],
    )


async def _counts(session: AsyncSession, stream: SyncStream) -> tuple[int, int]:
    """How many records of a stream are here, and how many of them were last looked at with an earlier mapping."""
    is_older = case((col(SyncLink.mapping_version) < stream.mapping_version, 1), else_=0)
    linked = select(func.count(), func.coalesce(func.sum(is_older), 0)).where(
        SyncLink.stream_id == stream.id, known.IS_LINKED
    )
    records, outdated = (await session.exec(linked)).one()
    return records, outdated
