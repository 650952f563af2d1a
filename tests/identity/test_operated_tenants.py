"""Tenants as the operator makes, changes and counts them; nobody else does."""

from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from hub_app.identity.service import usage
from hub_app.kernel import db, search
from hub_app.kernel.clock import utcnow
from tests import people as seeded
from tests import suspended
from tests.people import PASSWORD, People

TENANTS = "/v1/integration/operator/tenants"
TIERS = "/v1/integration/operator/tiers"
ORIGIN = {"Origin": "http://hub.test", "Accept": "application/json"}


async def create(client: httpx.AsyncClient, people: People, **given: str) -> httpx.Response:
    body = {"name": "Birch", "owner_email": "Bea@birch.example", **given}
    return await client.post(TENANTS, json=body, headers=await seeded.headers(people.alice))


async def test_a_tenant_is_made_with_a_link_for_its_owner(client: httpx.AsyncClient, people: People) -> None:
    answer = await create(client, people, tier="scale")
    made = answer.json()
    assert answer.status_code == 201, made
    assert (made["name"], made["tier"], made["state"], made["owners"]) == ("Birch", "scale", "active", 0)
    assert made["invitation"]["email"] == "bea@birch.example"
    secret = made["link"].rpartition("/")[2]
    accept = {"token": secret, "name": "Bea", "password": PASSWORD}
    assert (await client.post("/auth/invitations/accept", json=accept, headers=ORIGIN)).status_code == 200
    me = (await client.get("/auth/me")).json()
    assert (me["tenant_name"], me["role"]) == ("Birch", "owner")
    actions = [one["action"] for one in (await client.get("/v1/integration/audit")).json()["items"]]
    assert actions == ["invitation.accepted", "invitation.created", "tenant.created"]
    again = await client.post("/auth/invitations/accept", json=accept, headers=ORIGIN)
    assert again.status_code == 404
    # It has an owner now: whom it takes in is its own affair.
    client.cookies.clear()
    url = f"{TENANTS}/{made['id']}"
    headers = await seeded.headers(people.alice)
    read = (await client.get(url, headers=headers)).json()
    assert (read["owners"], read["invitation"]) == (1, None)
    assert "link" not in read
    another = await client.post(f"{url}/owner-invitation", json={"email": "x@x.example"}, headers=headers)
    assert (another.status_code, another.json()["detail"]) == (
        409,
        "Birch has an owner, who can invite others.",
    )


async def test_a_lost_link_is_replaced(client: httpx.AsyncClient, people: People) -> None:
    first = (await create(client, people)).json()
    headers = await seeded.headers(people.alice)
    url = f"{TENANTS}/{first['id']}/owner-invitation"
    second = (await client.post(url, json={"email": "ben@birch.example"}, headers=headers)).json()
    assert second["invitation"]["email"] == "ben@birch.example"
    for link, status in ((first["link"], 404), (second["link"], 200)):
        accept = {"token": link.rpartition("/")[2], "name": "Ben", "password": PASSWORD}
        answer = await client.post("/auth/invitations/accept", json=accept, headers=ORIGIN)
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"owner_email": "nobody"}, "owner_email"),
        ({"tier": "golden"}, "tier"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_input_names_its_field(
    client: httpx.AsyncClient, people: People, given: dict[str, str], field: str
) -> None:
    answer = await create(client, people, **given)
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, [field])
    listed = await client.get(TENANTS, headers=await seeded.headers(people.alice))
    assert [one["name"] for one in listed.json()["items"]] == ["Mallet", "Acme"]


async def test_the_list_is_searched_and_filtered(client: httpx.AsyncClient, people: People) -> None:
    await create(client, people, tier="free")
    await suspended.suspend(people)
    headers = {"Cookie": f"hub_session={await seeded.cookie(people.alice)}", **ORIGIN}

    async def names(**chosen: str) -> list[str]:
        answer = await client.get(TENANTS, params=chosen, headers=headers)
        assert answer.status_code == 200, answer.text
        return [one["name"] for one in answer.json()["items"]]

    assert await names() == ["Birch", "Mallet", "Acme"]
    assert await names(name="LL") == ["Mallet"]
    assert await names(name="%") == []
    assert await names(state="suspended") == ["Acme"]
    assert await names(state="active", tier="free") == ["Birch"]
    assert (await client.get(TENANTS, params={"state": "gone"}, headers=headers)).status_code == 422
    first = (await client.get(TENANTS, params={"limit": 2}, headers=headers)).json()
    assert await names(cursor=first["next_cursor"]) == ["Acme"]


async def test_a_tier_holds_from_the_next_call(client: httpx.AsyncClient, people: People) -> None:
    """By token, which is answered from memory, and by cookie."""
    erin = await seeded.headers(people.erin)
    cookie = {"Cookie": f"hub_session={await seeded.cookie(people.erin)}", **ORIGIN}
    url = f"{TENANTS}/{people.erin.tenant_id}"
    operator = await seeded.headers(people.alice)

    async def limits() -> set[str]:
        answers = [await client.get("/auth/me", headers=headers) for headers in (erin, cookie)]
        return {answer.headers["ratelimit-limit"] for answer in answers}

    assert await limits() == {"1000"}
    changed = await client.patch(url, json={"tier": "starter", "name": "Acme Ltd"}, headers=operator)
    assert (changed.status_code, changed.json()["tier"]) == (200, "starter")
    assert await limits() == {"250"}
    assert (await client.get("/auth/me", headers=erin)).json()["tenant_name"] == "Acme Ltd"
    audited = (await client.get("/v1/integration/audit?action=tenant.updated", headers=erin)).json()["items"]
    assert [(one["actor_name"], one["summary"]) for one in audited] == [
        ("Alice Moreau", {"changed": ["name", "tier"], "tier": "starter"})
    ]


