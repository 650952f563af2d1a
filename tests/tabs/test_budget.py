"""A person's events count as their calls of REST do: one allowance for both."""

import httpx
import pytest

from hub_app.kernel import access
from hub_app.kernel.settings import Settings
from tests import people as seeded
from tests.people import People
from tests.tabs.conftest import Tabs

pytestmark = pytest.mark.settings(rate_limit_tier_pro_req_per_min=3, rate_limit_window_seconds=3600)


async def invite(tabs: Tabs, tab: str, cookie: str, number: int) -> bool:
    """Whether it was done; else the person was told when it goes on."""
    form = {"email": f"guest{number}@acme.example", "role": "engineer"}
    told = await tabs.send(tab, "members_state.invite", {"data": form}, cookie=cookie)
    if told.changed.get("link"):
        return True
    assert told.does("Too many requests in a short time. Try again in")
    return False


async def test_what_a_person_does_counts_once_for_screens_and_rest(
    tabs: Tabs, people: People, tab: str, client: httpx.AsyncClient
) -> None:
    cookie = await seeded.cookie(people.alice)
    await tabs.send(tab, "session_state.load", cookie=cookie)
    client.cookies.set("hub_session", cookie)
    assert (await client.get("/v1/integration/webhooks")).status_code == 200
    assert [await invite(tabs, tab, cookie, number) for number in range(4)] == [True, True, False, False]
    assert (await client.get("/v1/integration/webhooks")).status_code == 429
    # Another person of the same tenant has an allowance of their own.
    other = await seeded.cookie(people.erin)
    client.cookies.set("hub_session", other)
    assert (await client.get("/v1/integration/webhooks")).status_code == 200


async def test_looking_locks_nobody_out(tabs: Tabs, people: People, tab: str) -> None:
    """Many times as often as REST allows calls; then it is too much, too."""
    cookie = await seeded.cookie(people.alice)
    await tabs.send(tab, "session_state.load", cookie=cookie)
    for _ in range(3 * access.LOOKS_PER_CALL - 1):
        assert (await tabs.send(tab, "members_state.load", cookie=cookie)).actions == []
    assert (await tabs.send(tab, "members_state.load", cookie=cookie)).does("Too many requests")
    assert await invite(tabs, tab, cookie, 1)


async def test_strangers_are_counted_by_their_address(tabs: Tabs, settings: Settings, tab: str) -> None:
    del settings
    for _ in range(3 * access.LOOKS_PER_CALL):
        await tabs.send(tab, "sign_in_state.load")
    assert (await tabs.send(tab, "sign_in_state.load")).does("Too many requests")
