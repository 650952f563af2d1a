"""Events: publishing, and looking back at what was published."""

import asyncio
import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db, paging
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.group_commit import GroupCommit
from hub_app.webhooks.schemas import EventDetail, EventIn
from hub_app.webhooks.service import outbox, subscriptions
from hub_app.webhooks.tables import Event

READ = "read:events"
WRITE = "write:events"
_singles = GroupCommit(outbox.commit)


async def publish(actor: Actor, given: Sequence[EventIn]) -> list[UUID]:
    """Publish events in one transaction; their ids in order. A key used in the last 24 hours gives the id of then."""
    actor.require(Role.ENGINEER, WRITE)
    drafts = [outbox.draft(event) for event in given]
    try:
        return await _commit(actor.tenant_id, drafts)
    except IntegrityError:
        # An endpoint went away between the cache and the commit: once more, with a fresh look.
        subscriptions.forget()
        return await _commit(actor.tenant_id, drafts)


async def _commit(tenant_id: UUID, drafts: Sequence[outbox.Draft]) -> list[UUID]:
    if len(drafts) == 1:
        return [await _singles.submit(tenant_id, drafts[0])]
    # Whoever asked may leave: what is written then must still be handed over.
    return await asyncio.shield(outbox.commit(tenant_id, drafts))


async def list_events(
    actor: Actor, page: paging.PageRequest, *, event_type: str | None
) -> paging.Slice[Event]:
    """Newest first, without their data."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    # What was published can have a MiB each.
    statement = select(Event).options(defer(Event.payload))  # type: ignore[arg-type]
    if event_type:
        statement = statement.where(Event.type == event_type)
    async with db.read(actor.tenant_id) as session:
        return await paging.fetch(session, statement, paging.newest_first(Event.id), page)


async def type_names(actor: Actor) -> list[str]:
    """The event types in use, in alphabetical order; archived ones are left out."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        known = await subscriptions.of_tenant(session)
    return sorted(name for name, archived in known.types.items() if not archived)


async def get_event(actor: Actor, event_id: UUID) -> EventDetail:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        event = (await session.exec(select(Event).where(Event.id == event_id))).one_or_none()
    if event is None:
        raise NotFound("Event not found")
    return EventDetail(
        id=event.id,
        type=event.type,
        created_at=event.created_at,
        data=json.loads(event.payload),  # orjson makes floats of large integers.
        idempotency_key=event.idempotency_key,
    )


async def as_document(session: AsyncSession, event_id: UUID) -> str:
    """An event as plans' steps see it, JSON text of `id`, `type` and `data`; "" when it is no longer kept."""
    statement = select(Event.type, Event.payload).where(Event.id == event_id)
    found = (await session.exec(statement)).one_or_none()
    # The data is put in as it stands.
    return f'{{"id":"{event_id}","type":{json.dumps(found[0])},"data":{found[1]}}}' if found else ""


async def depth_of(session: AsyncSession, event_id: UUID) -> int:
    """How many runs an event comes from; 0 when it is no longer kept."""
    return (await session.exec(select(Event.depth).where(Event.id == event_id))).one_or_none() or 0
