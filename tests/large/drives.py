"""Hub in use: one list of drives. A capability adds what its people and programs do; lists of REST and periodic tasks are
found by being there.
"""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import update
from sqlmodel import col

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import connectors, runs
from hub_app.governance.schemas.privacy import EraseIn, PersonIn, PrivacyRequestOut
from hub_app.governance.service import (
    audit_log,
    consent_log,
    consent_renewal,
    privacy,
    privacy_requests,
    verifications,
)
from hub_app.identity.schemas.operator import DeleteTenantIn
from hub_app.identity.service import report, sessions, suspending, usage
from hub_app.identity.tables import Tenant
from hub_app.jobs import service as jobs_service
from hub_app.kernel import capabilities, db, jobs, retention, search
from hub_app.kernel.clock import utcnow
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.queue import Held, Queue
from hub_app.operation.schemas import FailureFilter, QueueFilter
from hub_app.operation.service import health, queues
from hub_app.plans.service import outcomes as plan_outcomes
from hub_app.plans.service import plans
from hub_app.plans.service import runs as plan_runs
from hub_app.plans.service import triggers as plan_triggers
from hub_app.plans.tables import Plan
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.schemas import DeliveryFilter, EndpointIn, EndpointPatch, EventIn, TrialIn
from hub_app.webhooks.service import deliveries, endpoints, events, recovery, stats, testing
from tests import people as seeded
from tests.large import syncing
from tests.large.studio import Studio
from tests.peers.receiver import Answer, Receiver
from tests.plans.plan_factory import Office

_NO_ID = "01890000-0000-7000-8000-000000000000"
# What a filter is given: often many rows, or none. Its name, then its format.
_GIVEN: dict[str, list[str]] = {
    "ticket_id": ["19999", "none"],
    "text": ["Session 19", "none"],
    "action": ["list", "nothing"],
    "kind": ["create", "nothing"],
    "level": ["warning", "nothing"],
    "resource": ["clients", "nothing"],
    "resource_id": ["nothing"],
    "name": ["7", "nothing"],
    "route": ["/v1/a", "/v1/nothing"],
    "target_id": ["nothing"],
    "type": ["task.created", "nothing.such"],
    "uuid": [_NO_ID],
}


@dataclass
class House:
    """Acme at work: Adam, who administers it, and Erin; two endpoints, a connector and a plan of it."""

    office: Office
    receiver: Receiver
    client: httpx.AsyncClient
    rest: FastAPI
    endpoints: list[UUID]
    plan: UUID
    studio: Studio

    def __post_init__(self) -> None:
        self.adam = self.office.people.adam.actor
        self.erin = self.office.people.erin.actor


async def publishing(house: House) -> None:
    """One, many at once, and with keys, new and used."""
    one = [EventIn(type="task.created", data={"n": 1})]
    await asyncio.gather(*(events.publish(house.adam, one) for _ in range(20)))
    await events.publish(house.adam, [EventIn(type="order.paid", data=n) for n in range(100)])
    keyed = [EventIn(type="task.created", data=n, idempotency_key=f"key-{n}") for n in range(20)]
    for _ in range(2):
        await events.publish(house.adam, keyed)


async def delivering(house: House) -> None:
    """What was published arrives, fails, is tried again, waits for an endpoint that is off, and is sent anew."""
    house.receiver.answers["/one"] = [Answer(500), Answer(503), Answer()]
    await endpoints.update_endpoint(house.adam, house.endpoints[1], EndpointPatch(enabled=False))
    await publishing(house)
    await _until_sent(house, house.endpoints[0])
    await endpoints.update_endpoint(house.adam, house.endpoints[1], EndpointPatch(enabled=True))
    await _until_sent(house, house.endpoints[1])
    done = await deliveries.list_deliveries(
        house.adam, house.endpoints[0], DeliveryFilter(status="succeeded"), PageRequest(1)
    )
    await deliveries.get_delivery(house.erin, done.items[0].id)
    await deliveries.resend(house.erin, done.items[0].id)
    await testing.send_test(house.erin, house.endpoints[0], TrialIn())
    await _until_sent(house, house.endpoints[0])


async def _until_sent(house: House, endpoint: UUID) -> None:
    """Until nothing new is on its way: the rows that fill the database are due tomorrow."""
    async with asyncio.timeout(120):
        for status in ("pending", "delivering"):
            chosen = DeliveryFilter.model_validate(
                {"status": status, "since": utcnow() - timedelta(minutes=30)}
            )
            while (await deliveries.list_deliveries(house.adam, endpoint, chosen, PageRequest(1))).items:  # noqa: ASYNC110 - the database changes
                await asyncio.sleep(0.1)


async def leasing(house: House) -> None:
    """What a process holds is kept, and given back when it stops."""
    await events.publish(house.adam, [EventIn(type="task.created", data=n) for n in range(100)])
    queue = Queue(QUEUE.table, QUEUE.partition, QUEUE.columns)
    async with db.system("a process claims, and stops", write=True) as session:
        rows = await queue.claim(session, utcnow(), 50, per_partition=50)
        held = [
            Held(cast("UUID", r["tenant_id"]), cast("UUID", r["id"]), cast("UUID", r["lease"])) for r in rows
        ]
        await queue.extend(session, held, utcnow())
        await queue.release(session, held, utcnow())
    await _until_sent(house, house.endpoints[0])


