"""The quarantine of a connected CRM."""

from uuid import UUID

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.schemas.quarantine import QuarantinedOut, QuarantinedSummary, QuarantineStatus
from hub_app.crm.service import FAMILY, READ, WRITE, accounts, syncs
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.sync.service import access, quarantine
from hub_app.sync.service.quarantine import Quarantined


async def list_quarantine(
    actor: Actor, connection_id: UUID, page: PageRequest, *, status: QuarantineStatus = "open"
) -> Slice[QuarantinedSummary]:
    """Newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    found, resources = await quarantine.list_quarantine(actor, FAMILY, connection_id, page, status=status)
    return found.holding([_summary(one, resources.get(one.stream_id, "")) for one in found.items])


async def get_quarantined(actor: Actor, row_id: UUID) -> QuarantinedOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    return _out(*await quarantine.get_quarantined(actor, FAMILY, row_id))


async def retry_all(actor: Actor, connection_id: UUID, *, dry_run: bool = False) -> SyncJobOut:
    """Start a job that tries all that waits once more. Conflict when nothing does; SyncUnderWay, NotConnected."""
    return await _retry(actor, connection_id, None, dry_run=dry_run)


async def retry_one(actor: Actor, row_id: UUID, *, dry_run: bool = False) -> SyncJobOut:
    """Start a job that tries this row once more."""
    actor.require(Role.ENGINEER, WRITE)
    connection_id = await quarantine.connection_of(actor, FAMILY, row_id)
    return await _retry(actor, connection_id, row_id, dry_run=dry_run)


async def dismiss(actor: Actor, row_id: UUID) -> QuarantinedOut:
    """Let a row rest until it comes otherwise from the CRM. Conflict when it does not wait."""
    actor.require(Role.ENGINEER, WRITE)
    return _out(*await quarantine.dismiss(actor, FAMILY, row_id))


async def _retry(actor: Actor, connection_id: UUID, row_id: UUID | None, *, dry_run: bool) -> SyncJobOut:
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        provider = accounts.provider_of(connection.provider)
        job = await quarantine.start_retry(
            session,
            actor,
            FAMILY,
            connection_id,
            row_id,
            offline=not provider.capabilities.read,
            dry_run=dry_run,
        )
        verb = "previewed" if dry_run else "triggered"
        await audit.act(session, actor, f"crm.sync.{verb}", job, type=job.type)
    return syncs.job_out(job)


def _summary(one: Quarantined, resource: str) -> QuarantinedSummary:
    return QuarantinedSummary.model_validate(_plain(one, resource))


def _out(one: Quarantined, resource: str) -> QuarantinedOut:
    return QuarantinedOut.model_validate({**_plain(one, resource), "raw": one.raw})


def _plain(one: Quarantined, resource: str) -> dict[str, object]:
    return {
        "id": one.id,
        "integration_id": one.connection_id,
        "resource": resource,
        "external_id": one.external_id,
        "reason": one.reason,
        "status": one.status,
        "attempts": one.attempts,
        "sync_job_id": one.job_id,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }
