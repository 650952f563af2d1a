"""An app that is deleted while its provider is being asked: said in words."""

import asyncio

import pytest

from hub_app.kernel.errors import NotFound
from hub_app.oauth.service import apps, connections, outcomes
from tests.oauth.quirks import add, begin, come_back
from tests.peers.quirky import Quirky
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
TOKEN_PATH = "/api/oauth.v2.access"


async def delete_at(people: People, quirky: Quirky, path: str) -> None:
    """Delete the app while the provider is asked at this path."""
    await quirky.wait_for(path)
    await apps.delete_app(people.alice.actor, "slack")
    quirky.gates[path].set()


async def test_a_token_taken_over_meanwhile_is_refused(people: People, quirky: Quirky) -> None:
    await add(people, quirky, "slack", userinfo_url=f"{quirky.url}/me")
    quirky.gates["/me"] = asyncio.Event()
    given = connections.Given(access_token="xoxp-1")
    adopting = asyncio.create_task(connections.adopt(people.erin.actor, "slack", given))
    await delete_at(people, quirky, "/me")
    with pytest.raises(NotFound, match="has been deleted"):
        await adopting


@pytest.mark.parametrize("answer", [{"authed_user": {"access_token": "xoxp-1"}}, {}, {"error": "bad_code"}])
async def test_an_authorization_under_way_ends(
    people: People, quirky: Quirky, answer: dict[str, object]
) -> None:
    await add(people, quirky, "slack")
    quirky.gates[TOKEN_PATH] = asyncio.Event()
    quirky.answers[TOKEN_PATH] = (200, answer)
    coming = asyncio.create_task(come_back(people, await begin(people, app="slack")))
    await delete_at(people, quirky, TOKEN_PATH)
    outcome = await coming
    assert outcome.kind in {"unknown", "failed"}
    assert "deleted" in outcomes.SENTENCES["unknown"]
