"""Connections of a family and their streams, as the capability that has them makes, changes and deletes them in its own transactions."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, cleaning, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.paging import PageRequest, Slice, fetch, newest_first
from hub_app.kernel.queue import PENDING, words
from hub_app.sync.engine import ending, known
from hub_app.sync.engine.streams import fields_of
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.fields import Field
from hub_app.sync.tables import (
    SyncCollection,
    SyncConflict,
    SyncConnection,
    SyncJob,
    SyncLink,
    SyncQuarantine,
    SyncStream,
)

Connection = SyncConnection
Collection = SyncCollection
Stream = SyncStream


@dataclass(frozen=True, slots=True)
class StreamSetup:
    """Records of a kind that a new connection is to read, the collection that they go to, and their first mapping."""

    resource: str
    collection_id: UUID
    mapping: Sequence[FieldMapping]


async def ensure_collection(
    session: AsyncSession, tenant_id: UUID, family: str, name: str, standard: Sequence[Field]
) -> SyncCollection:
    """The collection, in the open transaction, made when it is not there; its standard fields are these, its others stay."""
    await db.lock(session, f"sync collection {tenant_id} {family} {name}")
    found = (
        await session.exec(
            select(SyncCollection).where(SyncCollection.family == family, SyncCollection.name == name)
        )
    ).one_or_none()
    collection = found or SyncCollection(tenant_id=tenant_id, family=family, name=name)
    known = [_stored(one, is_custom=False) for one in standard]
    own = [one for one in collection.fields if one.get("custom")]
    if collection.fields != known + own:
        collection.fields = known + own
        session.add(collection)
        await session.flush()
    return collection


def _stored(one: Field, *, is_custom: bool) -> dict[str, object]:
    return {**asdict(one), "aliases": list(one.aliases), "custom": is_custom}


def add_fields(collection: SyncCollection, fields: Sequence[Field]) -> None:
    """Give a collection fields of the tenant's own."""
    collection.fields = collection.fields + [_stored(one, is_custom=True) for one in fields]


async def create(
    session: AsyncSession, connection: SyncConnection, streams: Sequence[StreamSetup]
) -> SyncConnection:
    """Keep a new connection with its streams, in the open transaction. IntegrityError when there is one of this name."""
    session.add(connection)
    await session.flush()
    await add_streams(session, connection, streams)
    return connection


async def add_streams(
    session: AsyncSession, connection: SyncConnection, streams: Sequence[StreamSetup]
) -> None:
    """Give a connection streams, after those that it has, in the open transaction."""
    there = len(await streams_of(session, connection.id))
    for position, one in enumerate(streams, there):
        session.add(
            SyncStream(
                tenant_id=connection.tenant_id,
                connection_id=connection.id,
                collection_id=one.collection_id,
                resource=one.resource,
                position=position,
                mapping=stored_mapping(one.mapping),
            )
        )
    await session.flush()
    changed(session, connection)


async def read_anew(session: AsyncSession, connection: SyncConnection, resources: Sequence[str]) -> None:
    """Forget how far these streams are known, in the open transaction: their source has changed how they are read."""
    for stream in await streams_of(session, connection.id):
        if stream.resource in resources:
            stream.mark = None
            session.add(stream)


def stored_mapping(mapping: Sequence[FieldMapping]) -> list[dict[str, object]]:
    return [one.model_dump(mode="json") for one in mapping]


async def streams_of(session: AsyncSession, connection_id: UUID) -> Sequence[SyncStream]:
    """In their order."""
    statement = select(SyncStream).where(SyncStream.connection_id == connection_id)
    return (await session.exec(statement.order_by(col(SyncStream.position), col(SyncStream.id)))).all()


async def stream_named(session: AsyncSession, connection_id: UUID, resource: str) -> SyncStream:
    """The stream of this name, which must be there."""
    statement = select(SyncStream).where(
        SyncStream.connection_id == connection_id, SyncStream.resource == resource
    )
    return (await session.exec(statement)).one()


