"""A credential's use is audited once for each job: a run by hand, or all steps of a plan's run."""

import asyncio
from uuid import UUID

import pytest
from pydantic import JsonValue
from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.tables import AuditEntry
from hub_app.plans import worker as runner
from hub_app.plans.schemas import PlanIn, PlanRunIn, PlanRunOut
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from tests.connectors.conftest import Shop

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

CACHED: dict[str, JsonValue] = {"id": "list", "endpoint": "/items", "cache_seconds": 60}
PLAIN: dict[str, JsonValue] = {"id": "it", "endpoint": "/items"}


async def uses(shop: Shop) -> list[tuple[str, dict[str, object]]]:
    """Of which connector, and for what."""
    statement = (
        select(AuditEntry.target_id, AuditEntry.summary)
        .where(AuditEntry.action == "connector.credential_used")
        .order_by(col(AuditEntry.sequence))
    )
    async with db.read(shop.admin.tenant_id) as session:
        return [(target, dict(summary)) for target, summary in (await session.exec(statement)).all()]


async def test_a_run_audits_the_use_and_a_read_of_the_cache_does_not(shop: Shop) -> None:
    connector_id = await shop.connector(CACHED, PLAIN, scheme="bearer")
    first = await shop.run(connector_id, "list")
    assert (await shop.run(connector_id, "list")).cached
    assert await uses(shop) == [(str(connector_id), {"execution": str(first.execution_id)})]
    await shop.run(connector_id, "it", key="once")
    await shop.run(connector_id, "it", key="once")
    assert len(await uses(shop)) == 2


async def test_a_call_without_a_credential_audits_none(shop: Shop) -> None:
    await shop.run(await shop.connector(PLAIN))
    missing = await shop.connector(PLAIN, auth_type="api_key")
    out = await shop.run(missing)
    assert out.error is not None
    assert out.error.kind == "credential"
    assert await uses(shop) == []


async def test_a_run_of_a_plan_audits_each_credential_once(shop: Shop) -> None:
    first = await shop.connector(CACHED, PLAIN, scheme="bearer")
    second = await shop.connector(PLAIN, scheme="bearer")
    steps: list[JsonValue] = [
        {"id": f"step_{n}", "integration_id": str(of), "action": action}
        for n, (of, action) in enumerate(
            [(first, "list"), (first, "list"), (first, "it"), (second, "it"), (first, "it")]
        )
    ]
    plan = await plans.create_plan(shop.admin, PlanIn.model_validate({"name": "Nightly", "steps": steps}))
    async with runner.running():
        run = await ended(shop, (await plan_runs.start_run(shop.actor, plan.id, PlanRunIn())).id)
    assert run.status == "succeeded", run.error
    assert [(of, summary["plan_run"]) for of, summary in await uses(shop)] == [
        (str(first), str(run.id)),
        (str(second), str(run.id)),
    ]


async def ended(shop: Shop, run_id: UUID) -> PlanRunOut:
    async with asyncio.timeout(60):
        while (run := await plan_runs.get_run(shop.actor, run_id)).finished_at is None:  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.05)
    return run
