"""Metrics: what they tell, to whom, and that they tell nothing of tenants."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families as families
from starlette.responses import PlainTextResponse

from hub_app.kernel import audit_runs, db, figures, jobs, processes
from hub_app.kernel.jobs import Run
from hub_app.kernel.queue import Held
from hub_app.kernel.settings import Settings, get_settings
from hub_app.kernel.tables import Job
from hub_app.web import Web
from hub_app.webhooks.schemas import EndpointIn, TrialIn
from hub_app.webhooks.service import endpoints, testing
from tests import people as seeded
from tests.operation import failing
from tests.peers.receiver import Receiver
from tests.people import People
from tests.running import free_port

HERE = {"Host": "localhost:3000"}
pytestmark = pytest.mark.both_databases
Samples = Mapping[tuple[str, tuple[str, ...]], float]


async def read(client: httpx.AsyncClient, **headers: str) -> str:
    answer = await client.get("/metrics", headers={**HERE, **headers})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return answer.text


def samples(text: str) -> Samples:
    """Values by name, and the labels' values in the order of their names."""
    return {
        (one.name, tuple(value for _, value in sorted(one.labels.items()))): one.value
        for family in families(text)
        for one in family.samples
    }


async def test_queues_tenants_tasks_and_processes(client: httpx.AsyncClient, people: People) -> None:
    await failing.deliveries_of(people.adam, 3)
    await failing.job_of(people.mallory)
    await audit_runs.run("command")
    async with processes.running():
        found = samples(await read(client))
    assert found["hub_queue_failed_24h", ("deliveries",)] == 3
    assert found["hub_queue_failed_24h", ("jobs",)] == 1
    assert found["hub_queue_waiting", ("plan_runs",)] == 0
    assert found["hub_queue_oldest_seconds", ("deliveries",)] == 0
    assert found["hub_tenants", ("active", "professional")] == 2
    assert found["hub_processes", ("all",)] == 1
    assert found["hub_audit_intact", ()] == 1
    assert found["hub_database_up", ()] == 1
    assert ("hub_database_connections", ("idle",)) in found
    assert found["process_start_time_seconds", ()] > 0


async def test_requests_by_the_templates_of_routes(client: httpx.AsyncClient, people: People) -> None:
    name = "hub_http_request_duration_seconds_count"
    route = "/v1/integration/webhooks/{webhook_id}"
    before = samples(await read(client))
    adam = await seeded.headers(people.adam)
    endpoint = await endpoints.create_endpoint(
        people.adam.actor, EndpointIn(url="https://hooks.example.com/a")
    )
    for place in (
        f"/v1/integration/webhooks/{endpoint.id}",
        f"/v1/integration/webhooks/{people.adam.user_id}",
    ):
        await client.get(place, headers=adam)
    await client.request("MADEUP", "/v1/integration/nothing/of/Acme")
    text = await read(client)
    after = samples(text)

    def more(*labels: str) -> float:
        return after.get((name, labels), 0) - before.get((name, labels), 0)

    assert (more("GET", route, "2xx"), more("GET", route, "4xx")) == (1, 1)
    assert more("other", "none", "4xx") == 1
    for secret in ("MADEUP", "Acme", str(endpoint.id), str(people.adam.tenant_id), "example.com", "adam"):
        assert secret not in text


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
async def test_attempts_and_jobs_by_their_outcome(client: httpx.AsyncClient, people: People) -> None:
    before = samples(await read(client))
    async with Receiver() as receiver:
        endpoint = await endpoints.create_endpoint(people.adam.actor, EndpointIn(url=f"{receiver.url}/hook"))
        await testing.send_test(people.adam.actor, endpoint.id, TrialIn())
    await testing.send_test(people.adam.actor, endpoint.id, TrialIn())

    async def work(_: Run) -> str:
        return "done"

    async with db.begin(people.adam.tenant_id) as session:
        job = jobs.start(session, people.adam.actor, "webhooks.tried", title="t", href="", arguments={})
    async with db.system("a worker claims", write=True) as session:
        row = await session.get_one(Job, (people.adam.tenant_id, job.id))
        row.lease = row.id
        session.add(row)
    held = Held(people.adam.tenant_id, job.id, job.id)
    await jobs._run(held, "webhooks.tried", {"webhooks.tried": work})  # noqa: SLF001 - as a worker does
    after = samples(await read(client))
    for key in (
        ("hub_delivery_attempt_duration_seconds_count", ("succeeded",)),
        ("hub_delivery_attempt_duration_seconds_count", ("connect",)),
        ("hub_jobs_total", ("webhooks.tried", "succeeded")),
    ):
        assert after.get(key, 0) - before.get(key, 0) == 1, key


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "hub.example.com"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"X-Forwarded-Proto": "https"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "localhost.evil.example"},
    ],
    ids=str,
)
async def test_what_came_by_a_proxy_needs_the_operators_token(
    client: httpx.AsyncClient, people: People, headers: dict[str, str]
) -> None:
    refused = await client.get("/metrics", headers={**HERE, **headers})
    assert refused.status_code == 401, refused.text
    alice = await seeded.headers(people.alice)
    assert (await client.get("/metrics", headers={**HERE, **headers, **alice})).status_code == 200


