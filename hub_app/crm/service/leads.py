"""Sending clients to a CRM as leads: those that somebody chooses, each once."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm import providers
from hub_app.crm.provider.leads import FIELDS, LEADS
from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.schemas.leads import LeadsIn, LeadTarget
from hub_app.crm.service import FAMILY, READ, WRITE, accounts, collections, syncs
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Invalid
from hub_app.sync.schemas import FieldMapping
from hub_app.sync.service import access, connections, handing, jobs, records
from hub_app.sync.service.connections import Connection, StreamSetup

RESOURCE = LEADS
"""What a job's counts call them."""


async def send_leads(actor: Actor, connection_id: UUID, given: LeadsIn) -> SyncJobOut:
    """Start the job that sends these clients, or a preview of it. SyncUnderWay, NotConnected; Invalid for a connection that takes no
    leads, and for records that are no clients of this tenant, or archived.
    """
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        provider = accounts.provider_of(connection.provider)
        if not accounts.takes_leads(provider, await accounts.account_of(session, connection_id)):
            why = (
                "has no key for it"
                if provider.capabilities.leads
                else f"is {provider.name}, which takes none"
            )
            raise Invalid.field("integration_id", f"cannot be sent leads: it {why}")
        await jobs.require_idle(session, connection)
        jobs.require_connected(connection)
        await _require_clients(session, given.record_ids)
        await _ensure_stream(session, actor, connection)
        config: dict[str, object] = {"leads": True, "record_ids": [str(one) for one in given.record_ids]}
        job = await jobs.start(session, actor, connection, "export", dry_run=given.dry_run, config=config)
        await session.flush()
        verb = "previewed" if given.dry_run else "triggered"
        await audit.act(session, actor, f"crm.sync.{verb}", job, type="leads", count=len(given.record_ids))
    return syncs.job_out(job)


async def targets(actor: Actor, record_id: UUID) -> list[LeadTarget]:
    """The connections to which a client can be sent as a lead, and was not yet; none for other records, and archived ones. NotFound."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    found = await records.get_record(actor, FAMILY, record_id)
    if found.collection != "clients" or found.record.archived_at is not None:
        return []
    takers = [one.id for one in providers.every().values() if one.capabilities.leads]
    async with db.read(actor.tenant_id) as session:
        known = await handing.sent_to(session, record_id, LEADS)
        able = await handing.of_providers(session, FAMILY, takers)
        return [
            LeadTarget(id=one.id, name=one.name, crm_name=accounts.provider_of(one.provider).name)
            for one in able
            if one.id not in known
            and accounts.takes_leads(
                accounts.provider_of(one.provider), await accounts.account_of(session, one.id)
            )
        ]


async def _require_clients(session: AsyncSession, ids: Collection[UUID]) -> None:
    known = await handing.active_among(session, FAMILY, "clients", ids)
    unknown: Sequence[str] = [str(one) for one in ids if one not in known]
    if unknown:
        raise Invalid.field(
            "record_ids", f"must be clients that are not archived: {', '.join(unknown[:5])} is none"
        )


async def _ensure_stream(session: AsyncSession, actor: Actor, connection: Connection) -> None:
    collection = await collections.ensure(session, actor.tenant_id, "clients")
    mapping = [FieldMapping(source=key, target=key, direction="out") for key in FIELDS]
    await connections.ensure_stream(session, connection, StreamSetup(LEADS, collection.id, mapping))
