"""Resending what failed, or everything, since a time: over REST, as a job."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select

from hub_app.jobs import service as jobs_service
from hub_app.kernel import db, jobs
from hub_app.kernel.clock import utcnow
from hub_app.webhooks.service import recovery
from hub_app.webhooks.tables import WebhookDelivery
from tests import people as seeded
from tests.operation import failing
from tests.peers.receiver import Answer, Receiver
from tests.people import People
from tests.webhooks.conftest import Acme

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


@pytest.mark.both_databases
@pytest.mark.usefixtures("dispatcher")
async def test_what_failed_arrives_once_the_receiver_is_well(
    acme: Acme, people: People, receiver: Receiver, client: httpx.AsyncClient
) -> None:
    """Twenty fail, five succeed; recovering sends the twenty again, replaying all."""
    receiver.answers["/hook"] = [Answer(500)] * 20 + [Answer()]
    endpoint_id = await acme.endpoint(retry_policy="NONE")
    await acme.publish(20)
    await acme.settled(endpoint_id, 20)
    await acme.publish(5)
    await acme.settled(endpoint_id, 25)
    since = utcnow() - timedelta(hours=1)
    assert await recovery.count(acme.actor, endpoint_id, since, failed_only=True) == 20
    headers = await seeded.headers(people.erin)
    url = f"/v1/integration/webhooks/{endpoint_id}"
    async with jobs.running(jobs.works()):
        answer = await client.post(f"{url}/recover", json={"since": since.isoformat()}, headers=headers)
        assert answer.status_code == 202
        assert (answer.json()["title"], answer.json()["total"]) == (
            "Resend failed deliveries of 127-0-0-1-" + str(receiver.port),
            20,
        )
        await receiver.wait_for(45)
        found = await acme.settled(endpoint_id, 25)
        assert {one.status for one in found} == {"succeeded"}
        assert [one.attempts for one in found] == [2] * 20 + [1] * 5
        assert {a.trigger for a in found[0].attempts_made} == {"schedule", "replay"}
        answer = await client.post(f"{url}/replay", json={"since": since.isoformat()}, headers=headers)
        assert answer.json()["total"] == 25
        await receiver.wait_for(70)
        await acme.settled(endpoint_id, 25)
    job = (await client.get(f"/v1/integration/jobs/{answer.json()['id']}", headers=headers)).json()
    assert (job["status"], job["done"], job["result"]) == (
        "succeeded",
        25,
        "25 deliveries are being sent again.",
    )
    listed = (await client.get("/v1/integration/jobs", headers=headers)).json()["items"]
    assert [one["id"] for one in listed] == [job["id"], listed[1]["id"]]


async def test_who_may_recover(acme: Acme, people: People, client: httpx.AsyncClient) -> None:
    endpoint_id = await acme.endpoint()
    url = f"/v1/integration/webhooks/{endpoint_id}/recover"
    body = {"since": utcnow().isoformat()}
    assert (await client.post(url, json=body, headers=await seeded.headers(people.vera))).status_code == 403
    assert (
        await client.post(url, json=body, headers=await seeded.headers(people.mallory))
    ).status_code == 404
    bad = await client.post(url, json={"since": "yesterday"}, headers=await seeded.headers(people.erin))
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["field"] == "since"
    assert await jobs_service.current_jobs(acme.actor) == []


@pytest.mark.parametrize(
    ("enabled", "why"),
    [
        (False, "This endpoint is off. Turn it on, then resend."),
        (True, "There are no deliveries to resend in this period."),
    ],
)
async def test_what_cannot_be_recovered(
    acme: Acme, people: People, client: httpx.AsyncClient, *, enabled: bool, why: str
) -> None:
    endpoint_id = await acme.endpoint(enabled=enabled)
    answer = await client.post(
        f"/v1/integration/webhooks/{endpoint_id}/recover",
        json={"since": utcnow().isoformat()},
        headers=await seeded.headers(people.erin),
    )
    assert (answer.status_code, answer.json()["detail"]) == (409, why)


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["recover", "replay"])
async def test_of_requests_at_once_one_starts_a_job(
    acme: Acme, people: People, client: httpx.AsyncClient, path: str
) -> None:
    """And none while it waits or runs. Another endpoint's is another one; stopped, the next may start."""
    ids = await failing.deliveries_of(people.adam, 3)
    async with db.read(acme.actor.tenant_id) as session:
        of = select(WebhookDelivery.endpoint_id).where(col(WebhookDelivery.id).in_(ids)).distinct()
        endpoint_id = (await session.exec(of)).one()
    headers = await seeded.headers(people.erin)
    body = {"since": (utcnow() - timedelta(hours=1)).isoformat()}

    async def start(to: str = path) -> httpx.Response:
        url = f"/v1/integration/webhooks/{endpoint_id}/{to}"
        return await client.post(url, json=body, headers=headers)

    answers = await asyncio.gather(*(start() for _ in range(6)))
    assert sorted(one.status_code for one in answers) == [202, *[409] * 5]
    refused = next(one for one in answers if one.status_code == 409)
    assert "being resent already" in refused.json()["detail"]
    assert (await start("replay" if path == "recover" else "recover")).status_code == 409
    (started,) = (one.json()["id"] for one in answers if one.status_code == 202)
    (other,) = await failing.deliveries_of(people.adam, 1)
    async with db.read(acme.actor.tenant_id) as session:
        of = select(WebhookDelivery.endpoint_id).where(WebhookDelivery.id == other)
        former, endpoint_id = endpoint_id, (await session.exec(of)).one()
    assert (await start()).status_code == 202
    endpoint_id = former
    assert (await client.post(f"/v1/integration/jobs/{started}/cancel", headers=headers)).is_success
    assert (await start()).status_code == 202
