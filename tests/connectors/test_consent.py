"""Consent to a connector that is revoked stops what is under way: the pages of a run, a plan, in every process."""

import asyncio

import pytest
from pydantic import JsonValue

from hub_app.governance.service import consents
from hub_app.governance.service.consents import ConsentRevoked
from hub_app.plans import worker
from hub_app.plans.service import runs as plan_runs
from tests.connectors.conftest import Params, Shop
from tests.governance import use_consent
from tests.governance.consenting import give_again, revoke
from tests.hearing import until_reliable
from tests.plans.plan_factory import Office

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")]
WHY = "Consent for Shop was revoked on"
HELD: Params = {"id": "it", "endpoint": "/faults/held"}


async def test_a_run_of_several_calls_ends_before_its_next_one(shop: Shop) -> None:
    """What was read is not given out; the execution says why."""
    connector = await shop.connector(
        {"id": "it", "endpoint": "/faults/held-list", "pagination": {"type": "page"}}
    )
    running = asyncio.create_task(shop.run(connector))
    await shop.api.wait_for(1)
    await revoke(shop.people.adam, connector)
    shop.api.released.set()
    out = await running
    assert out.error is not None
    assert (out.ok, out.data, out.error.kind) == (False, None, "consent")
    assert out.error.detail.startswith(WHY)
    assert shop.api.count == 1
    (kept,) = await shop.executions(connector)
    assert kept.error_detail == out.error.detail
    with pytest.raises(ConsentRevoked, match=WHY):
        await shop.run(connector)
    assert len(await shop.executions(connector)) == 1


@pytest.mark.parametrize("on_error", ["continue", "retry"])
async def test_a_plan_ends_at_its_next_step(shop: Shop, on_error: str) -> None:
    """Though the step would be passed over, or tried again. Resumed once consent is given again, it goes on."""
    connector = await shop.connector(HELD, {"id": "list", "endpoint": "/items"})
    office = Office(shop.people, None, connector)  # type: ignore[arg-type] - its API is another one here
    steps: list[JsonValue] = [
        office.step("first", "it"),
        office.step("second", "list", on_error=on_error),
        office.step("third", "list"),
    ]
    plan = await office.plan(*steps)
    async with worker.running():
        run = await office.start(plan)
        await shop.api.wait_for(1)
        await revoke(shop.people.adam, connector)
        shop.api.released.set()
        ended = await office.ended(run)
        assert [step.status for step in ended.steps] == ["succeeded", "failed", "skipped"]
        assert (ended.status, ended.steps[1].attempts) == ("failed", 1)
        assert ended.error.startswith(f"second: {WHY}")
        assert shop.api.count == 1
        await give_again(shop.people.adam, "connector", connector)
        await plan_runs.resume_run(shop.actor, run)
        assert (await office.ended(run)).status == "succeeded"
    assert shop.api.count == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_revoked_in_one_process_is_refused_in_the_other(shop: Shop) -> None:
    connector = await shop.connector({"id": "it", "endpoint": "/items"})
    other = await asyncio.to_thread(use_consent.start, shop.actor, connector)
    try:
        assert await asyncio.to_thread(other.call) == ""
        await revoke(shop.people.adam, connector)
        assert (await asyncio.to_thread(other.call, once_heard=True)).startswith(WHY)
        assert shop.api.count == 1
        await give_again(shop.people.adam, "connector", connector)
        assert await asyncio.to_thread(other.call, once_heard=True) == ""
        assert shop.api.count == 2
    finally:
        await asyncio.to_thread(other.stop)


async def test_what_is_known_of_a_consent_is_forgotten_with_its_change(shop: Shop) -> None:
    """No row is read for each call."""
    await until_reliable()
    connector = await shop.connector(HELD)
    key = (shop.admin.tenant_id, "connector", str(connector))
    known = consents._known.peek  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - it looks into the cache
    await consents.require(shop.admin.tenant_id, "connector", connector)
    assert known(key) is not None
    await revoke(shop.people.adam, connector)
    assert known(key) is None
