"""Conflicts: fields that were changed on both sides, and whose value somebody takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import JsonValue
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, bulk, db, edits, paging, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, FieldError, Invalid
from hub_app.sync import merge
from hub_app.sync.engine import changes
from hub_app.sync.engine.streams import fields_of
from hub_app.sync.mapping.fields import Field, FieldType
from hub_app.sync.mapping.numbers import Unreadable
from hub_app.sync.mapping.values import read_as
from hub_app.sync.schemas import Choice
from hub_app.sync.service import access
from hub_app.sync.tables import SyncCollection, SyncConflict, SyncConnection, SyncLink, SyncRecord, SyncStream

Row = SyncConflict
_AT_ONCE = 100
_MOST_COUNTED = 1001


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown beside a conflict: whose it is, how its connection is kept in step, and which fields there are by their keys."""

    record_name: str
    resource: str
    connection_name: str
    provider: str
    direction: str
    fields: Mapping[str, Field]


async def list_conflicts(
    actor: Actor,
    family: str,
    page: paging.PageRequest,
    *,
    status: str = "open",
    connection_id: UUID | None = None,
) -> paging.Slice[SyncConflict]:
    """Newest first."""
    access.require_read(actor, family)
    statement = select(SyncConflict).where(SyncConflict.status == status)
    async with db.read(actor.tenant_id) as session:
        of_family = select(SyncConnection.id).where(SyncConnection.family == family)
        if connection_id is not None:
            of_family = of_family.where(SyncConnection.id == connection_id)
            statement = statement.where(SyncConflict.connection_id == connection_id)
        ids = (await session.exec(of_family)).all()
        if not ids:
            return paging.Slice([])
        if connection_id is None:
            # Nearly all are of these: they are looked for along their ids.
            statement = statement.where(bulk.unindexed(session, SyncConflict.connection_id).in_(ids))
        return await paging.fetch(session, statement, paging.newest_first(SyncConflict.id), page)


async def get_conflict(actor: Actor, family: str, conflict_id: UUID) -> SyncConflict:
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        return await _conflict(session, family, conflict_id)


async def resolve(
    actor: Actor,
    family: str,
    conflict_id: UUID,
    choices: Mapping[str, Choice],
    *,
    expected: edits.Expected | None = None,
) -> SyncConflict:
    """Take, for each field that is named, the hub's value, the source's, or one of one's own. The conflict stays open for the
    fields that are left. Conflict when it is over; EditConflict or PreconditionFailed when it is not as it was seen.
    """
    access.require_work(actor, family)
    async with db.begin(actor.tenant_id) as session:
        await _lock_records(session, [await _conflict(session, family, conflict_id)])
        conflict = await _conflict(session, family, conflict_id, lock=True)
        if conflict.status != "open":
            raise Conflict("This conflict is already over.")
        edits.check(expected, version_of(conflict), dict.fromkeys(choices))
        await _resolve(session, actor, family, conflict, choices)
        return conflict


async def resolve_alike(actor: Actor, family: str, conflict_id: UUID, field: str, choice: Choice) -> int:
    """Take the same side for this field in every open conflict of the same connection; how many there were."""
    access.require_work(actor, family)
    if choice.take == "value":
        raise Invalid.field("take", "must be hub or source: a value of one's own is one record's")
    async with db.read(actor.tenant_id) as session:
        connection_id = (await _conflict(session, family, conflict_id)).connection_id
    resolved, after = 0, None
    while True:
        async with db.begin(actor.tenant_id) as session:
            some = select(SyncConflict).where(
                SyncConflict.connection_id == connection_id, SyncConflict.status == "open"
            )
            if after is not None:
                some = some.where(col(SyncConflict.id) < after)
            found = (await session.exec(some.order_by(col(SyncConflict.id).desc()).limit(_AT_ONCE))).all()
            await _lock_records(session, found)
            for conflict in await _still_open(session, found):
                if field in open_fields(conflict):
                    await _resolve(session, actor, family, conflict, {field: choice})
                    resolved += 1
        if len(found) < _AT_ONCE:
            return resolved
        after = found[-1].id


async def count_alike(actor: Actor, family: str, conflict_id: UUID, field: str) -> int:
    """In how many other open conflicts of the same connection nobody has chosen for this field."""
    access.require_read(actor, family)
    async with db.read(actor.tenant_id) as session:
        conflict = await _conflict(session, family, conflict_id)
        statement = (
            sa.select(sa.func.count())
            .select_from(SyncConflict)
            .where(
                col(SyncConflict.connection_id) == conflict.connection_id,
                col(SyncConflict.status) == "open",
                col(SyncConflict.id) != conflict_id,
                col(SyncConflict.fields)[field].as_string().is_not(None),
                col(SyncConflict.chosen)[field].as_string().is_(None),
            )
        )
        return (await session.execute(statement)).scalar_one()


async def count_open(actor: Actor, family: str) -> int:
    """How many conflicts wait for somebody to choose; of very many, that they are more than a thousand."""
    access.require_read(actor, family)
    some = (
        sa.select(col(SyncConflict.id))
        .join(SyncConnection, col(SyncConnection.id) == SyncConflict.connection_id)
        .where(col(SyncConnection.family) == family, col(SyncConflict.status) == "open")
        .limit(_MOST_COUNTED)
    )
    async with db.read(actor.tenant_id) as session:
        return (await session.execute(sa.select(sa.func.count()).select_from(some.subquery()))).scalar_one()


