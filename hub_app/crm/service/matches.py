"""Exact matches between two connected CRMs: how many there are, and the job that links them all."""

from uuid import UUID

from hub_app.crm.schemas.conflicts import ExactMatches
from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import FAMILY, READ, WRITE
from hub_app.crm.service.syncs import job_out
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor, Role
from hub_app.sync.service import access, jobs, matches


async def count_matches(actor: Actor) -> list[ExactMatches]:
    """The connections that have records of which another CRM has the same: exact matches, which can be linked all at once."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = await matches.count(session, FAMILY)
    return [
        ExactMatches(
            integration_id=one.connection_id,
            connection_name=one.name,
            count=one.count,
            more=one.more,
            not_exact=sum(one.left.values()),
        )
        for one in found
    ]


async def link_matches(actor: Actor, connection_id: UUID, *, dry_run: bool = False) -> SyncJobOut:
    """Start the job that links all exact matches of this connection with others, or a preview of it. SyncUnderWay, NotConnected."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        job = await jobs.start(session, actor, connection, "merge", dry_run=dry_run)
        await session.flush()
        verb = "previewed" if dry_run else "triggered"
        await audit.act(session, actor, f"crm.sync.{verb}", job, type=job.type)
    return job_out(job)