async def recovering(house: House) -> None:
    since = utcnow() - timedelta(hours=3)
    for failed_only in (True, False):
        await recovery.count(house.erin, house.endpoints[0], since, failed_only=failed_only)
    job = await recovery.recover(house.erin, house.endpoints[0], since, failed_only=False)
    async with asyncio.timeout(120):
        while (await jobs_service.get_job(house.erin, job.id)).status == "pending":  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.1)
    await jobs_service.current_jobs(house.erin)


async def counting(house: House) -> None:
    """What screens count."""
    await stats.fares(house.erin, house.endpoints)
    await stats.last_deliveries(house.erin, house.endpoints)
    await stats.count_deliveries(house.erin, house.endpoints[0])
    await connectors.count_losses(house.erin, house.office.connector)
    await plans.count_runs(house.erin, house.plan)
    await plan_outcomes.last_runs(house.erin, [house.plan])
    for span in report.Span:
        await report.summarize(house.adam, span)
        await report.summarize(house.erin, span)
    await health.status(house.erin)
    await audit_log.choices(house.erin)
    await consent_log.people(house.erin)
    await consent_renewal.outdated(house.adam)
    for capability in capabilities.every():
        for check in capability.health.values():
            await check()
    await search.search(house.erin, "something")
    alice = house.office.people.alice.actor
    for queue in await queues.list_queues(alice, QueueFilter()):
        for chosen in (FailureFilter(), FailureFilter(tenant_id=alice.tenant_id)):
            found = await queues.list_failures(alice, queue.name, chosen, PageRequest())
            await queues.list_failures(alice, queue.name, chosen, PageRequest(cursor=found.next_cursor))


async def calling(house: House) -> None:
    """An action, with a key, and from the cache; a plan, started, cancelled and resumed."""
    given = RunIn(params={})
    for key in ("a-key", "a-key", None, None):
        await runs.run_action(house.erin, house.office.connector, "list_items", given, key=key)
    async with asyncio.timeout(120):
        plan = await plans.get_plan(house.erin, house.plan)
        run = await house.office.start(plan)
        await house.office.ended(run)
        await plan_outcomes.step_output(house.erin, run, "list_items")
        house.receiver.answers["/items"] = [Answer(500)]
        await house.office.ended(failed := await house.office.start(plan))
        await plan_runs.resume_run(house.erin, failed)
        await house.office.ended(failed)
    async with db.begin(house.erin.tenant_id) as session:  # Its time has come.
        await session.exec(update(Plan).where(col(Plan.id) == house.plan).values(next_run_at=utcnow()))
    await plan_triggers.start_due()


async def erasing(house: House) -> None:
    """Somebody who is in one event, and what hangs together with it."""
    person = PersonIn(email="jane@client.example", words=["Jane Roe"])
    await events.publish(house.adam, [EventIn(type="task.created", data={"to": person.email})])
    await _until_ended(house, await privacy.start_export(house.adam, person))
    found = await _until_ended(house, await privacy.start_preview(house.adam, person))
    given = EraseIn(preview_id=found.id, email="jane@client.example")
    await _until_ended(house, await privacy.erase(house.adam, given))


async def _until_ended(house: House, request: PrivacyRequestOut) -> PrivacyRequestOut:
    async with asyncio.timeout(300):
        while (found := await privacy_requests.get_request(house.adam, request.id)).status == "running":  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.1)
    return found


async def signing_in(house: House) -> None:
    alice = house.office.people.alice
    cookie = await seeded.cookie(alice)
    await house.client.get("/auth/me", headers={"Cookie": f"hub_session={cookie}"})
    await sessions.list_sessions(alice.actor)
    await sessions.sign_out_everywhere(alice.actor)
    await usage.flush()


async def reading(house: House) -> None:
    """Every list of REST with every choice of filters, on its first and second page and back again; those of one connector,
    plan or endpoint for one that has nearly all there is, and for one that has nothing yet.
    """
    adam, erin = house.office.people.adam, house.office.people.erin
    # Of some lists a token sees a part, of which there may be nothing.
    headers = [
        await seeded.headers(adam),
        await seeded.headers(erin),
        await seeded.headers(erin, "read:members"),
    ]
    operator = [await seeded.headers(house.office.people.alice)]
    busy = _named(house.office.connector, house.plan, house.endpoints[0])
    of_crm = {"integration_id": str(house.studio.connection), "job_id": str(house.studio.job)}
    idle = _named(*await _new(house))
    for path, parameters in _lists(house.rest):
        for known in (busy, idle) if "{" in path and "/crm/" not in path else (busy,):
            # The customer's word for an endpoint.
            others = {"integration_id": known["webhook_id"]} if path.startswith("/customer") else {}
            others = of_crm if path.startswith("/api/crm") else others
            for chosen in _choices(parameters):
                # Erin sees less than Adam where a list is of one's own.
                alike = "webhook" in path or "execution" in path or "crm" in path
                for one in operator if "/operator/" in path else headers[:1] if alike else headers:
                    await _leaf(house.client, path.format(**known | others), chosen, one)
    await usage.flush()


