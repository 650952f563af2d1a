"""Members, invitations, the tenant, health."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlmodel import select

from hub_app.identity.capability import CAPABILITY
from hub_app.identity.schemas import RoleIn
from hub_app.identity.service import members
from hub_app.identity.tables import ApiToken, ApiUsage, Invitation, LoginSession
from hub_app.kernel import db, retention
from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from tests import people as seeded
from tests.people import PASSWORD, People

MEMBERS = "/v1/integration/members"
INVITATIONS = "/v1/integration/invitations"
ORIGIN = {"Origin": "http://hub.test", "Accept": "application/json"}


async def invite(client: httpx.AsyncClient, people: People, email: str, role: str = "engineer") -> str:
    """The secret of a new invitation's link."""
    answer = await client.post(
        INVITATIONS, json={"email": email, "role": role}, headers=await seeded.headers(people.alice)
    )
    assert answer.status_code == 201, answer.text
    link = answer.json()["link"]
    assert link.startswith("http://localhost:3000/invite/")
    return link.rpartition("/")[2]


async def accept(client: httpx.AsyncClient, token: str, **given: str) -> httpx.Response:
    return await client.post("/auth/invitations/accept", json={"token": token, **given}, headers=ORIGIN)


async def test_everyone_reads_the_members_and_nobody_elses(client: httpx.AsyncClient, people: People) -> None:
    listed = (await client.get(MEMBERS, headers=await seeded.headers(people.vera))).json()["items"]
    assert [(m["name"], m["role"]) for m in listed] == [
        ("Alice Moreau", "owner"),
        ("Adam Brandt", "customer_admin"),
        ("Erin Novak", "engineer"),
        ("Vera Lind", "customer_viewer"),
    ]
    assert "password" not in str(listed)


