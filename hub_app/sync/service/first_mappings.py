"""The first mapping of a stream whose provider has none: what surely belongs together, by names and by what is in some records."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.sync.engine.streams import fields_of
from hub_app.sync.mapping.discovery import discover
from hub_app.sync.mapping.paths import Payload
from hub_app.sync.mapping.suggestions import suggest
from hub_app.sync.provider.source import SourceField
from hub_app.sync.service import connections
from hub_app.sync.tables import SyncCollection


async def fill(
    session: AsyncSession,
    connection_id: UUID,
    resource: str,
    payloads: Sequence[Payload],
    declared: Sequence[SourceField],
) -> int:
    """Map a stream that has no mapping yet, in the open transaction; how many fields were mapped."""
    for stream in await connections.streams_of(session, connection_id):
        if stream.resource != resource or stream.mapping or not payloads:
            continue
        collection = await session.get_one(SyncCollection, (stream.tenant_id, stream.collection_id))
        seen = discover(payloads, declared).fields
        found = [one.mapping for one in suggest(seen, fields_of(collection)) if one.sure]
        stream.mapping = connections.stored_mapping(found)
        stream.mapping_version += 1
        session.add(stream)
        return len(found)
    return 0