async def ensure_stream(session: AsyncSession, connection: SyncConnection, setup: StreamSetup) -> SyncStream:
    """The stream, in the open transaction, made when it is not there. What the setup maps and the stream does not is added to its
    mapping.
    """
    there = await streams_of(session, connection.id)
    stream = next((one for one in there if one.resource == setup.resource), None)
    if stream is None:
        stream = SyncStream(
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
            collection_id=setup.collection_id,
            resource=setup.resource,
            position=len(there),
        )
    known = {one["target"] for one in stream.mapping}
    new = [one for one in setup.mapping if one.target not in known]
    if new:
        stream.mapping = [*stream.mapping, *stored_mapping(new)]
        stream.mapping_version += bool(known)
    session.add(stream)
    await session.flush()
    return stream


async def fields_of_stream(session: AsyncSession, stream: SyncStream) -> list[Field]:
    """The fields that its records may have."""
    return await fields_of_collection(session, stream.collection_id)


async def fields_of_collection(session: AsyncSession, collection_id: UUID) -> list[Field]:
    statement = select(SyncCollection).where(SyncCollection.id == collection_id)
    return fields_of((await session.exec(statement)).one())


async def busy(session: AsyncSession, connection_ids: Sequence[UUID]) -> dict[UUID, SyncJob]:
    """The job that waits or runs of each of these connections, of those that have one."""
    statement = select(SyncJob).where(
        col(SyncJob.connection_id).in_(connection_ids), col(SyncJob.status) == PENDING
    )
    return {job.connection_id: job for job in (await session.exec(statement)).all()}


async def settings_changed(session: AsyncSession, connection: SyncConnection, *, rules: bool) -> None:
    """The connection's settings were changed, in the open transaction. When its `rules` of merging were, every record has to be
    looked at once more.
    """
    if rules:
        for stream in await streams_of(session, connection.id):
            stream.mapping_version += 1
            session.add(stream)
    ending.plan_next(connection)
    session.add(connection)
    changed(session, connection)


async def connected(session: AsyncSession, connection: SyncConnection, account: str) -> None:
    """The connection works, with an account of which this is the digest, in the open transaction."""
    connection.status, connection.reason, connection.account = "connected", "", account
    connection.failures = 0
    ending.plan_next(connection)
    session.add(connection)
    changed(session, connection)


async def hinted(session: AsyncSession, connection: SyncConnection) -> None:
    """The source says that something is new there: the connection is synced soon, once for all that it says meanwhile, in the open
    transaction. Nothing happens while it is not connected.
    """
    if connection.status != "connected":
        return
    is_new = connection.hinted_at is None
    connection.hinted_at = utcnow()
    if is_new:
        ending.plan_next(connection)
    session.add(connection)


async def failed(session: AsyncSession, connection: SyncConnection, why: str) -> None:
    """The connection does not work, in the open transaction."""
    connection.status, connection.reason = "error", why[:500]
    ending.plan_next(connection)
    session.add(connection)
    changed(session, connection)


async def break_off(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID], why: str) -> None:
    """These connections of the tenant work no more, in the open transaction, which may be the system's."""
    chosen = select(SyncConnection).where(
        SyncConnection.tenant_id == tenant_id, col(SyncConnection.id).in_(ids)
    )
    for connection in (await session.exec(chosen)).all():
        connection.status, connection.reason, connection.next_sync_at = "error", why[:500], None
        session.add(connection)
        db.notify(session, f"sync_connections:{tenant_id}")
        db.notify(session, f"sync_connection:{connection.id}")


async def pause(session: AsyncSession, connection: SyncConnection, why: str) -> None:
    """Let the connection rest until somebody resumes it, in the open transaction."""
    connection.status, connection.reason, connection.next_sync_at = "paused", why, None
    session.add(connection)
    changed(session, connection)


async def cancel_jobs(session: AsyncSession, connection: SyncConnection) -> None:
    """Have a job that waits or runs end, in the open transaction."""
    for job in (await busy(session, [connection.id])).values():
        job.cancel("sync job")
        session.add(job)


async def delete_history(connection: SyncConnection) -> None:
    """Delete what hangs on a connection, in small steps, before it is deleted itself. Records and their versions stay."""
    await cleaning.delete_history(col(SyncJob.connection_id), connection.tenant_id, connection.id)
    async with db.read(connection.tenant_id) as session:
        streams = [one.id for one in await streams_of(session, connection.id)]
    for stream_id in streams:
        await cleaning.delete_history(col(SyncQuarantine.stream_id), connection.tenant_id, stream_id)
        await cleaning.delete_history(col(SyncLink.stream_id), connection.tenant_id, stream_id)