@pytest.mark.parametrize("who", ["adam", "erin", "vera"])
async def test_only_owners_change_members(client: httpx.AsyncClient, people: People, who: str) -> None:
    person = getattr(people, who)
    cookie = {"Cookie": f"hub_session={await seeded.cookie(person)}", **ORIGIN}
    url = f"{MEMBERS}/{people.erin.user_id}"
    for answer in (
        await client.patch(url, json={"role": "owner"}, headers=cookie),
        await client.delete(url, headers=cookie),
        await client.post(INVITATIONS, json={"email": "x@acme.example", "role": "owner"}, headers=cookie),
        await client.delete(f"{INVITATIONS}/{people.erin.user_id}", headers=cookie),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (403, "Owner role required")


async def test_a_foreign_tenants_members_do_not_exist(client: httpx.AsyncClient, people: People) -> None:
    mallory = await seeded.headers(people.mallory)
    url = f"{MEMBERS}/{people.vera.user_id}"
    assert (await client.patch(url, json={"role": "owner"}, headers=mallory)).status_code == 404
    assert (await client.delete(url, headers=mallory)).status_code == 404


async def test_the_last_owner_stays(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.alice)
    url = f"{MEMBERS}/{people.alice.user_id}"
    for answer in (
        await client.patch(url, json={"role": "engineer"}, headers=headers),
        await client.delete(url, headers=headers),
    ):
        assert answer.status_code == 409
        assert "last owner" in answer.json()["detail"]
    assert (await client.patch(url, json={"role": "owner"}, headers=headers)).status_code == 200
    await client.patch(f"{MEMBERS}/{people.adam.user_id}", json={"role": "owner"}, headers=headers)
    assert (await client.patch(url, json={"role": "engineer"}, headers=headers)).status_code == 200


@pytest.mark.both_databases
async def test_two_owners_cannot_demote_each_other(people: People) -> None:
    await members.change_role(people.alice.actor, people.adam.user_id, RoleIn(role=Role.OWNER))
    adam = replace(people.adam, role=Role.OWNER)
    lower = RoleIn(role=Role.ENGINEER)
    results = await asyncio.gather(
        members.change_role(people.alice.actor, people.adam.user_id, lower),
        members.change_role(adam.actor, people.alice.user_id, lower),
        return_exceptions=True,
    )
    assert sum(isinstance(r, Conflict) for r in results) == 1
    page = await members.list_members(people.vera.actor, members.paging.PageRequest())
    assert sum(m.role is Role.OWNER for m in page.items) == 1


async def test_a_removed_member_takes_their_tokens_along(client: httpx.AsyncClient, people: People) -> None:
    of_erin = await seeded.headers(people.erin)
    cookie = {"Cookie": f"hub_session={await seeded.cookie(people.erin)}"}
    assert (await members.losses(people.alice.actor, people.erin.user_id)).tokens == 1
    url = f"{MEMBERS}/{people.erin.user_id}"
    assert (await client.delete(url, headers=await seeded.headers(people.alice))).status_code == 204
    assert (await client.get("/auth/me", headers=of_erin)).status_code == 401
    assert (await client.get("/auth/me", headers=cookie)).status_code == 401
    async with db.system("a test looks") as session:
        left = await session.exec(select(ApiToken).where(ApiToken.user_id == people.erin.user_id))
        assert left.all() == []
    answer = await client.post(
        "/auth/login", json={"email": "erin@acme.example", "password": PASSWORD}, headers=ORIGIN
    )
    assert answer.status_code == 403
    assert "no longer belongs to a tenant" in answer.json()["detail"]


async def test_removal_from_one_tenant_leaves_the_other(client: httpx.AsyncClient, people: People) -> None:
    await seeded.join(people.erin, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    cookie = {"Cookie": f"hub_session={await seeded.cookie(people.erin)}"}
    assert (await client.get("/auth/me", headers=cookie)).json()["tenant_name"] == "Acme"
    await members.remove_member(people.alice.actor, people.erin.user_id)
    assert (await client.get("/auth/me", headers=cookie)).json()["tenant_name"] == "Mallet"


async def test_a_link_never_leads_to_the_host_that_the_request_named(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = {
        **await seeded.headers(people.alice),
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
    }
    body = {"email": "nora@acme.example", "role": "engineer"}
    invitation = await client.post(INVITATIONS, json=body, headers=headers)
    assert invitation.json()["link"].startswith("http://localhost:3000/invite/")
    reset = await client.post(f"{MEMBERS}/{people.vera.user_id}/password-reset", headers=headers)
    assert reset.json()["link"].startswith("http://localhost:3000/reset-password#secret=")


async def test_a_new_person_joins_by_the_link_once(client: httpx.AsyncClient, people: People) -> None:
    token = await invite(client, people, "Nora@Acme.example")
    short = await accept(client, token, name="Nora Quist", password="short")
    assert short.json()["errors"][0]["field"] == "password"
    nameless = await accept(client, token, password=PASSWORD)
    assert nameless.json()["errors"] == [{"field": "name", "message": "must not be empty"}]
    done = await accept(client, token, name="Nora Quist", password=PASSWORD)
    assert done.json() == {"location": "/"}
    me = (await client.get("/auth/me")).json()
    assert (me["email"], me["role"], me["tenant_name"]) == ("nora@acme.example", "engineer", "Acme")
    again = await accept(client, token, name="Someone Else", password=PASSWORD)
    assert again.status_code == 404


@pytest.mark.both_databases
async def test_two_at_once_use_a_link_once(client: httpx.AsyncClient, people: People) -> None:
    token = await invite(client, people, "nora@acme.example")
    answers = await asyncio.gather(
        *(accept(client, token, name="Nora Quist", password=PASSWORD) for _ in range(3))
    )
    assert min(a.status_code for a in answers) == 200
    assert sum(a.status_code == 200 for a in answers) == 1


async def test_an_existing_person_proves_who_they_are(client: httpx.AsyncClient, people: People) -> None:
    token = await invite(client, people, "mallory@mallet.example", "customer_viewer")
    wrong = await accept(client, token, password="not the password")
    assert wrong.json()["errors"][0]["field"] == "password"
    adam = {"Cookie": f"hub_session={await seeded.cookie(people.adam)}", **ORIGIN}
    other = await client.post("/auth/invitations/accept", json={"token": token}, headers=adam)
    assert other.json()["errors"] == [{"field": "password", "message": "must not be empty"}]
    mallory = {"Cookie": f"hub_session={await seeded.cookie(people.mallory)}", **ORIGIN}
    done = await client.post("/auth/invitations/accept", json={"token": token}, headers=mallory)
    assert done.status_code == 200
    me = (await client.get("/auth/me")).json()
    assert (me["name"], me["tenant_name"], me["role"]) == ("Mallory Crane", "Acme", "customer_viewer")


async def test_withdrawn_replaced_and_expired_links_are_useless(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.alice)
    first = await invite(client, people, "nora@acme.example")
    second = await invite(client, people, "nora@acme.example", "owner")
    assert (await accept(client, first, name="N", password=PASSWORD)).status_code == 404
    (listed,) = (await client.get(INVITATIONS, headers=headers)).json()["items"]
    assert listed["role"] == "owner"
    mallory = await seeded.headers(people.mallory)
    assert (await client.delete(f"{INVITATIONS}/{listed['id']}", headers=mallory)).status_code == 404
    assert (await client.delete(f"{INVITATIONS}/{listed['id']}", headers=headers)).status_code == 204
    assert (await accept(client, second, name="N", password=PASSWORD)).status_code == 404
    third = await invite(client, people, "nora@acme.example")
    async with db.begin(people.alice.tenant_id) as session:
        row = (await session.exec(select(Invitation))).one()
        row.expires_at = row.created_at
    assert (await accept(client, third, name="N", password=PASSWORD)).status_code == 404
    assert (await client.get(INVITATIONS, headers=headers)).json()["items"] == []


async def test_members_are_not_invited_again(client: httpx.AsyncClient, people: People) -> None:
    """And a user of another tenant can be invited, without the answer telling that they exist."""
    headers = await seeded.headers(people.alice)
    body = {"email": "erin@acme.example", "role": "owner"}
    answer = await client.post(INVITATIONS, json=body, headers=headers)
    assert answer.json()["errors"][0]["field"] == "email"
    assert await invite(client, people, "mallory@mallet.example")


async def test_the_tenant_is_renamed_by_its_owner(client: httpx.AsyncClient, people: People) -> None:
    url = "/v1/integration/tenant"
    refused = await client.patch(url, json={"name": "X"}, headers=await seeded.headers(people.adam))
    assert refused.status_code == 403
    alice = await seeded.headers(people.alice)
    assert (await client.patch(url, json={}, headers=alice)).json()["detail"] == "No fields to update"
    assert (await client.patch(url, json={"name": "Acme Studio"}, headers=alice)).status_code == 200
    assert (await client.get(url, headers=alice)).json()["name"] == "Acme Studio"
    assert (await client.get(url, headers=await seeded.headers(people.mallory))).json()["name"] == "Mallet"


async def test_health_tells_parts_to_those_who_are_signed_in_and_details_to_operators(
    client: httpx.AsyncClient, people: People
) -> None:
    url = "/v1/integration/health"
    anyone = await client.get(url)
    assert (anyone.status_code, anyone.json()) == (200, {"status": "ok"})
    signed_in = (await client.get(url, headers=await seeded.headers(people.vera))).json()
    assert {"database", "scheduler", "audit"} <= set(signed_in["checks"])
    assert {(one["ok"], one["detail"]) for one in signed_in["checks"].values()} == {(True, "")}
    operator = (await client.get(url, headers=await seeded.headers(people.alice))).json()["checks"]
    assert all(one["detail"] for one in operator.values())
    assert (await client.get(url, headers={"Authorization": "Bearer x"})).status_code == 401


async def test_status_counts_what_is_there(client: httpx.AsyncClient, people: People) -> None:
    answer = await client.get("/v1/integration/status", headers=await seeded.headers(people.vera))
    assert answer.json()["integrations"]["identity"] == {"members": 4, "api_tokens": 1}
    assert (await client.get("/v1/integration/status")).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "not an address", "role": "owner"}, "email"),
        ({"email": "a@b.example", "role": "king"}, "role"),
        ({"role": "owner"}, "email"),
        ({"email": "a@b.example", "role": "owner", "more": 1}, "more"),
    ],
)
async def test_bad_invitations_name_the_field(
    client: httpx.AsyncClient, people: People, body: dict[str, object], field: str
) -> None:
    answer = await client.post(INVITATIONS, json=body, headers=await seeded.headers(people.alice))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.both_databases
