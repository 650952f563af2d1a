"""Requests about people's data that came to nothing, or are no longer wanted: why, once more, and gone."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from hub_app.governance.tables import PrivacyFile, PrivacyRequest
from hub_app.identity.tables import User
from hub_app.kernel import db, jobs, retention
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import AuditEntry, Job
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import events
from tests import people as seeded
from tests.governance.test_privacy import PRIVACY, Desk, desk
from tests.people import People

EMAIL = "jane.roe@client.example"
JOBS = "/v1/integration/jobs"
pytestmark = pytest.mark.both_databases


async def mention(people: People) -> None:
    await events.publish(people.adam.actor, [EventIn(type="order.paid", data={"to": EMAIL})])


async def is_called(people: People, email: str) -> None:
    """Erin's address becomes another one."""
    async with db.system("an address changes", write=True) as session:
        await session.exec(update(User).where(col(User.id) == people.erin.user_id).values(email=email))


async def refused(at: Desk, people: People) -> dict[str, object]:
    """An erasure whose job is refused: the person is a member by then."""
    preview = await at.ask("preview", email=EMAIL)
    await is_called(people, EMAIL)
    failed = await at.ask("erase", preview_id=preview["id"], email=EMAIL)
    assert (failed["status"], failed["can_repeat"]) == ("failed", True)
    assert "is now a member" in failed["error"]
    return failed


async def test_what_was_refused_is_retried_where_it_stopped(
    client: httpx.AsyncClient, people: People
) -> None:
    await mention(people)
    headers = await seeded.headers(people.adam)
    async with desk(client, people.adam) as adam:
        failed = await refused(adam, people)
        await is_called(people, people.erin.email)
        again = await client.post(f"{JOBS}/{failed['job_id']}/retry", headers=headers)
        assert again.status_code == 200, again.text
        done = await adam.ended(str(failed["id"]))
    assert (done["status"], done["error"], [one["rows"] for one in done["counts"]]) == ("done", "", [1])
    async with db.read(people.adam.tenant_id) as session:
        assert (await session.exec(select(PrivacyRequest.person))).all() == [b""]


async def test_what_was_refused_is_asked_for_again_as_whom_it_is_by_now(
    client: httpx.AsyncClient, people: People
) -> None:
    async with desk(client, people.adam) as adam:
        failed = await refused(adam, people)
        anew = await adam.ask(f"requests/{failed['id']}/again")
        assert (anew["kind"], anew["status"], anew["of_member"]) == ("preview", "ready", True)
        done = await adam.ask("export", user_id=str(people.erin.user_id))
        assert (done["can_repeat"], done["error"]) == (False, "")


async def test_the_person_of_what_failed_is_kept_until_it_expires(
    client: httpx.AsyncClient, people: People
) -> None:
    async with desk(client, people.adam) as adam:
        failed = await refused(adam, people)
    async with db.system("time passes", write=True) as session:
        await session.exec(update(PrivacyRequest).values(expires_at=utcnow() - timedelta(seconds=1)))
    await retention.every_task()[0].run()
    headers = await seeded.headers(people.adam)
    gone = await client.get(f"{PRIVACY}/requests/{failed['id']}", headers=headers)
    assert gone.status_code == 404


async def test_a_job_that_stopped_on_an_error_of_hub_says_so(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.adam)
    started = (await client.post(f"{PRIVACY}/export", json={"email": EMAIL}, headers=headers)).json()
    async with db.begin(people.adam.tenant_id) as session:
        job = await session.get_one(Job, (people.adam.tenant_id, UUID(started["job_id"])))
        job.finish("failed")
        job.result = "It stopped because of an internal error."
        session.add(job)
    found = (await client.get(f"{PRIVACY}/requests/{started['id']}", headers=headers)).json()
    assert (found["status"], found["error"], found["can_repeat"]) == (
        "failed",
        "It stopped because of an internal error.",
        True,
    )
    assert found["asked_by_name"] == people.adam.name
    again = (await client.post(f"{PRIVACY}/requests/{started['id']}/again", headers=headers)).json()
    assert (again["kind"], again["status"]) == ("export", "running")


async def test_a_request_is_deleted_with_its_file_and_an_erasure_stays(
    client: httpx.AsyncClient, people: People
) -> None:
    await mention(people)
    headers, place = await seeded.headers(people.adam), f"{PRIVACY}/requests"
    async with desk(client, people.adam) as adam:
        exported = await adam.ask("export", email=EMAIL)
        searched = await adam.ask("preview", email=EMAIL)
        erased = await adam.erase("bob@client.example", email="bob@client.example")
    running = (await client.post(f"{PRIVACY}/export", json={"email": EMAIL}, headers=headers)).json()
    for who, id_, status in (
        (people.mallory, exported["id"], 404),
        (people.erin, exported["id"], 403),
        (people.adam, running["id"], 409),
        (people.adam, erased["id"], 409),
        (people.adam, exported["id"], 204),
        (people.adam, searched["id"], 204),
        (people.adam, searched["id"], 404),
    ):
        answer = await client.delete(f"{place}/{id_}", headers=await seeded.headers(who))
        assert answer.status_code == status, answer.text
    async with db.read(people.adam.tenant_id) as session:
        assert (await session.exec(select(PrivacyFile.id))).all() == []
        acts = select(AuditEntry.target_id).where(AuditEntry.action == "privacy.request_deleted")
        assert set((await session.exec(acts)).all()) == {exported["id"], searched["id"]}
        left = {str(one) for one in (await session.exec(select(PrivacyRequest.id))).all()}
    assert left == {erased["id"], running["id"]}
    assert jobs.kinds()["privacy.erase"].label == "Erase a person's data"
