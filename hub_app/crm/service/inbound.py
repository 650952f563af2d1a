"""Leads that come in by a private URL, whose key is all that says who sends them."""

from typing import Any
from uuid import UUID

import orjson
from pydantic import JsonValue
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.files import leads
from hub_app.crm.schemas.importing import InboundKeyOut, LeadOut
from hub_app.crm.service import FAMILY, WRITE, accounts, consent
from hub_app.crm.tables import CrmAccount
from hub_app.governance.service import consents
from hub_app.identity.service.secrets import new_secret
from hub_app.kernel import audit, db, ratelimit, suspension, underway
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Invalid, NotFound
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import hint
from hub_app.sync.service import access, arrivals, connections
from hub_app.sync.service.arrivals import Arrived, Prepared
from hub_app.sync.service.connections import Connection
from hub_app.webhooks.service import outbox

PATH = "/api/crm/inbound"
RECEIVED = "crm.lead.received"
_A_MINUTE = 60
_SECONDS = 60
_RESOURCE = "clients"
_UNKNOWN = "There is no inbound URL with this key."
_DIGEST = 32


async def rotate_key(actor: Actor, connection_id: UUID, origin: str = "") -> InboundKeyOut:
    """Make a new key, which is shown this once; the one before ends. Invalid where the CRM sends no leads."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    key = new_secret()
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        provider = accounts.provider_of(connection.provider)
        if not (provider.capabilities.inbound or provider.capabilities.webhooks_in):
            raise Invalid.field(
                "integration_id", f"has no inbound URL: {provider.name} sends neither leads nor hooks"
            )
        account = await accounts.account_of(session, connection_id, lock=True)
        account.inbound_digest, account.inbound_hint = digest(key), hint(key)
        session.add(account)
        connections.changed(session, connection)
        await audit.act(session, actor, "crm.inbound_key.rotated", connection)
    address = origin or get_settings().own_address()
    return InboundKeyOut(key=key, url=f"{address}{PATH}/{key}", hint=hint(key))


async def end_key(actor: Actor, connection_id: UUID) -> None:
    """Take leads no more."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        account = await accounts.account_of(session, connection_id, lock=True)
        account.inbound_digest, account.inbound_hint = None, ""
        session.add(account)
        connections.changed(session, connection)
        await audit.act(session, actor, "crm.inbound_key.ended", connection)


@underway.counted
async def receive(key: str, body: JsonValue, *, unreadable: str = "") -> LeadOut:
    """Take a lead. NotFound for a key that is nobody's, RateLimited. `unreadable` says why the body is none: it is kept for somebody
    to look at.
    """
    marked = digest(key)
    (await ratelimit.hit(_A_MINUTE, _SECONDS, "crm inbound", marked)).check()
    tenant_id, connection_id = await _whose(marked)
    async with db.read(tenant_id) as session:
        (connection,) = await connections.among(session, FAMILY, [connection_id])
    if accounts.provider_of(connection.provider).capabilities.webhooks_in:
        return await _hint(tenant_id, connection_id)
    async with db.read(tenant_id) as session:
        account = await accounts.account_of(session, connection_id)
        stream = await connections.stream_named(session, connection_id, _RESOURCE)
        fields = await connections.fields_of_stream(session, stream)
    preset = next(
        (p.headers for p in accounts.provider_of(connection.provider).presets if p.feature == _RESOURCE),
        dict[str, str](),
    )
    cells = leads.flat(body) if isinstance(body, dict) else {}
    lead = leads.read(
        cells, fields, preset=preset, remembered=account.headers.get(_RESOURCE, {}), salt=str(connection_id)
    )
    payload: dict[str, JsonValue] = {"fields": lead.fields, "cells": {**lead.cells}}
    prepared = await arrivals.prepare(
        connection, _RESOURCE, payload, why=unreadable or lead.why, raw=payload if cells else body
    )
    said = digest(orjson.dumps(cells or body, option=orjson.OPT_SORT_KEYS).decode(errors="replace"))[:_DIGEST]
    return await _take(tenant_id, connection_id, prepared, said, lead.notes)


async def _hint(tenant_id: UUID, connection_id: UUID) -> LeadOut:
    """A hook of the CRM says that something is new there. What it says of it is not believed: a sync reads it."""
    async with db.begin(tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        await connections.hinted(session, connection)
    return LeadOut(status="accepted")


async def _take(
    tenant_id: UUID, connection_id: UUID, prepared: Prepared, said: str, notes: list[str]
) -> LeadOut:
    async with db.begin(tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        arrived = await arrivals.take(session, connection, prepared, said, notes=notes)
        if arrived.status == "created":
            await _publish(session, connection, arrived)
    return LeadOut(status="repeated" if arrived.status == "repeated" else "accepted")


async def _whose(marked: str) -> tuple[UUID, UUID]:
    """The tenant and the connection of a key; NotFound, also while the tenant is suspended or its consent is revoked."""
    statement = select(CrmAccount.tenant_id, CrmAccount.id).where(CrmAccount.inbound_digest == marked)
    async with db.system("whose lead is this?") as session:
        found = (await session.exec(statement)).one_or_none()
    if found is None or await suspension.is_suspended(found[0]):
        raise NotFound(_UNKNOWN)
    if await consents.refusal_of(found[0], consent.NAME, found[1]):
        raise NotFound(_UNKNOWN)
    return found


async def _publish(session: AsyncSession, connection: Connection, arrived: Arrived) -> None:
    """Tell the tenant's endpoints, unless nobody is to hear of such events any more."""
    data: dict[str, Any] = {
        "integration_id": str(connection.id),
        "crm_provider": connection.provider,
        "record_id": str(arrived.record_id),
        "sync_job_id": str(arrived.job_id),
        "fields": arrived.values or {},
    }
    try:
        draft = outbox.Draft(RECEIVED, orjson.dumps(data).decode(), f"{RECEIVED} {arrived.record_id}")
        await outbox.write(session, [draft])
    except Invalid:
        # The type is archived.
        return
