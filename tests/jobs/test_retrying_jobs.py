"""Failed jobs are retried, and running ones cancelled, by those who could start them."""

from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select

from hub_app.kernel import db, jobs
from hub_app.kernel.tables import AuditEntry, Job
from tests import people as seeded
from tests.operation import failing
from tests.people import People, Person

JOBS = "/v1/integration/jobs"
pytestmark = pytest.mark.both_databases


async def post(
    client: httpx.AsyncClient, person: Person, job: UUID, what: str, *scopes: str
) -> httpx.Response:
    return await client.post(f"{JOBS}/{job}/{what}", headers=await seeded.headers(person, *scopes))


async def test_an_engineer_retries_a_failed_job_and_the_log_says_so(
    client: httpx.AsyncClient, people: People
) -> None:
    job = await failing.job_of(people.adam)
    again = await post(client, people.erin, job, "retry")
    assert again.status_code == 200, again.text
    assert (again.json()["status"], again.json()["result"]) == ("waiting", "")
    async with db.read(people.erin.tenant_id) as session:
        newest = select(AuditEntry).order_by(col(AuditEntry.sequence).desc()).limit(1)
        entry = (await session.exec(newest)).one()
    assert (entry.action, entry.target_id, entry.actor_id) == ("job.retried", str(job), people.erin.user_id)
    twice = await post(client, people.erin, job, "retry")
    assert (twice.status_code, twice.json()["detail"]) == (409, "Only a job that has failed can be retried.")


async def test_others_retry_nothing(client: httpx.AsyncClient, people: People) -> None:
    job = await failing.job_of(people.adam)
    assert (await post(client, people.mallory, job, "retry")).status_code == 404
    for person, scopes in (
        (people.vera, ()),
        (people.erin, ("read:*",)),
        (people.erin, ("write:connectors", "read:*")),
    ):
        assert (await post(client, person, job, "retry", *scopes)).status_code == 403
    async with db.read(people.adam.tenant_id) as session:
        assert (await session.get_one(Job, (people.adam.tenant_id, job))).status == "failed"


async def test_a_job_takes_the_role_that_could_start_it(client: httpx.AsyncClient, people: People) -> None:
    """Erasing somebody is for customer admins: so is having it tried again, and stopping it."""
    erasing = await failing.job_of(people.adam, kind="privacy.erase")
    assert {"privacy.erase", "webhooks.recover", "connectors.resume_runs"} <= jobs.kinds().keys()
    for what in ("retry", "cancel"):
        refused = await post(client, people.erin, erasing, what)
        assert (refused.status_code, refused.json()["detail"]) == (403, "Customer admin role required")
    assert (await post(client, people.adam, erasing, "retry")).status_code == 200
    assert (await post(client, people.adam, erasing, "cancel")).json()["status"] == "cancelled"
