"""Importing: everything arrives whole, once, and is proved."""

import pytest

from hub_app.sync.tables import SyncData, SyncLink, SyncRecord, SyncVersion
from tests.crm.acme import Acme

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]


async def test_a_full_import_brings_everything_and_adds_up(acme: Acme) -> None:
    made = await acme.connect()
    assert made.connection_status == "connected"
    job = await acme.sync(made.id)
    assert (job.job_status, job.outcome, job.error_details) == ("completed", "success", None)
    assert job.progress_percent == 100
    clients = (await acme.reconciled(made.id))["clients"]
    assert clients.not_explained == 0
    assert clients.complete
    assert clients.here == clients.imported == job.counts["clients"]["created"]
    links = await acme.rows(SyncLink)
    assert len(links) == len(await acme.rows(SyncRecord)) == len(await acme.rows(SyncData))
    assert len(await acme.rows(SyncVersion)) == len(links)


async def test_importing_again_writes_nothing(acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    before = [(one.id, one.updated_at) for one in await acme.rows(SyncRecord)]
    versions = len(await acme.rows(SyncVersion))
    job = await acme.sync(made.id)
    assert job.records_created == job.records_updated == 0
    assert [(one.id, one.updated_at) for one in await acme.rows(SyncRecord)] == before
    assert len(await acme.rows(SyncVersion)) == versions
