"""Endpoints: where a tenant's events go."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import orjson
from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, chain, cleaning, db, edits, outbound, paging, pinned, rows
from hub_app.kernel.actor import Actor, Role, system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.vault import open_field, seal_field
from hub_app.webhooks.delivery import signing
from hub_app.webhooks.schemas import (
    EndpointIn,
    EndpointOut,
    EndpointPatch,
    EndpointSecrets,
    IntegrationOut,
    SecretOut,
)
from hub_app.webhooks.service import events, outbox
from hub_app.webhooks.tables import WebhookDelivery, WebhookEndpoint, WebhookSecret

READ = "read:webhooks"
WRITE = "write:webhooks"
ROTATION_GRACE = timedelta(hours=24)
_SETTINGS = {"name", "events", "retry_policy", "rate_limit", "description", "enabled"}


async def create_endpoint(actor: Actor, given: EndpointIn, *, url_field: str = "url") -> WebhookEndpoint:
    """Register a receiver. Invalid names `url_field` when the address may not be reached."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    await outbound.check_urls({url_field: given.url})
    origin = outbound.scheme_host(given.url)
    endpoint = WebhookEndpoint(
        tenant_id=actor.tenant_id,
        name=given.name or _name_of(origin),
        origin=origin,
        enabled=given.enabled,
        events=given.events,
        retry_policy=given.retry_policy,
        rate_limit=given.rate_limit,
        description=given.description,
        depth=chain.depth() or None,
    )
    seal_field(endpoint, "url", given.url)
    seal_field(endpoint, "headers", orjson.dumps(given.headers).decode())
    async with db.begin(actor.tenant_id) as session:
        session.add(endpoint)
        await session.flush()
        session.add(_secret_for(endpoint, given.secret or signing.new_secret()))
        changed(session, endpoint.id)
        summary: dict[str, object] = {"name": endpoint.name, "url": origin, "events": endpoint.events}
        await audit.act(session, actor, "webhook.endpoint.created", endpoint, **summary)
    return endpoint


async def list_endpoints(actor: Actor, page: paging.PageRequest) -> paging.Slice[WebhookEndpoint]:
    """Newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return await paging.fetch(
            session, select(WebhookEndpoint), paging.newest_first(WebhookEndpoint.id), page
        )


async def get_endpoint(actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return await rows.get(session, WebhookEndpoint, endpoint_id)


async def update_endpoint(
    actor: Actor,
    endpoint_id: UUID,
    given: EndpointPatch,
    *,
    expected: edits.Expected | None = None,
    url_field: str = "url",
) -> WebhookEndpoint:
    """Change what was sent. Turning an endpoint on makes its waiting deliveries due.

    Headers are deleted when the URL gets another host, unless they come along: no secret goes to a server that it was not
    given for.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    changes = given.changes()
    if "rate_limit" in changes:
        changes["rate_limit"] = changes["rate_limit"] or None
    if given.url is not None:
        # An unknown id answers 404 whatever its URL would say.
        there = await get_endpoint(actor, endpoint_id)
        if given.url != edits.sealed(there, "url"):
            await outbound.check_urls({url_field: given.url})
    async with db.begin(actor.tenant_id) as session:
        endpoint = await rows.get(session, WebhookEndpoint, endpoint_id, lock=True)
        before = version_of(endpoint)
        edits.check(expected, before, changes)
        was_enabled = endpoint.enabled
        if given.url is not None and pinned.leaves([endpoint.origin], [given.url]):
            changes.setdefault("headers", {})
        _apply(endpoint, changes)
        if endpoint.enabled and not was_enabled:
            # It fails for as long as nothing gets through.
            endpoint.disabled_reason, endpoint.turned_on_at = "", utcnow()
            endpoint.depth = chain.depth() or None
            await _wake_deliveries(session, endpoint_id)
        session.add(endpoint)
        changed(session, endpoint_id)
        summary: dict[str, object] = {"name": endpoint.name}
        if "url" in changes:
            summary["url"] = endpoint.origin
        if "headers" in changes:
            summary["headers"] = sorted(given.headers or {})
        after = version_of(endpoint).fields
        await audit.change(
            session, actor, "webhook.endpoint.updated", endpoint, before.fields, after, **summary
        )
    return endpoint


async def delete_endpoint(actor: Actor, endpoint_id: UUID, *, expected: edits.Expected | None = None) -> None:
    """Delete an endpoint with its secrets, deliveries and attempts. Its history goes first, in small steps: cut off, it may
    be gone in part.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.read(actor.tenant_id) as session:
        edits.check(expected, version_of(await rows.get(session, WebhookEndpoint, endpoint_id)))
    await cleaning.delete_history(col(WebhookDelivery.endpoint_id), actor.tenant_id, endpoint_id)
    async with db.begin(actor.tenant_id) as session:
        endpoint = await rows.get(session, WebhookEndpoint, endpoint_id, lock=True)
        await session.delete(endpoint)
        changed(session, endpoint_id)
        await audit.act(
            session, actor, "webhook.endpoint.deleted", endpoint, name=endpoint.name, url=endpoint.origin
        )


async def reveal_endpoint(actor: Actor, endpoint_id: UUID) -> EndpointSecrets:
    """The endpoint with its full URL and headers, for the edit form."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        endpoint = await rows.get(session, WebhookEndpoint, endpoint_id)
        await audit.act(session, actor, "webhook.endpoint.opened", endpoint, name=endpoint.name)
    shown = endpoint_out(endpoint).model_dump() | {
        "url": open_field(endpoint, "url"),
        "headers": orjson.loads(open_field(endpoint, "headers")),
    }
    return EndpointSecrets.model_validate(shown).of(partial(version_of, endpoint))


