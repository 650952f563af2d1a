"""`ETag` and `If-Match`: a program that read something changes it only while it is still so (RFC 9110, 13.1.1)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import select

from hub_app.connectors.tables import ConnectorCredential
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.oauth.service import apps
from hub_app.plans.tables import Plan
from hub_app.webhooks.tables import WebhookEndpoint
from tests import people as seeded
from tests.people import People

PUBLIC = "https://93.184.216.34"


@dataclass(frozen=True)
class Kind:
    """Something that REST changes: how it is made, how it is changed twice in two ways, and what it shows then."""

    path: str
    made: dict[str, Any]
    key: str
    change: Callable[[str], dict[str, Any]]
    shown: str
    method: str = "PATCH"
    goes: bool = True


CONNECTOR = {
    "name": "shop",
    "oauth_config": {"base_url": PUBLIC},
    "actions": [{"id": "it", "endpoint": "/it"}],
}
KINDS = {
    "endpoint": Kind("/v1/integration/webhooks", {"url": PUBLIC}, "id", lambda n: {"name": n}, "name"),
    "integration": Kind(
        "/customer/integrations",
        {"name": "A", "webhook_url": PUBLIC},
        "integration_id",
        lambda n: {"name": n},
        "name",
    ),
    "connector": Kind(
        "/api/custom-integrations",
        CONNECTOR,
        "id",
        lambda n: {**CONNECTOR, "display_name": n},
        "display_name",
        method="PUT",
    ),
    "plan": Kind("/api/custom-integrations/plans", {"name": "P"}, "id", lambda n: {"name": n}, "name"),
    "tenant": Kind("/v1/integration/tenant", {}, "", lambda n: {"name": n}, "name", goes=False),
}


class Thing:
    """One of a kind over REST, as Alice sees it."""

    def __init__(self, kind: Kind, client: httpx.AsyncClient, headers: dict[str, str], url: str) -> None:
        self.kind, self.url = kind, url
        self._client, self._headers = client, headers

    async def get(self, **headers: str) -> httpx.Response:
        return await self._client.get(self.url, headers=self._headers | headers)

    async def tag(self) -> str:
        return (await self.get()).headers["etag"]

    async def change(self, name: str, if_match: str | None = None) -> httpx.Response:
        headers = self._headers | ({} if if_match is None else {"If-Match": if_match})
        return await self._client.request(
            self.kind.method, self.url, json=self.kind.change(name), headers=headers
        )

    async def delete(self, if_match: str) -> httpx.Response:
        return await self._client.delete(self.url, headers=self._headers | {"If-Match": if_match})

    async def shows(self) -> str:
        return (await self.get()).json()[self.kind.shown]


async def make(kind: Kind, client: httpx.AsyncClient, people: People) -> Thing:
    headers = await seeded.headers(people.alice)
    if not kind.made:
        return Thing(kind, client, headers, kind.path)
    given = dict(kind.made)
    if kind is KINDS["plan"]:
        connector = await client.post(KINDS["connector"].path, json=CONNECTOR, headers=headers)
        step = {"id": "first", "integration_id": connector.json()["id"], "action": "it"}
        given |= {"steps": [step], "schedule": {"every_minutes": 5}}
    answer = await client.post(kind.path, json=given, headers=headers)
    assert answer.status_code == 201, answer.text
    thing = Thing(kind, client, headers, f"{kind.path}/{answer.json()[kind.key]}")
    assert answer.headers["etag"] == await thing.tag()
    return thing


@pytest.fixture(params=list(KINDS))
async def thing(request: pytest.FixtureRequest, client: httpx.AsyncClient, people: People) -> Thing:
    return await make(KINDS[request.param], client, people)


async def test_a_change_is_made_only_while_the_tag_holds(thing: Thing) -> None:
    first = await thing.tag()
    changed = await thing.change("Second", first)
    assert changed.status_code == 200, changed.text
    second = changed.headers["etag"]
    assert second not in ("", first)
    assert await thing.tag() == second
    refused = await thing.change("Third", first)
    assert refused.status_code == 412
    assert refused.headers["content-type"] == "application/problem+json"
    assert "Fetch it again" in refused.json()["detail"]
    assert (await thing.shows(), await thing.tag()) == ("Second", second)
    assert (await thing.change("Second")).headers["etag"] == second, "the same settings have the same tag"
    assert (await thing.change("Fourth")).status_code == 200, "without If-Match all is as ever"


@pytest.mark.both_databases
async def test_two_who_read_the_same_do_not_overwrite_each_other(thing: Thing) -> None:
    tag = await thing.tag()
    answers = await asyncio.gather(*(thing.change(f"Name {n}", tag) for n in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412]
    (won,) = (n for n, one in enumerate(answers) if one.status_code == 200)
    assert await thing.shows() == f"Name {won}"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("*", 200),
        ('"other", {tag}', 200),
        ('"a,b" ,, {tag} ,', 200),
        ('"other"', 412),
        ("", 412),
        ("W/{tag}", 412),
        ('W/{tag}, "other"', 412),
        ("{bare}", 400),
        ('{tag} "other"', 400),
        ("*, {tag}", 400),
    ],
)
async def test_if_match_is_read_as_the_standard_says(
    client: httpx.AsyncClient, people: People, sent: str, status: int
) -> None:
    """A list matches when one tag does; weak ones never do; `*` stands alone; a comma may be part of a tag."""
    endpoint = await make(KINDS["endpoint"], client, people)
    tag = await endpoint.tag()
    header = sent.replace("{tag}", tag).replace("{bare}", tag.strip('"'))
    answer = await endpoint.change("Renamed", header)
    assert answer.status_code == status, answer.text
    assert (await endpoint.shows() == "Renamed") == (status == 200)


async def test_deleting_holds_to_the_tag_too(thing: Thing) -> None:
    if not thing.kind.goes:
        pytest.skip("is never deleted over REST")
    old = await thing.tag()
    await thing.change("Other")
    assert (await thing.delete(old)).status_code == 412
    assert (await thing.delete(await thing.tag())).status_code == 204
    assert (await thing.delete("*")).status_code == 404, (
        "what is not there is not found, whatever is expected of it"
    )
    assert (await thing.change("Other", '"old"')).status_code == 404


async def test_a_refusal_comes_before_the_tag(client: httpx.AsyncClient, people: People) -> None:
    endpoint = await make(KINDS["endpoint"], client, people)
    assert (await endpoint.change("two\nlines", '"old"')).status_code == 422
    viewer = await seeded.headers(people.vera)
    answer = await client.patch(endpoint.url, json={"name": "X"}, headers=viewer | {"If-Match": '"old"'})
    assert answer.status_code == 403


async def test_what_is_not_shown_has_a_part_in_the_tag(client: httpx.AsyncClient, people: People) -> None:
    """Another path of the URL and other headers are changes, on the customer plane too; the tag gives nothing away."""
    headers = await seeded.headers(people.alice)
    full = await make(KINDS["endpoint"], client, people)
    plane = f"/customer/integrations/{full.url.rpartition('/')[2]}"
    tags = [await full.tag()]
    for change in ({"url": f"{PUBLIC}/s3cret"}, {"headers": {"X-Key": "k"}}, {"events": ["task.*"]}):
        await client.patch(full.url, json=change, headers=headers)
        tags.append(await full.tag())
        assert (await client.get(plane, headers=headers)).headers["etag"] == tags[-1]
    assert len(set(tags)) == 4
    stale = headers | {"If-Match": tags[0]}
    assert (await client.patch(plane, json={"enabled": False}, headers=stale)).status_code == 412


async def test_what_hub_does_by_itself_leaves_the_tags_as_they_are(
    client: httpx.AsyncClient, people: People
) -> None:
    """Health, the next time of a schedule, whether a credential works."""
    things = {name: await make(KINDS[name], client, people) for name in ("endpoint", "plan")}
    headers = await seeded.headers(people.alice)
    found = (await client.get("/api/custom-integrations", headers=headers)).json()["items"]
    connector = Thing(KINDS["connector"], client, headers, f"/api/custom-integrations/{found[0]['id']}")
    before = [await one.tag() for one in (*things.values(), connector)]
    async with db.begin(people.alice.tenant_id) as session:
        endpoint = (await session.exec(select(WebhookEndpoint))).one()
        plan = (await session.exec(select(Plan))).one()
        endpoint.failing_since = plan.next_run_at = utcnow()
        used = ConnectorCredential(
            tenant_id=people.alice.tenant_id,
            connector_id=UUID(found[0]["id"]),
            type="api_key",
            is_valid=False,
        )
        session.add_all([endpoint, plan, used])
    assert (await things["endpoint"].get()).json()["failing_since"] is not None
    assert [await one.tag() for one in (*things.values(), connector)] == before


async def test_reading_an_app_again_is_cheap(client: httpx.AsyncClient, people: People) -> None:
    await apps.add_templates()
    headers = await seeded.headers(people.vera)
    url = "/v1/integration/oauth/apps/github"
    first = await client.get(url, headers=headers)
    tag = first.headers["etag"]
    for known in (tag, f'W/{tag}, "x"', "*"):
        again = await client.get(url, headers=headers | {"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await client.get(url, headers=headers | {"If-None-Match": '"x"'})
    assert (other.status_code, other.json()) == (200, first.json())


async def test_the_openapi_document_tells_of_it(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    for path, method in (
        ("/v1/integration/webhooks/{webhook_id}", "patch"),
        ("/v1/integration/webhooks/{webhook_id}", "delete"),
        ("/customer/integrations/{integration_id}", "patch"),
        ("/customer/integrations/{integration_id}", "delete"),
        ("/api/custom-integrations/{integration_id}", "put"),
        ("/api/custom-integrations/{integration_id}", "delete"),
        ("/api/custom-integrations/plans/{plan_id}", "patch"),
        ("/api/custom-integrations/plans/{plan_id}", "delete"),
        ("/v1/integration/tenant", "patch"),
    ):
        operation = paths[path][method]
        assert ("header", "if-match") in {(one["in"], one["name"]) for one in operation["parameters"]}
        assert "412" in operation["responses"]
        assert method == "delete" or "ETag" in operation["responses"]["200"]["headers"]
        assert path.endswith("tenant") or "ETag" in paths[path]["get"]["responses"]["200"]["headers"]
    app = paths["/v1/integration/oauth/apps/{app_id}"]["get"]
    assert {"304"} <= app["responses"].keys()
