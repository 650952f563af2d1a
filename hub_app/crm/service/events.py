"""What CRMs tell other programs, as events of webhooks: each once, in the transaction of what it tells of, under a key of its own.
They hold no data of people.
"""

import logging

from pydantic import JsonValue
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.schemas.jobs import JOB_TYPES
from hub_app.crm.service import FAMILY
from hub_app.kernel.errors import HubError
from hub_app.kernel.sources import JobNews
from hub_app.sync.service import connections
from hub_app.sync.service.connections import Connection
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import outbox, subscriptions

_FIGURES = ("created", "updated", "unchanged", "quarantined", "refused", "conflicts")
_log = logging.getLogger(__name__)


async def tell_created(session: AsyncSession, connection: Connection) -> None:
    """A CRM was connected, in the open transaction."""
    about = _about(connection)
    await _publish(session, [("crm.integration.created", about, f"crm:{connection.id}:created")])


async def tell(session: AsyncSession, news: JobNews) -> None:
    """A job has begun, or ends, in the open transaction; one event for all conflicts that it found."""
    found = await connections.among(session, FAMILY, [news.connection_id])
    if not found:
        return
    about: dict[str, JsonValue] = {
        **_about(found[0]),
        "job_id": str(news.job_id),
        "job_type": JOB_TYPES.get(news.job_type, news.job_type),
        "trigger": news.trigger,
    }
    if not news.outcome:
        await _publish(session, [("crm.sync.triggered", about, news.key)])
        return
    figures: dict[str, JsonValue] = {
        resource: {name: tally.get(name, 0) for name in _FIGURES} for resource, tally in news.counts.items()
    }
    ended: dict[str, JsonValue] = {
        "outcome": news.outcome,
        "records": figures,
        "error_details": news.error or None,
    }
    given = [("crm.sync.completed", {**about, **ended}, news.key)]
    conflicts = sum(tally.get("conflicts", 0) for tally in news.counts.values())
    if conflicts:
        given.append(("crm.conflict.created", {**about, "count": conflicts}, f"{news.key}:conflicts"))
    await _publish(session, given)


def _about(connection: Connection) -> dict[str, JsonValue]:
    return {
        "integration_id": str(connection.id),
        "crm_provider": connection.provider,
        "connection_name": connection.name,
    }


async def _publish(session: AsyncSession, given: list[tuple[str, dict[str, JsonValue], str]]) -> None:
    for event_type, data, key in given:
        try:
            await _write(session, outbox.draft(EventIn(type=event_type, data=data, idempotency_key=key)))
        except HubError as error:
            # Such as a type that the tenant has archived: nobody wants to hear of it, and syncing goes on.
            _log.info("The event %s is not published: %s", event_type, error.detail)


async def _write(session: AsyncSession, draft: outbox.Draft) -> None:
    try:
        async with session.begin_nested():
            await outbox.write(session, [draft])
    except IntegrityError:
        # An endpoint went away just now: once more, with a fresh look.
        subscriptions.forget()
        await outbox.write(session, [draft])