async def reveal_secret(actor: Actor, endpoint_id: UUID) -> SecretOut:
    """The signing secret in force."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        endpoint = await rows.get(session, WebhookEndpoint, endpoint_id)
        out = _shown(await secrets_of(session, endpoint_id))
        await audit.act(session, actor, "webhook.endpoint.secret_revealed", endpoint, name=endpoint.name)
    return out


async def rotate_secret(actor: Actor, endpoint_id: UUID) -> SecretOut:
    """Make a new signing secret; for 24 hours the old one signs as well."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        endpoint = await rows.get(session, WebhookEndpoint, endpoint_id, lock=True)
        for secret in await secrets_of(session, endpoint_id):
            if secret.expires_at is not None:
                await session.delete(secret)
            else:
                secret.expires_at = utcnow() + ROTATION_GRACE
                session.add(secret)
        session.add(_secret_for(endpoint, signing.new_secret()))
        changed(session, endpoint_id)
        await audit.act(session, actor, "webhook.endpoint.secret_rotated", endpoint, name=endpoint.name)
        await session.flush()
        return _shown(await secrets_of(session, endpoint_id))


async def disable_endpoint(
    tenant_id: UUID, endpoint_id: UUID, reason: str, *, event_id: UUID | None = None
) -> None:
    """Turn an endpoint off on Hub's own account, for what became of the delivery of an event; its waiting deliveries stay
    until it is turned on or they expire.
    """
    actor = system_actor(tenant_id, "Dispatcher")
    async with db.begin(tenant_id) as session:
        endpoint = await rows.get(session, WebhookEndpoint, endpoint_id, lock=True)
        endpoint.enabled, endpoint.disabled_reason = False, reason
        endpoint.failing_since = endpoint.failing_since or utcnow()
        session.add(endpoint)
        await session.flush()
        changed(session, endpoint_id)
        summary: dict[str, object] = {"name": endpoint.name, "reason": reason}
        payload = orjson.dumps({"endpoint_id": endpoint_id, **summary}).decode()
        depth = max(endpoint.depth or 0, await events.depth_of(session, event_id) if event_id else 0)
        await outbox.write(session, [outbox.Draft("webhook.endpoint.disabled", payload, None, depth)])
        await audit.act(session, actor, "webhook.endpoint.disabled", endpoint, **summary)


async def secrets_of(session: AsyncSession, endpoint_id: UUID) -> list[WebhookSecret]:
    """An endpoint's secrets, the one in force first."""
    statement = select(WebhookSecret).where(WebhookSecret.endpoint_id == endpoint_id)
    return list((await session.exec(statement.order_by(col(WebhookSecret.id).desc()))).all())


def version_of(endpoint: WebhookEndpoint) -> edits.Version:
    """What people set, the sealed parts opened; not its health, which Hub keeps."""
    secret = {"url": edits.sealed(endpoint, "url"), "headers": _headers(edits.sealed(endpoint, "headers"))}
    return edits.Version.of(endpoint.model_dump(include=_SETTINGS) | secret)


def _headers(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text  # They did not open.


def endpoint_out(endpoint: WebhookEndpoint) -> EndpointOut:
    shown = endpoint.model_dump(exclude={"url", "headers", "tenant_id", "origin", "depth"})
    return EndpointOut(**shown, url=endpoint.origin).of(partial(version_of, endpoint))


def integration_out(endpoint: WebhookEndpoint) -> IntegrationOut:
    return IntegrationOut(
        integration_id=endpoint.id,
        name=endpoint.name,
        webhook_url=endpoint.origin,
        enabled=endpoint.enabled,
        created_at=endpoint.created_at,
        updated_at=endpoint.updated_at,
    ).of(partial(version_of, endpoint))


def changed(session: AsyncSession, endpoint_id: UUID) -> None:
    """Tell caches, the dispatcher and open screens, once the change has committed."""
    db.notify(session, "endpoints")
    db.notify(session, f"endpoint:{endpoint_id}")
    db.notify(session, "deliveries")


async def _wake_deliveries(session: AsyncSession, endpoint_id: UUID) -> None:
    await session.exec(
        update(WebhookDelivery)
        .where(
            col(WebhookDelivery.endpoint_id) == endpoint_id,
            col(WebhookDelivery.status) == "pending",
            col(WebhookDelivery.lease).is_(None),
        )
        .values(due_at=utcnow())
        .execution_options(synchronize_session=False)
    )


def _apply(endpoint: WebhookEndpoint, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        if name == "url":
            seal_field(endpoint, "url", str(value))
            endpoint.origin = outbound.scheme_host(str(value))
        elif name == "headers":
            seal_field(endpoint, "headers", orjson.dumps(value).decode())
        else:
            setattr(endpoint, name, value)


def _name_of(origin: str) -> str:
    """An endpoint's default name: its host, with hyphens for what names on the customer plane may not hold."""
    host = origin.partition("://")[2]
    return "".join(c if c.isalnum() and c.isascii() else "-" for c in host)[:100]


def _secret_for(endpoint: WebhookEndpoint, secret: str) -> WebhookSecret:
    row = WebhookSecret(tenant_id=endpoint.tenant_id, id=new_id(), endpoint_id=endpoint.id)
    seal_field(row, "secret", secret)
    return row


def _shown(secrets: list[WebhookSecret]) -> SecretOut:
    old = max((s.expires_at for s in secrets if s.expires_at), default=None)
    return SecretOut(secret=open_field(secrets[0], "secret"), old_secret_expires_at=old)
