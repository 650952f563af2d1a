"""OAuth over REST: apps, connections, and the callback with a browser's cookie."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from hub_app.identity.service import members
from hub_app.kernel.access import SESSION_COOKIE
from hub_app.kernel.settings import get_settings
from hub_app.oauth.service import apps
from tests import people as seeded
from tests.peers.authorization import AuthorizationServer
from tests.people import People, Person

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
BASE = "/v1/integration/oauth"


@pytest.fixture(autouse=True)
async def app(people: People, peer: AuthorizationServer) -> None:
    await apps.add_templates()
    await apps.create_app(people.alice.actor, peer.app())


async def browser(person: Person) -> dict[str, str]:
    """Headers of a signed-in browser, at Hub's address in tests and at the one that callbacks have."""
    cookie = await seeded.cookie(person)
    names = (SESSION_COOKIE, f"{SESSION_COOKIE}_3000")
    return {"Cookie": "; ".join(f"{name}={cookie}" for name in names), "Origin": "http://hub.test"}


async def begin(client: httpx.AsyncClient, headers: dict[str, str], **more: object) -> str:
    answer = await client.post(f"{BASE}/connections", json={"oauth_app_id": "peer", **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["authorize_url"]


async def come_back(client: httpx.AsyncClient, headers: dict[str, str], callback: str) -> dict[str, str]:
    """Open the callback; the page that the browser is sent to, as its query."""
    answer = await client.get(callback, headers=headers)
    assert answer.status_code == 303, answer.text
    return {
        "path": urlsplit(answer.headers["location"]).path,
        **dict(parse_qsl(urlsplit(answer.headers["location"]).query)),
    }


async def test_a_member_connects_in_a_browser(
    client: httpx.AsyncClient,
    people: People,
    peer: AuthorizationServer,
) -> None:
    erin = await browser(people.erin)
    address = await begin(client, erin)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["redirect_uri"] == f"http://localhost:3000{BASE}/callback"
    ended = await come_back(client, erin, await peer.allow(address))
    assert (ended["path"], ended["outcome"]) == ("/apps/connections", "connected")
    read = await client.get(f"{BASE}/connections/{ended['connection']}", headers=erin)
    assert read.json()["account_name"] == "ada at the peer"
    assert "token" not in read.text
    refreshed = await client.post(f"{BASE}/connections/{ended['connection']}/refresh", headers=erin)
    assert refreshed.json()["status"] == "connected"
    assert (await client.delete(f"{BASE}/connections/{ended['connection']}", headers=erin)).status_code == 204
    assert (await client.get(f"{BASE}/connections/{ended['connection']}", headers=erin)).json()[
        "status"
    ] == "revoked"


async def test_who_is_not_signed_in_signs_in_and_comes_back(
    client: httpx.AsyncClient,
    people: People,
    peer: AuthorizationServer,
) -> None:
    """Begun with a token, an authorization belongs to the user, in whatever browser."""
    callback = await peer.allow(await begin(client, await seeded.headers(people.erin)))
    ended = await come_back(client, {}, callback)
    assert ended["path"] == "/login"
    assert ended["next"].startswith(f"{BASE}/callback?")
    ended = await come_back(client, await browser(people.erin), ended["next"])
    assert ended["outcome"] == "connected"


async def test_another_browser_of_the_same_person_is_refused(
    client: httpx.AsyncClient,
    people: People,
    peer: AuthorizationServer,
) -> None:
    callback = await peer.allow(await begin(client, await browser(people.erin)))
    for stranger in (people.erin, people.adam, people.mallory):
        assert (await come_back(client, await browser(stranger), callback))["outcome"] == "foreign"


async def test_the_browser_ends_where_it_was_asked_to(
    client: httpx.AsyncClient,
    people: People,
    peer: AuthorizationServer,
) -> None:
    erin = await browser(people.erin)
    address = await begin(client, erin, return_to="/connectors?tab=credentials")
    ended = await come_back(client, erin, await peer.deny(address))
    assert (ended["path"], ended["tab"], ended["outcome"]) == ("/connectors", "credentials", "denied")
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example", "connectors"):
        given = {"oauth_app_id": "peer", "return_to": elsewhere}
        refused = await client.post(f"{BASE}/connections", json=given, headers=erin)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "return_to"


async def test_a_posted_answer_is_repeated_from_our_own_origin(client: httpx.AsyncClient) -> None:
    form = {"state": 's"><script>alert(1)</script>', "code": "c&d", "session_state": "not ours"}
    page = await client.post(f"{BASE}/callback", data=form, headers={"Origin": "https://provider.example"})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert 'action="/v1/integration/oauth/callback" method="get"' in page.text
    assert 'value="c&amp;d"' in page.text
    assert "<script>alert" not in page.text
    assert "session_state" not in page.text


async def test_a_provider_is_never_sent_to_the_host_that_the_request_named(
    client: httpx.AsyncClient, people: People
) -> None:
    address = await begin(client, {**await seeded.headers(people.erin), "Host": "evil.example"})
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == [f"http://localhost:3000{BASE}/callback"]


async def test_the_settings_name_the_redirect_address(
    client: httpx.AsyncClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTH_REDIRECT_URI_BASE", "https://connect.example.com")
    get_settings.cache_clear()
    address = await begin(client, await seeded.headers(people.erin))
    assert parse_qs(urlsplit(address).query)["redirect_uri"] == [
        f"https://connect.example.com{BASE}/callback"
    ]


async def test_a_token_got_elsewhere_is_taken_over(
    client: httpx.AsyncClient,
    people: People,
    peer: AuthorizationServer,
) -> None:
    erin = await seeded.headers(people.erin)
    wrong = {"oauth_app_id": "peer", "access_token": "planted-access-token"}
    refused = await client.post(f"{BASE}/connections", json=wrong, headers=erin)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "access_token"
    peer.go_down()
    # Nobody can say now whether it works.
    planted = {**wrong, "refresh_token": "planted-refresh-token", "expires_at": "2099-01-01T00:00:00Z"}
    made = await client.post(f"{BASE}/connections", json=planted, headers=erin)
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["app_slug"]) == ("connected", "peer")
    assert "planted" not in made.text
    listed = await client.get(f"{BASE}/connections", headers=erin)
    assert "planted" not in listed.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"oauth_app_id": "peer", "refresh_token": "r"}, "access_token"),
        ({"oauth_app_id": "peer", "access_token": "a", "scopes": ["openid"]}, "access_token"),
        ({"oauth_app_id": "peer", "access_token": "a", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"oauth_app_id": "peer", "access_token": "two\nlines"}, "access_token"),
        ({"oauth_app_id": "peer", "scopes": ["admin"]}, "scopes"),
        ({"access_token": "a"}, "oauth_app_id"),
    ],
)
async def test_wrong_bodies_name_the_field(
    client: httpx.AsyncClient, people: People, body: dict[str, object], field: str
) -> None:
    refused = await client.post(f"{BASE}/connections", json=body, headers=await seeded.headers(people.erin))
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == [field]