async def page_of(
    session: AsyncSession, family: str, page: PageRequest, *, text: str = ""
) -> Slice[Connection]:
    """A family's connections, newest first; `text` is a part of the name."""
    statement = select(SyncConnection).where(SyncConnection.family == family)
    if text:
        statement = statement.where(col(SyncConnection.name).icontains(text, autoescape=True))
    return await fetch(session, statement, newest_first(SyncConnection.id), page)


async def among(session: AsyncSession, family: str, ids: Iterable[UUID]) -> Sequence[Connection]:
    """Those of the family with these ids, newest first."""
    chosen = select(SyncConnection).where(SyncConnection.family == family, col(SyncConnection.id).in_(ids))
    return (await session.exec(chosen.order_by(col(SyncConnection.id).desc()))).all()


async def ids_of(session: AsyncSession, family: str) -> Sequence[UUID]:
    return (await session.exec(select(SyncConnection.id).where(SyncConnection.family == family))).all()


async def count_records(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many records each of these connections has here, by their ids. Those without any are left out."""
    of_streams = select(SyncStream.id, SyncStream.connection_id).where(col(SyncStream.connection_id).in_(ids))
    streams = dict((await session.exec(of_streams)).all())
    per_stream = (
        select(SyncLink.stream_id, func.count())
        .where(col(SyncLink.stream_id).in_(streams), known.IS_LINKED)
        .group_by(col(SyncLink.stream_id))
    )
    counts: dict[UUID, int] = {}
    for stream_id, count in (await session.exec(per_stream)).all():
        counts[streams[stream_id]] = counts.get(streams[stream_id], 0) + count
    return counts


async def labels_of(session: AsyncSession, connection_id: UUID) -> dict[str, dict[str, str]]:
    """What a connection's fields are called, by the kind of record and the field's key."""
    statement = (
        select(SyncStream, SyncCollection)
        .join(SyncCollection, col(SyncCollection.id) == SyncStream.collection_id)
        .where(SyncStream.connection_id == connection_id)
    )
    found = (await session.exec(statement)).all()
    return {
        stream.resource: {str(one["key"]): str(one["label"]) for one in collection.fields}
        for stream, collection in found
    }


async def figures(session: AsyncSession, stream: SyncStream) -> dict[str, int]:
    """How many records of a stream there are here, by the state of their link, and how many wait for somebody."""
    linked = select(func.count()).where(SyncLink.stream_id == stream.id, known.IS_LINKED)
    # Written out, for the index of those that are not linked.
    is_away = col(SyncLink.state) != words("linked")[0]
    away = select(SyncLink.state, func.count()).where(SyncLink.stream_id == stream.id, is_away)
    found: dict[str, int] = dict.fromkeys(("linked", "gone", "merged"), 0)
    found |= dict((await session.exec(away.group_by(col(SyncLink.state)))).all())
    found["linked"] = (await session.exec(linked)).one()
    quarantined = (
        select(func.count())
        .select_from(SyncQuarantine)
        .where(SyncQuarantine.stream_id == stream.id, SyncQuarantine.status == "open")
    )
    conflicts = (
        select(func.count())
        .select_from(SyncConflict)
        .join(SyncLink, col(SyncLink.id) == SyncConflict.link_id)
        .where(
            SyncConflict.connection_id == stream.connection_id,
            SyncConflict.status == "open",
            bulk.unindexed(session, SyncLink.stream_id) == stream.id,
        )
    )
    found["quarantined"] = (await session.exec(quarantined)).one()
    found["conflicts"] = (await session.exec(conflicts)).one()
    return found


def changed(session: AsyncSession, connection: SyncConnection) -> None:
    """Tell open screens, once the change has committed."""
    told(session, connection.id)


def told(session: AsyncSession, connection_id: UUID) -> None:
    """The same, by the connection's id."""
    db.notify(session, f"sync_connections:{db.unit_of(session).scope}")
    db.notify(session, f"sync_connection:{connection_id}")
