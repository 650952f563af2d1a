"""Operators always have an active tenant to be in: whatever would take the last one is refused with a sentence."""

import asyncio
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from sqlmodel import select

from hub_app.governance.privacy.work import JOBS
from hub_app.governance.schemas.privacy import EraseIn, PersonIn
from hub_app.governance.service import privacy, privacy_requests
from hub_app.identity.schemas import RoleIn
from hub_app.identity.service import erasure, members, suspending
from hub_app.identity.tables import Membership
from hub_app.kernel import db, jobs
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Conflict
from tests import people as seeded
from tests.people import PASSWORD, People, Person

pytestmark = pytest.mark.both_databases
ORIGIN = {"Origin": "http://hub.test", "Accept": "application/json"}
SENTENCE = (
    "Alice Moreau operates this installation, and would be left without an active tenant to sign in to. Make them a member"
    " of another tenant first."
)


@pytest.fixture
async def owner(people: People) -> Person:
    """Adam, who owns Acme beside Alice."""
    await members.change_role(people.alice.actor, people.adam.user_id, RoleIn(role=Role.OWNER))
    return replace(people.adam, role=Role.OWNER)


async def tenants_of(person: Person) -> set[UUID]:
    async with db.system("a test looks") as session:
        mine = select(Membership.tenant_id).where(Membership.user_id == person.user_id)
        return set((await session.exec(mine)).all())


async def test_they_are_not_removed_from_the_last_one(
    client: httpx.AsyncClient, people: People, owner: Person
) -> None:
    headers, url = await seeded.headers(owner), f"/v1/integration/members/{people.alice.user_id}"
    refused = await client.delete(url, headers=headers)
    assert (refused.status_code, refused.json()["detail"]) == (409, SENTENCE)
    await seeded.join(people.alice, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    await suspending.suspend(people.alice.actor, people.mallory.tenant_id)
    refused = await client.delete(url, headers=headers)
    assert (refused.status_code, refused.json()["detail"]) == (409, SENTENCE)
    await suspending.resume(people.alice.actor, people.mallory.tenant_id)
    assert (await client.delete(url, headers=headers)).status_code == 204
    assert await tenants_of(people.alice) == {people.mallory.tenant_id}
    given = {"email": people.alice.email, "password": PASSWORD}
    assert (await client.post("/auth/login", json=given, headers=ORIGIN)).status_code == 200
    assert (await client.get("/v1/integration/operator/tenants")).status_code == 200


async def test_they_are_not_erased_from_the_last_one(people: People, owner: Person) -> None:
    preview = await privacy.find(owner.actor, PersonIn(user_id=people.alice.user_id))
    async with jobs.running(JOBS), asyncio.timeout(60):
        while (await privacy_requests.get_request(owner.actor, preview.id)).status == "running":  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.02)
    with pytest.raises(Conflict, match="without an active tenant"):
        await privacy.erase(owner.actor, EraseIn(preview_id=preview.id, email=people.alice.email))
    with pytest.raises(Conflict, match="without an active tenant"):
        await erasure.erase(people.alice.tenant_id, people.alice.user_id)
    assert await tenants_of(people.alice) == {people.alice.tenant_id}


async def test_of_two_who_take_the_last_ones_at_once_one_is_refused(people: People, owner: Person) -> None:
    await seeded.join(people.alice, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    results = await asyncio.gather(
        members.remove_member(owner.actor, people.alice.user_id),
        members.remove_member(people.mallory.actor, people.alice.user_id),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Conflict) for one in results) == 1, results
    assert len(await tenants_of(people.alice)) == 1


async def test_nor_when_the_other_one_is_suspended_meanwhile(people: People, owner: Person) -> None:
    await seeded.join(people.alice, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    results = await asyncio.gather(
        members.remove_member(owner.actor, people.alice.user_id),
        suspending.suspend(people.alice.actor, people.mallory.tenant_id),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Conflict) for one in results) == 1, results