async def beside(session: AsyncSession, found: Sequence[SyncConflict]) -> dict[UUID, Beside]:
    """What is shown beside these conflicts, by their ids, in the open transaction."""
    statement = (
        sa.select(col(SyncConflict.id), SyncRecord, SyncStream, SyncConnection, SyncCollection)
        .join(SyncRecord, col(SyncRecord.id) == SyncConflict.record_id)
        .join(SyncLink, col(SyncLink.id) == SyncConflict.link_id)
        .join(SyncStream, col(SyncStream.id) == SyncLink.stream_id)
        .join(SyncConnection, col(SyncConnection.id) == SyncConflict.connection_id)
        .join(SyncCollection, col(SyncCollection.id) == SyncRecord.collection_id)
        .where(col(SyncConflict.id).in_([one.id for one in found]))
    )
    return {
        conflict_id: Beside(
            record.name,
            stream.resource,
            connection.name,
            connection.provider,
            connection.direction,
            {field.key: field for field in fields_of(collection)},
        )
        for conflict_id, record, stream, connection, collection in (await session.execute(statement)).all()
    }


def open_fields(conflict: SyncConflict) -> list[str]:
    """The fields that nobody has chosen for yet."""
    return [name for name in conflict.fields if name not in conflict.chosen]


def version_of(conflict: SyncConflict) -> edits.Version:
    """What a conflict is at this moment, field by field."""
    return edits.Version.of(conflict.fields)


async def _conflict(
    session: AsyncSession, family: str, conflict_id: UUID, *, lock: bool = False
) -> SyncConflict:
    found = await rows.get(session, SyncConflict, conflict_id, lock=lock)
    await access.connection(session, family, found.connection_id)
    return found


async def _lock_records(session: AsyncSession, found: Sequence[SyncConflict]) -> None:
    """Lock the records of conflicts, before these are locked: a job that has the records writes into their conflicts."""
    ids = {one.record_id for one in found}
    locked = select(SyncRecord.id).where(col(SyncRecord.id).in_(ids)).order_by(col(SyncRecord.id))
    await session.exec(locked.with_for_update(key_share=True))


async def _still_open(session: AsyncSession, found: Sequence[SyncConflict]) -> Sequence[SyncConflict]:
    """Those that nobody has settled meanwhile, as they are now, locked."""
    ids = [one.id for one in found]
    some = select(SyncConflict).where(col(SyncConflict.id).in_(ids), SyncConflict.status == "open")
    locked = some.order_by(col(SyncConflict.id).desc()).with_for_update()
    return (await session.exec(locked.execution_options(populate_existing=True))).all()


async def _resolve(
    session: AsyncSession, actor: Actor, family: str, conflict: SyncConflict, choices: Mapping[str, Choice]
) -> None:
    unknown = [name for name in choices if name not in open_fields(conflict)]
    if unknown:
        raise Invalid([FieldError(f"choices.{name}", "is not in conflict") for name in unknown])
    of = await changes.subject(session, conflict.record_id)
    values: dict[str, Any] = _entered(of, choices)
    link = await rows.get(session, SyncLink, conflict.link_id, lock=True)
    base = merge.unpacked(link.base, link.base_hub)
    for name, choice in choices.items():
        seen = conflict.fields[name]["source"]
        base[name], theirs = merge.chosen(seen, takes_theirs=choice.take == "source")
        if choice.take == "source":
            values[name] = theirs
    source, hub = merge.packed(base)
    link.base, link.base_hub = source, hub
    await changes.change(session, of, values, kind="resolved", made_by=actor.name)
    await _settle(
        session, link, of.record.version, owes=any(one.take != "source" for one in choices.values())
    )
    conflict.chosen = conflict.chosen | {name: one.take for name, one in choices.items()}
    if not open_fields(conflict):
        conflict.status, conflict.resolved_by, conflict.resolved_at = "resolved", actor.name, utcnow()
    session.add(conflict)
    await audit.act(session, actor, f"{family}.conflict.resolved", conflict, fields=sorted(choices))
    db.notify(session, f"sync_conflicts:{conflict.tenant_id}")


def _entered(of: changes.Subject, choices: Mapping[str, Choice]) -> dict[str, JsonValue]:
    """The values that somebody entered, as their fields hold them. Invalid names those that these cannot hold."""
    types: dict[str, FieldType] = {field.key: field.type for field in of.fields}
    values: dict[str, JsonValue] = {}
    refused: list[FieldError] = []
    for name, choice in choices.items():
        if choice.take != "value":
            continue
        try:
            values[name] = read_as(types.get(name, "text"), choice.value, [])
        except Unreadable as error:
            refused.append(FieldError(f"choices.{name}.value", str(error)))
    if refused:
        raise Invalid(refused)
    return values


async def _settle(session: AsyncSession, link: SyncLink, version: int, *, owes: bool) -> None:
    """The link is settled with the record as it is now, but for what is owed to a source that takes it."""
    stream = await rows.get(session, SyncStream, link.stream_id)
    connection = await rows.get(session, SyncConnection, stream.connection_id)
    link.synced_version = version
    link.owes = link.owes or (owes and connection.direction != "in")
    session.add(link)
