"""What is under way while a person is erased brings nothing of theirs back: an erasure ends after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import JsonValue
from sqlalchemy import update
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.tables import Execution
from hub_app.governance.privacy.work import JOBS
from hub_app.governance.schemas.privacy import PersonIn
from hub_app.governance.service import privacy
from hub_app.governance.tables import PrivacyFile, PrivacyRequest
from hub_app.kernel import barrier, db, jobs, personal, processes, underway
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.leases import Ended
from hub_app.kernel.queue import Held
from hub_app.kernel.tables import HubProcess, Job
from hub_app.plans import worker as plan_worker
from hub_app.plans.tables import PlanRun, PlanRunStep
from hub_app.webhooks import worker as sender
from hub_app.webhooks.schemas import EndpointIn, EventIn, TrialIn
from hub_app.webhooks.service import endpoints, events, testing
from hub_app.webhooks.tables import WebhookAttempt, WebhookDelivery
from tests.connectors.conftest import Params, Shop
from tests.governance import calling_process, planting
from tests.governance.planting import EMAIL
from tests.governance.test_privacy import Desk, desk
from tests.plans.plan_factory import Office

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")]
HELD: Params = {"id": "it", "endpoint": "/faults/held-order", "parameters": ["to"]}
ORDER = "order 4711"


class Erasure:
    """Of the person, begun at a desk while something is under way."""

    def __init__(self, at: Desk, request_id: str, shop: Shop) -> None:
        self._desk = at
        self._id = request_id
        self._tenant_id = shop.admin.tenant_id

    async def is_waiting(self) -> None:
        """Until its first pass is over, and it waits for what is under way."""
        async with asyncio.timeout(60):
            while not (await self._checkpoint()).get("pass"):  # noqa: ASYNC110 - the job goes on
                await asyncio.sleep(0.01)
        # For as long as it would take another pass.
        await self._desk.ask("preview", email="nobody@client.example")
        assert await self._checkpoint()

    async def ended(self) -> dict[str, Any]:
        found = await self._desk.ended(self._id)
        assert found["status"] == "done", found
        return found

    async def _checkpoint(self) -> dict[str, object]:
        async with db.read(self._tenant_id) as session:
            job = (await session.exec(select(Job).where(Job.kind == "privacy.erase"))).one()
            assert job.status == "pending", job.result
            return job.checkpoint


@asynccontextmanager
async def erasing(client: httpx.AsyncClient, shop: Shop) -> AsyncIterator[Erasure]:
    async with desk(client, shop.people.adam) as at:
        yield await begin(at, shop)


async def begin(at: Desk, shop: Shop) -> Erasure:
    preview = await at.ask("preview", email=EMAIL)
    begun = await at.post("erase", preview_id=preview["id"], email=EMAIL)
    assert begun.status_code == 202, begun.text
    return Erasure(at, preview["id"], shop)


async def publish(shop: Shop, **more: object) -> None:
    """An event about the person on its way to the API, which has it."""
    url = f"{shop.api.base()}/faults/held-order"
    await endpoints.create_endpoint(shop.admin, EndpointIn.model_validate({"url": url, **more}))
    given = EventIn.model_validate({"type": "order.paid", "data": {"to": EMAIL}})
    await events.publish(shop.admin, [given])


async def everything(shop: Shop) -> str:
    return str([row async for row in planting.rows_of(shop.admin.tenant_id)])


async def test_a_call_that_nothing_tells_of_yet(client: httpx.AsyncClient, shop: Shop) -> None:
    """Its execution, with parameters and response, is written down when the person was looked for everywhere already."""
    connector = await shop.connector(HELD)
    call = asyncio.create_task(shop.run(connector, params={"to": EMAIL}))
    await shop.api.wait_for(1)
    async with erasing(client, shop) as erasure:
        await erasure.is_waiting()
        shop.api.released.set()
        assert (await call).ok
        counts = {one["table"]: one["rows"] for one in (await erasure.ended())["counts"]}
    assert counts == {"execution": 1}
    assert await planting.left() == []
    (kept,) = await shop.executions(connector)
    assert (kept.url, kept.response_body, kept.status_code) == ("", "", 200)


@pytest.mark.parametrize("by", ["schedule", "test"])
async def test_a_delivery_that_is_being_sent(client: httpx.AsyncClient, shop: Shop, by: str) -> None:
    """What the receiver answers mentions nobody, and goes with the event."""
    async with sender.running():
        if by == "schedule":
            await publish(shop)
            sending = asyncio.create_task(asyncio.sleep(0))
        else:
            given = EndpointIn(url=f"{shop.api.base()}/faults/held-order")
            endpoint = await endpoints.create_endpoint(shop.admin, given)
            trial = TrialIn.model_validate({"type": "order.paid", "data": {"to": EMAIL}})
            sending = asyncio.create_task(testing.send_test(shop.admin, endpoint.id, trial))  # type: ignore[arg-type]
        await shop.api.wait_for(1)
        async with erasing(client, shop) as erasure:
            await erasure.is_waiting()
            shop.api.released.set()
            await erasure.ended()
        await sending
    async with db.read(shop.admin.tenant_id) as session:
        (attempt,) = (await session.exec(select(WebhookAttempt))).all()
        (delivery,) = (await session.exec(select(WebhookDelivery))).all()
    assert (attempt.status_code, attempt.response_body, attempt.response_headers) == (200, "", {})
    assert (delivery.status, delivery.error_kind) == ("failed", "erased")
    assert ORDER not in await everything(shop)
    assert await planting.left() == []


async def test_what_is_claimed_and_waits_is_not_sent_any_more(client: httpx.AsyncClient, shop: Shop) -> None:
    """Behind deliveries to the same endpoint that are being sent."""
    async with sender.running():
        await publish(shop)
        data = [{"to": EMAIL, "n": n} for n in range(50)]
        given = [EventIn.model_validate({"type": "order.paid", "data": one}) for one in data]
        await events.publish(shop.admin, given)
        async with asyncio.timeout(60):
            while await _leased(shop) <= shop.api.count:  # noqa: ASYNC110 - the dispatcher claims them
                await asyncio.sleep(0.01)
        async with erasing(client, shop) as erasure:
            await erasure.is_waiting()
            before = shop.api.count
            shop.api.released.set()
            await erasure.ended()
    assert shop.api.count == before < len(given)
    assert await planting.left() == []


async def _leased(shop: Shop) -> int:
    async with db.read(shop.admin.tenant_id) as session:
        found = await session.exec(select(WebhookDelivery.lease))
        return sum(1 for lease in found.all() if lease is not None)


@pytest.mark.parametrize("mentioned", ["in the run", "in the step"])
async def test_a_step_of_a_plan(client: httpx.AsyncClient, shop: Shop, mentioned: str) -> None:
    """Of a run that goes as a whole, with a response that mentions nobody; and of one in which one step alone does, to which
    a later one refers.
    """
    connector = await shop.connector(HELD)
    office = Office(shop.people, None, connector)  # type: ignore[arg-type] - its API is another one here
    in_run = mentioned == "in the run"
    steps: list[JsonValue] = [
        office.step("first", "it", {"to": "nobody" if in_run else EMAIL}),
        office.step("second", "it", {"to": "{{steps.first.data.thanks}}"}),
    ]
    plan = await office.plan(*steps)
    async with plan_worker.running():
        run = await office.start(plan, to=EMAIL if in_run else "nobody")
        await shop.api.wait_for(1)
        async with erasing(client, shop) as erasure:
            await erasure.is_waiting()
            shop.api.released.set()
            await erasure.ended()
        await office.ended(run)
    assert await planting.left() == []
    if not in_run:
        return
    async with db.read(shop.admin.tenant_id) as session:
        (kept,) = (await session.exec(select(PlanRun))).all()
        outputs = (await session.exec(select(PlanRunStep.output))).all()
        answers = (await session.exec(select(Execution.response_body))).all()
    assert (kept.status, set(outputs), set(answers)) == ("failed", {None}, {""})
    assert shop.api.count == 1


class HeldRun(jobs.Run):
    """An export that waits before it writes what it read of events."""

    def __init__(self, held: Held, job: Job) -> None:
        super().__init__(held, job)
        self._steps = 0
        self.has_read = asyncio.Event()
        self.may_write = asyncio.Event()

    @asynccontextmanager
    async def step(self) -> AsyncIterator[AsyncSession]:
        self._steps += 1
        tables = [one.name for one in personal.tables() if one.searched]
        # The first begins the file; of tables without the person ten are one.
        if self._steps > 1 + tables.index("event") // 10:
            self.has_read.set()
            await self.may_write.wait()
        async with super().step() as session:
            yield session


async def exporting(shop: Shop, email: str) -> tuple[HeldRun, asyncio.Task[str]]:
    """An export that has read an event about the person and somebody else."""
    given = EventIn.model_validate({"type": "order.paid", "data": {"to": EMAIL, "cc": "bob@client.example"}})
    await events.publish(shop.admin, [given])
    async with db.begin(shop.admin.tenant_id) as session:
        await privacy.start_export(shop.admin, PersonIn(email=email))
        job = (await session.exec(select(Job).where(Job.kind == "privacy.export"))).one()
        lease = job.lease = new_id()
        job.due_at = utcnow() + timedelta(minutes=10)
        session.add(job)
    run = HeldRun(Held(job.tenant_id, job.id, lease), job)
    writing = asyncio.ensure_future(JOBS[job.kind](run))
    await run.has_read.wait()
    return run, writing


async def test_an_export_of_somebody_else(client: httpx.AsyncClient, shop: Shop) -> None:
    """It has read what it is about to write."""
    async with desk(client, shop.people.adam) as at:
        run, writing = await exporting(shop, "bob@client.example")
        erasure = await begin(at, shop)
        await erasure.is_waiting()
        run.may_write.set()
        await writing
        await erasure.ended()
    async with db.read(shop.admin.tenant_id) as session:
        request = (await session.exec(select(PrivacyRequest).where(PrivacyRequest.kind == "export"))).one()
        files = (await session.exec(select(PrivacyFile))).all()
    assert (request.status, files) == ("erased", [])
    assert await planting.left() == []


async def test_an_export_whose_person_was_erased_writes_no_more(shop: Shop) -> None:
    run, writing = await exporting(shop, EMAIL)
    async with db.begin(shop.admin.tenant_id) as session:
        await session.exec(update(PrivacyRequest).values(status="erased", person=b""))
        before = (await session.exec(select(PrivacyFile.id))).all()
    run.may_write.set()
    with pytest.raises(Ended):
        await writing
    async with db.read(shop.admin.tenant_id) as session:
        assert (await session.exec(select(PrivacyRequest.status))).all() == ["erased"]
        assert (await session.exec(select(PrivacyFile.id))).all() == before


async def test_a_delivery_of_a_process_that_stops(client: httpx.AsyncClient, shop: Shop) -> None:
    """It still writes down what the receiver answers: until then the erasure waits for it."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sender.running())
        await publish(shop)
        await shop.api.wait_for(1)
        async with erasing(client, shop) as erasure:
            await erasure.is_waiting()
            stopping = asyncio.create_task(stack.pop_all().aclose())
            # For as long as it would take another pass.
            await erasure.is_waiting()
            shop.api.released.set()
            await stopping
            await erasure.ended()
    assert ORDER not in await everything(shop)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_call_of_another_process(client: httpx.AsyncClient, shop: Shop) -> None:
    """And the delivery that it sends."""
    connector = await shop.connector(HELD)
    other = await asyncio.to_thread(calling_process.start, shop.actor, connector, {"to": EMAIL})
    await shop.api.wait_for(1)
    await publish(shop)
    await shop.api.wait_for(2)
    async with erasing(client, shop) as erasure:
        await erasure.is_waiting()
        shop.api.released.set()
        await asyncio.to_thread(other.wait)
        await erasure.ended()
    assert await planting.left() == []
    assert ORDER not in await everything(shop)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_process_that_was_killed_is_not_waited_for(client: httpx.AsyncClient, shop: Shop) -> None:
    connector = await shop.connector(HELD)
    other = await asyncio.to_thread(calling_process.start, shop.actor, connector, {"to": EMAIL})
    await shop.api.wait_for(1)
    other.process.kill()
    async with erasing(client, shop) as erasure:
        await erasure.is_waiting()
        async with db.system("a minute goes by", write=True) as session:
            await session.exec(update(HubProcess).values(seen_at=utcnow() - processes.ALIVE))
        await erasure.ended()
    assert await planting.left() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_process_that_was_held_up_keeps_nothing_of_what_came(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may have been taken for gone, and not waited for."""
    connector = await shop.connector(HELD)
    async with processes.running(), sender.running():
        await publish(shop)
        call = asyncio.create_task(shop.run(connector, params={"to": EMAIL}, key="once"))
        await shop.api.wait_for(2)
        # As if the process had been stopped for so long.
        monkeypatch.setattr(processes, "_SILENT_SECONDS", -1)
        shop.api.released.set()
        out = await call
        assert out.error is not None
        assert (out.data, out.error.kind) == (None, "internal")
        async with asyncio.timeout(60):
            while await _leased(shop):  # noqa: ASYNC110 - the dispatcher records it
                await asyncio.sleep(0.01)
    assert ORDER not in await everything(shop)
    assert EMAIL not in str(await shop.executions())


async def test_a_barrier_is_passed_once_all_has_ended_that_was_before(database: object) -> None:
    del database
    with underway.piece() as piece:
        first = await barrier.raised()
        assert not await first.passed()
        with underway.piece():
            piece.goes_on()
            assert await first.passed()
            second = await barrier.raised()
        assert await first.passed()
        assert not await second.passed()
    assert await second.passed()