@pytest.fixture
async def behind_a_proxy(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, database: Settings
) -> None:
    del database
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()


@pytest.mark.parametrize(
    "behind_a_proxy",
    [
        {"PUBLIC_URL": "https://hub.example.com"},
        {"PUBLIC_URL": "https://localhost.example.com"},
        {"TRUSTED_PROXIES": "127.0.0.1/32"},
        {"PUBLIC_URL": "http://localhost:3000", "TRUSTED_PROXIES": "10.0.0.0/8"},
    ],
    ids=str,
    indirect=True,
)
@pytest.mark.usefixtures("behind_a_proxy")
async def test_behind_a_proxy_that_may_say_nothing_everybody_needs_the_token(
    client: httpx.AsyncClient, people: People
) -> None:
    assert (await client.get("/metrics", headers=HERE)).status_code == 401
    alice = await seeded.headers(people.alice)
    assert (await client.get("/metrics", headers={**HERE, **alice})).status_code == 200


@pytest.mark.parametrize(
    "behind_a_proxy",
    [{"PUBLIC_URL": "http://localhost:3000"}, {"PUBLIC_URL": "http://127.0.0.1:3000"}],
    ids=str,
    indirect=True,
)
@pytest.mark.usefixtures("behind_a_proxy", "people")
async def test_an_address_of_this_machine_is_no_proxys(client: httpx.AsyncClient) -> None:
    assert (await client.get("/metrics", headers=HERE)).status_code == 200


async def test_no_other_token_and_no_cookie_will_do(client: httpx.AsyncClient, people: People) -> None:
    for person, scopes in ((people.adam, []), (people.mallory, []), (people.alice, ["read:*", "write:*"])):
        theirs = await seeded.headers(person, *scopes)
        assert (await client.get("/metrics", headers=theirs)).status_code == 403
    cookie = {"Cookie": f"hub_session={await seeded.cookie(people.alice)}"}
    refused = await client.get("/metrics", headers=cookie)
    assert refused.json()["detail"] == "The operator's API token is required"
    assert (
        await client.get("/metrics", headers={**HERE, "Authorization": "Bearer nothing"})
    ).status_code == 401


async def test_another_machine_needs_the_token_whatever_host_it_names(
    rest: FastAPI, database: Settings
) -> None:
    del database
    transport = httpx.ASGITransport(
        Web(rest=rest, screens=PlainTextResponse("a screen")), client=("192.0.2.7", 4711)
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        assert (await client.get("/metrics")).status_code == 401


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_database_that_does_not_answer_is_a_figure_too(
    client: httpx.AsyncClient, people: People
) -> None:
    assert people
    async with db.current().engine.connect() as connection:
        await connection.exec_driver_sql("drop table hub_process")
        await connection.commit()
    found = samples(await read(client))
    assert found["hub_database_up", ()] == 0
    assert ("process_start_time_seconds", ()) in found


async def test_a_worker_shows_its_own_on_this_machine(database: Settings) -> None:
    del database
    figures.job("webhooks.of_a_worker", "succeeded")
    port = free_port()
    figures.serve_on(port)

    def ask(path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers, trust_env=False)

    found = await asyncio.to_thread(ask, "/metrics")
    assert samples(found.text)["hub_jobs_total", ("webhooks.of_a_worker", "succeeded")] >= 1
    for headers in ({"X-Forwarded-For": "192.0.2.7"}, {"Host": "hub.example.com"}):
        assert (await asyncio.to_thread(ask, "/metrics", **headers)).status_code == 403
    assert (await asyncio.to_thread(ask, "/")).status_code == 404
