"""In a large database no statement reads a table that grows, nor sorts more than a page."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from hub_app.kernel import cleaning, db, ratelimit
from hub_app.kernel.settings import Settings
from hub_app.plans.tables import PlanVersion
from hub_app.webhooks.schemas import EndpointIn
from hub_app.webhooks.service import endpoints
from tests.crm.acme import Acme
from tests.large.clients import fill_clients
from tests.large.drives import DRIVES, House, at_work
from tests.large.filling import Filling, fill
from tests.large.studio import Studio
from tests.large.watching import watching
from tests.peers.receiver import Receiver
from tests.peers.tave import Tave
from tests.plans.plan_factory import open_office

pytestmark = pytest.mark.both_databases

# What may read more, and why.
ALLOWED = {
    r"^SELECT count\(\*\) .* FROM \(SELECT .* LIMIT": "A count that ends at 10,000 (COUNTED_AT_MOST).",
    r"^SELECT webhook_delivery.id FROM webhook_delivery WHERE webhook_delivery.endpoint_id = \S+ AND \S+ = \S+ LIMIT": (
        "The same, of an endpoint's deliveries."
    ),
    r"^SELECT (CASE|api_usage.route).* FROM api_usage WHERE .*api_usage.minute >= .* GROUP BY": (
        "The chart's week of counted minutes, however many lie before it."
    ),
    r"^SELECT audit_verification\..* ORDER BY audit_verification.id DESC LIMIT": (
        "The newest ones, few at once, along their key."
    ),
    r"^SELECT tenant.id, .* FROM tenant ORDER BY tenant.id DESC LIMIT": "A page of the operator's tenants, along their key.",
    r"^SELECT tenant.id, .* FROM tenant WHERE .*LIKE .* ORDER BY tenant.id DESC LIMIT": (
        "The operator's search by a part of a name, among as many tenants as there are customers."
    ),
    r"^SELECT tenant.id, tenant.name FROM tenant$": "Names beside what operators see of all tenants.",
    r"audit_verification .*WHERE audit_verification.finished_at IS NULL AND": "In the index of those under way.",
    r"^SELECT \w+\.\w+, count\(\*\) .*min\(\w+.due_at\).* WHERE \w+.status = 'pending' GROUP BY": (
        "What waits is counted for operators, in the index of what waits."
    ),
    r"^SELECT \w+.tenant_id, count\(\*\) .* WHERE \w+.(lease IS NOT NULL|status (=|IN) \W*failed.*) GROUP BY": (
        "And what is leased, and what failed, in the indexes of that alone."
    ),
    r"^SELECT count\(\*\) \S+ \S+ FROM sync_link WHERE sync_link.stream_id = \S+ AND sync_link.state = 'linked' AND": (
        "What is here of a CRM is counted exactly, in the index of what is linked: it is the proof that nothing is missing."
    ),
    r"^SELECT sync_link.stream_id, count\(\*\) .* WHERE sync_link.stream_id IN .* AND sync_link.state = 'linked' AND": (
        "The same, beside each connection."
    ),
    r"^SELECT count\(\*\) .* FROM sync_(quarantine|conflict JOIN sync_link) .*status = ": (
        "And what waits of it for somebody, in the indexes of that alone."
    ),
    r"^SELECT count\(\*\) .*sum\(CASE WHEN \(sync_link.mapping_version < ": (
        "On the page of a mapping: how many records were not yet looked at with it."
    ),
    r"^SELECT sync_link.record_id .* sync_link.state = 'linked' .* ORDER BY random\(\) LIMIT": (
        "A sample is drawn from all, in the index of what is linked."
    ),
    r"^SELECT count\(\*\) .* FROM sync_conflict WHERE sync_conflict.connection_id = .*sync_conflict.chosen": (
        "Before somebody chooses the same in all of them."
    ),
    r"^SELECT count\(\*\) .* FROM sync_record WHERE sync_record.collection_id = \S+ AND \S+ = \S+$": (
        "Once, before everything is written into one file."
    ),
    r"^SELECT sync_link.id, .* JOIN sync_finding .*sync_finding.kind = ": (
        "Once, when somebody confirms that records were deleted there."
    ),
    r"^SELECT (sync_\w+|crm_file).tenant_id, \S+ FROM unnest\(": (
        "What hangs on a connection or a job that goes. One of them has most rows of its tenant, so PostgreSQL takes it that any has,"
        " and reads up to the whole table once for one that has none, where an index would show it at once."
    ),
    r"^SELECT sync_record\..*EXISTS \(SELECT sync_link.id .* ORDER BY sync_record.id DESC LIMIT": (
        "A page of 500, of a download of what a connection knows."
    ),
    r"^SELECT sync_record.id .* AND \(?\(?sync_record.search LIKE": (
        "A text may be anywhere in what records are found by (test_records.py)."
    ),
    r"^SELECT work_session\..*\(\(?(lower\()?work_session.title\)? I?LIKE": (
        "A text may be anywhere in the titles of sessions; on SQLite it is looked for in an index that holds them."
    ),
    r"^SELECT hub_user.id FROM hub_user LIMIT": "Whether there is anybody: the first row will do.",
    r"^UPDATE \w+ SET due_at=.*, lease=.* WHERE .*status = 'pending' AND .*lease IS NOT NULL$": (
        "Once at the start of a process on SQLite, over what waits."
    ),
}


@asynccontextmanager
async def house(client: httpx.AsyncClient, rest: FastAPI) -> AsyncGenerator[House]:
    async with Receiver() as receiver, Tave(contacts=60) as tave:
        office = await open_office(receiver)
        # Somebody else's clients, who go with their tenant.
        await fill_clients(office.people.mallory.tenant_id, 100)
        studio = await Studio.open(Acme(office.people, tave))
        adam = office.people.adam.actor
        made = [
            await endpoints.create_endpoint(adam, EndpointIn(url=f"{receiver.url}{path}"))
            for path in ("/one", "/two")
        ]
        plan = await office.plan()
        yield House(office, receiver, client, rest, [one.id for one in made], plan.id, studio)


@pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32",
    webhook_retry_backoff_seconds=1,
    webhook_retention_days=99,
    execution_retention_days=99,
    sync_job_retention_days=99,
    crm_rate_limits="tave=100000/1000000",
    consent_policy_version=2,
    rate_limit_tier_pro_req_per_min=10_000_000,
)
async def test_no_statement_reads_a_table_that_grows(
    database: Settings, client: httpx.AsyncClient, rest: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    del database
    # Nobody waits for their turn while it cleans.
    monkeypatch.setattr(cleaning, "_REST", 0)
    ratelimit.limiter.cache_clear()
    async with house(client, rest) as acme:
        async with db.read(acme.adam.tenant_id) as session:
            version = (await session.exec(select(PlanVersion.id))).one()
        parents = {
            "plan_version": [version],
            "webhook_endpoint": acme.endpoints[:1], "connector": [acme.office.connector], "plan": [acme.plan],
            **acme.studio.parents,
        }  # fmt: skip
        await fill(Filling(tenant_id=acme.adam.tenant_id, parents=parents))
        await db.current().engine.dispose()
        with watching() as watch:
            async with asynccontextmanager(at_work)():
                for drive in DRIVES:
                    await drive(acme)
    assert len(watch.seen) > 100
    found = {
        statement: what
        for statement, what in watch.findings.items()
        if not any(re.search(allowed, statement) for allowed in ALLOWED)
    }
    assert not found, "\n\n".join(f"{what}\n  {statement}" for statement, what in found.items())