def _named(connector: UUID, plan: UUID, endpoint: UUID) -> dict[str, str]:
    """Rows by the names that addresses have for them."""
    return {
        "integration_id": str(connector),
        "plan_id": str(plan),
        "webhook_id": str(endpoint),
        "queue": "deliveries",
    }


async def _new(house: House) -> tuple[UUID, UUID, UUID]:
    """A connector, a plan and an endpoint of which nothing is known yet."""
    given = ConnectorIn.model_validate({"name": "idle", "oauth_config": {"base_url": house.receiver.url}})
    connector = await connectors.create_connector(house.adam, given)
    plan = await house.office.plan()
    endpoint = await endpoints.create_endpoint(house.adam, EndpointIn(url=f"{house.receiver.url}/idle"))
    return connector.id, plan.id, endpoint.id


# Their many filters are tried where there are many of them (test_records.py); tickets are read from outside.
_ELSEWHERE = ("/api/crm/records", "/api/v1/integrations/psa/tickets")


def _lists(rest: FastAPI) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for path, methods in rest.openapi()["paths"].items():
        if path.startswith(_ELSEWHERE):
            continue
        parameters = methods.get("get", {}).get("parameters", [])
        if any(one["name"] == "cursor" for one in parameters):
            queries = [one for one in parameters if one["in"] == "query"]
            yield path, [one for one in queries if one["name"] not in ("cursor", "limit")]


def _choices(parameters: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """Every subset of the filters, each with every value that may make a difference; times with all of them, and alone."""
    times = {one["name"]: _values(one)[0] for one in parameters if one["name"] in ("since", "until")}
    others = {one["name"]: [None, *_values(one)] for one in parameters if one["name"] not in times}
    chosen: dict[str, str] = {}
    for values in itertools.product(*others.values()):
        chosen = {name: value for name, value in zip(others, values, strict=True) if value is not None}
        yield chosen
    for name, value in times.items():
        yield {name: value}
        yield {**chosen, name: value}


def _values(parameter: dict[str, Any]) -> list[str]:
    schema = parameter["schema"]
    schema = next((one for one in schema.get("anyOf", [schema]) if one["type"] != "null"), schema)
    if schema.get("format") == "date-time":
        # Since then nothing has come; before then nothing had. Both lie within what fills the database.
        days = -1 if parameter["name"] == "since" else 100
        return [(utcnow() - timedelta(days=days)).isoformat()]
    if schema["type"] == "boolean":
        return ["true"]
    return cast("list[str]", schema.get("enum") or _GIVEN[schema.get("format", parameter["name"])])


async def _leaf(
    client: httpx.AsyncClient, path: str, chosen: dict[str, str], headers: dict[str, str]
) -> None:
    """The first page, the one behind it, and from there back."""

    async def page(**more: str) -> str | None:
        answer = await client.get(path, params={**chosen, **more}, headers=headers)
        if answer.status_code == int(httpx.codes.FORBIDDEN):
            return None
        assert answer.status_code == httpx.codes.OK, f"{path} {chosen}: {answer.text}"
        return cast("str | None", answer.json()["next_cursor"])

    after = await page()
    if after is not None:
        await page(cursor=after)
        direction, *key = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        assert direction == "n"
        await page(cursor=base64.urlsafe_b64encode(orjson.dumps(["p", *key])).decode().rstrip("="))


async def deleting(house: House) -> None:
    await endpoints.delete_endpoint(house.adam, house.endpoints[1])
    mallet = house.office.people.mallory.tenant_id
    await suspending.delete_tenant(house.office.people.alice.actor, mallet, DeleteTenantIn(name="Mallet"))
    async with db.system("its days are over", write=True) as session:
        await session.exec(update(Tenant).where(col(Tenant.id) == mallet).values(delete_at=utcnow()))


async def tidying(_: House) -> None:
    """Every periodic task and rule of retention, twice: with something to do, and with nothing. But for what reads all
    there is, which it is for.
    """
    for capability in capabilities.every():
        for _twice in range(2):
            await retention.apply(capability.retention)
            for task in capability.periodic:
                if task.name != verifications.TASK:
                    await task.run()


async def at_work() -> AsyncIterator[None]:
    """What a serving process does in the background, without its scheduler."""
    async with AsyncExitStack() as stack:
        for capability in capabilities.every():
            for work in (capability.running, capability.working):
                if work is not None:
                    await stack.enter_async_context(work())
        await stack.enter_async_context(jobs.running(jobs.works()))
        yield


DRIVES: list[Callable[[House], Awaitable[None]]] = [
    delivering, leasing, recovering, calling, *syncing.DRIVES, erasing, signing_in, counting, reading, deleting, tidying,
]  # fmt: skip