async def test_two_operators_do_not_overwrite_each_other(client: httpx.AsyncClient, people: People) -> None:
    url = f"{TENANTS}/{people.mallory.tenant_id}"
    operator = await seeded.headers(people.alice)
    tag = (await client.get(url, headers=operator)).headers["etag"]
    assert (await client.patch(url, json={"tier": "free"}, headers=operator)).status_code == 200
    late = await client.patch(url, json={"tier": "scale"}, headers={**operator, "If-Match": tag})
    assert late.status_code == 412
    assert (await client.patch(url, json={}, headers=operator)).status_code == 400


async def test_usage_is_counted_and_nothing_of_it_shown(client: httpx.AsyncClient, people: People) -> None:
    erin = await seeded.headers(people.erin)
    for path in ("/auth/me", "/v1/integration/nothing"):
        await client.get(path, headers=erin)
    await client.post("/v1/integration/events", json={"type": "a.b", "data": {"x": "planted"}}, headers=erin)
    await usage.flush()
    async with db.begin(people.erin.tenant_id) as session:
        from hub_app.identity.tables import ApiUsage

        session.add(
            ApiUsage(
                tenant_id=people.erin.tenant_id,
                minute=(utcnow() - timedelta(days=29)).replace(second=0, microsecond=0),
                token_id=uuid4(),
                route="/v1/x",
                status_class=5,
                requests=7,
            )
        )
    url = f"{TENANTS}/{people.erin.tenant_id}/usage"
    answer = await client.get(url, headers=await seeded.headers(people.alice))
    found = answer.json()
    assert found["members"] == 4
    assert found["counts"]["identity"] == {"members": 4, "api_tokens": 2}
    assert {"webhooks", "connectors"} <= found["counts"].keys()
    assert len(found["calls"]) == 30
    assert found["calls"][0] == {
        "day": (utcnow() - timedelta(days=29)).date().isoformat(),
        "requests": 7,
        "errors": 7,
    }
    assert found["calls"][-1]["requests"] >= 2
    # What lies further back is not of these 24 hours.
    listed = (await client.get(TENANTS, headers=await seeded.headers(people.alice))).json()["items"]
    assert {one["name"]: one["calls_24h"] for one in listed} == {"Acme": 2, "Mallet": 0}
    assert "planted" not in answer.text


async def test_the_tiers_say_what_they_allow(client: httpx.AsyncClient, people: People) -> None:
    tiers = (await client.get(TIERS, headers=await seeded.headers(people.alice))).json()
    assert [(t["tier"], t["requests"], t["tenants"], t["is_default"]) for t in tiers] == [
        ("free", 60, 0, False),
        ("starter", 250, 0, False),
        ("professional", 1000, 2, True),
        ("scale", 2500, 0, False),
        ("enterprise", 5000, 0, False),
    ]
    assert tiers[2]["setting"] == "RATE_LIMIT_TIER_PRO_REQ_PER_MIN"


@pytest.mark.parametrize("who", ["mallory", "adam", "erin", "vera"])
async def test_nobody_else_reaches_any_of_it(client: httpx.AsyncClient, people: People, who: str) -> None:
    """An owner does not either, nor the operator by a token that may do less than everything."""
    person = getattr(people, who)
    headers = {"Cookie": f"hub_session={await seeded.cookie(person)}", **ORIGIN}
    weak = await seeded.headers(people.alice, "write:members", "read:*")
    for method, path, body in _calls(people.erin.tenant_id):
        for one in (headers, weak):
            answer = await client.request(method, path, json=body, headers=one)
            assert (answer.status_code, answer.json()["detail"]) == (403, "Operator required"), path
        client.cookies.clear()
        assert (await client.request(method, path, json=body)).status_code == 401


def _calls(tenant_id: UUID) -> list[tuple[str, str, object]]:
    one = f"{TENANTS}/{tenant_id}"
    return [
        ("GET", TENANTS, None),
        ("POST", TENANTS, {"name": "X", "owner_email": "x@x.example"}),
        ("GET", one, None),
        ("PATCH", one, {"tier": "enterprise"}),
        ("GET", f"{one}/usage", None),
        ("POST", f"{one}/owner-invitation", {"email": "x@x.example"}),
        ("POST", f"{one}/suspend", None),
        ("POST", f"{one}/resume", None),
        ("POST", f"{one}/delete", {"name": "Acme"}),
        ("POST", f"{one}/restore", None),
        ("GET", TIERS, None),
    ]


async def test_what_is_not_there_is_404(client: httpx.AsyncClient, people: People) -> None:
    operator = await seeded.headers(people.alice)
    for method, path, body in _calls(UUID(int=7)):
        if str(UUID(int=7)) in path:
            answer = await client.request(method, path, json=body, headers=operator)
            assert (answer.status_code, answer.json()["detail"]) == (404, "Tenant not found"), path


async def test_the_operator_alone_finds_tenants_by_name(people: People) -> None:
    assert [one.name for one in await search.search(people.alice.actor, "mall")] == ["Mallet"]
    assert await search.search(people.mallory.actor, "mall") == []
