"""The streams of a connection, with all that is needed to make records of what they bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.mapper import Mapper, compiled
from hub_app.sync.mapping.outwards import terms
from hub_app.sync.merge import Direction, Rule, Terms
from hub_app.sync.tables import SyncCollection, SyncConnection, SyncStream

_FIELD = {one.name for one in dataclass_fields(Field)}


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as a job needs it. `terms` say for each field how it is kept in step; `references` for fields that name records of
    another stream which one.
    """

    id: UUID
    connection_id: UUID
    collection_id: UUID
    resource: str
    mapping_version: int
    mark: datetime | None
    account: str
    last_full: Mapping[str, Any]
    fields: Sequence[Field]
    mapper: Mapper
    terms: Mapping[str, Terms]
    references: Mapping[str, UUID]


async def load(connection: SyncConnection) -> list[Stream]:
    """The streams of a connection in their order."""
    async with db.read(connection.tenant_id) as session:
        found = await _rows(session, connection.id)
    by_resource = {stream.resource: stream.id for stream, _ in found}
    return [_stream(connection, stream, fields_of(collection), by_resource) for stream, collection in found]


async def _rows(session: AsyncSession, connection_id: UUID) -> Sequence[tuple[SyncStream, SyncCollection]]:
    statement = (
        select(SyncStream, SyncCollection)
        .join(SyncCollection, col(SyncCollection.id) == SyncStream.collection_id)
        .where(SyncStream.connection_id == connection_id)
        .order_by(col(SyncStream.position), col(SyncStream.id))
    )
    return (await session.exec(statement)).all()


def _stream(
    connection: SyncConnection, row: SyncStream, fields: Sequence[Field], by_resource: Mapping[str, UUID]
) -> Stream:
    mappings = mappings_of(row)
    return Stream(
        id=row.id,
        connection_id=connection.id,
        collection_id=row.collection_id,
        resource=row.resource,
        mapping_version=row.mapping_version,
        mark=row.mark,
        account=row.account,
        last_full=row.last_full,
        fields=fields,
        mapper=compiled(mappings, fields),
        terms=terms(
            mappings,
            fields,
            rule=cast("Rule", connection.rule),
            direction=cast("Direction", connection.direction),
        ),
        references={one.key: by_resource[one.to] for one in fields if one.to in by_resource},
    )


def mappings_of(row: SyncStream) -> list[FieldMapping]:
    return [FieldMapping.model_validate(one) for one in row.mapping]


def fields_of(collection: SyncCollection) -> list[Field]:
    return [_field(one) for one in collection.fields]


def _field(kept: Mapping[str, Any]) -> Field:
    known: dict[str, Any] = {name: one for name, one in kept.items() if name in _FIELD}
    known["aliases"] = tuple(kept.get("aliases", ()))
    return Field(**known)