async def test_what_has_run_out_is_deleted(client: httpx.AsyncClient, people: People) -> None:
    """And what has not is kept."""
    kept, ended = await seeded.cookie(people.alice), await seeded.cookie(people.adam)
    await invite(client, people, "nora@acme.example")
    await invite(client, people, "otto@acme.example")
    old = utcnow() - timedelta(days=90, minutes=1)
    async with db.system("a test lets things run out", write=True) as session:
        for minute in (old, utcnow()):
            session.add(
                ApiUsage(
                    tenant_id=people.alice.tenant_id,
                    minute=minute,
                    token_id=people.alice.user_id,
                    route="/x",
                    status_class=2,
                    requests=1,
                )
            )
        login = await session.exec(select(LoginSession).where(LoginSession.user_id == people.adam.user_id))
        login.one().expires_at = utcnow() - timedelta(seconds=1)
        otto = await session.exec(select(Invitation).where(Invitation.email == "otto@acme.example"))
        otto.one().expires_at = utcnow() - timedelta(seconds=1)
    await retention.apply(CAPABILITY.retention)
    async with db.system("a test looks") as session:
        assert [i.email for i in (await session.exec(select(Invitation))).all()] == ["nora@acme.example"]
        assert [u.minute > old for u in (await session.exec(select(ApiUsage))).all()] == [True]
        left = (await session.exec(select(LoginSession.user_id))).all()
    assert left == [people.alice.user_id]
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={kept}"})).status_code == 200
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={ended}"})).status_code == 401
