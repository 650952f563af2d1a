"""Connections that sync by themselves: one that cannot be started keeps no other one from it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, update

from hub_app.crm.service import syncs
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.sync.service import schedule
from hub_app.sync.tables import SyncConnection
from tests.crm.acme import ALL, Acme

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


async def due(acme: Acme, name: str, since: timedelta, **values: object) -> UUID:
    """A connection that should have been synced so long ago."""
    made = await acme.connect(name, auto_sync_enabled=True)
    async with db.begin(acme.tenant_id) as session:
        given = {"next_sync_at": utcnow() - since, **values}
        await session.exec(update(SyncConnection).where(col(SyncConnection.id) == made.id).values(**given))
    return made.id


async def test_one_that_cannot_be_started_keeps_no_other_one_waiting(acme: Acme) -> None:
    # No time has so many minutes.
    broken = await due(acme, "Broken", timedelta(hours=2), interval_minutes=2_000_000_000, failures=10)
    other = await due(acme, "Studio", timedelta(hours=1))
    await schedule.start_due()
    assert not (await syncs.list_jobs(acme.actor, broken, ALL)).items
    (job,) = (await syncs.list_jobs(acme.actor, other, ALL)).items
    assert (job.trigger, job.job_type) == ("schedule", "incremental_sync")