async def test_apps_are_found_by_id_and_slug(client: httpx.AsyncClient, people: People) -> None:
    vera = await seeded.headers(people.vera)
    listed = (await client.get(f"{BASE}/apps", params={"limit": 2}, headers=vera)).json()
    assert [one["slug"] for one in listed["items"]] == ["github", "google"]
    assert listed["next_cursor"]
    by_slug = await client.get(f"{BASE}/apps/peer", headers=vera)
    by_id = await client.get(f"{BASE}/apps/{by_slug.json()['id']}", headers=vera)
    assert by_slug.json() == by_id.json()
    assert by_slug.json()["ready"] is True
    assert not {"client_id", "client_secret", "secret_hint", "token_url"} & by_slug.json().keys()
    assert (await client.get(f"{BASE}/apps/none", headers=vera)).status_code == 404


async def test_roles_and_scopes_decide(
    client: httpx.AsyncClient,
    people: People,
    peer: AuthorizationServer,
) -> None:
    erin = await browser(people.erin)
    made = (await come_back(client, erin, await peer.allow(await begin(client, erin))))["connection"]
    viewer = await client.post(
        f"{BASE}/connections", json={"oauth_app_id": "peer"}, headers=await seeded.headers(people.vera)
    )
    assert viewer.status_code == 403
    reader = await seeded.headers(people.erin, "read:oauth")
    assert (await client.get(f"{BASE}/connections", headers=reader)).status_code == 200
    assert (await client.delete(f"{BASE}/connections/{made}", headers=reader)).status_code == 403
    adam, mallory = await seeded.headers(people.adam), await seeded.headers(people.mallory)
    everyones = (await client.get(f"{BASE}/connections", params={"everyone": True}, headers=adam)).json()
    assert [(one["id"], one["user_name"]) for one in everyones["items"]] == [(made, "Erin Novak")]
    assert (await client.get(f"{BASE}/connections", headers=adam)).json()["items"] == []
    refused = await client.get(f"{BASE}/connections", params={"everyone": True}, headers=reader)
    assert refused.status_code == 403
    for method in ("GET", "DELETE"):
        answer = await client.request(method, f"{BASE}/connections/{made}", headers=mallory)
        assert answer.status_code == 404


async def test_a_user_takes_their_connections_along(
    client: httpx.AsyncClient,
    people: People,
    peer: AuthorizationServer,
) -> None:
    erin = await browser(people.erin)
    made = (await come_back(client, erin, await peer.allow(await begin(client, erin))))["connection"]
    alice = await seeded.headers(people.alice)
    assert (await members.losses(people.alice.actor, people.erin.user_id)).oauth_connections == 1
    gone = await client.delete(f"/v1/integration/members/{people.erin.user_id}", headers=alice)
    assert gone.status_code == 204
    assert (await client.get(f"{BASE}/connections/{made}", headers=alice)).status_code == 404
