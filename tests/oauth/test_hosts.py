"""A secret goes to the host that it was given for and to no other, whatever is changed meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr
from sqlmodel import select

from hub_app.kernel import db, migrations
from hub_app.kernel.settings import Settings
from hub_app.oauth.schemas import AppPatch
from hub_app.oauth.service import apps, connections, outcomes, tokens
from hub_app.oauth.tables import OauthConnection
from tests.oauth.conftest import row, stored_token
from tests.oauth.quirks import add, begin, come_back, connect
from tests.peers.quirky import Quirky
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

URLS = {"authorize_url": "/authorize", "token_url": "/token", "revoke_url": "/revoke", "userinfo_url": "/me"}
GIVEN = {"access_token": "t1", "refresh_token": "r1", "expires_in": 3600}


@pytest.fixture
async def elsewhere() -> AsyncGenerator[Quirky]:
    async with Quirky() as running:
        yield running


@pytest.fixture
async def app(people: People, quirky: Quirky) -> str:
    """An app of the catalogue at the quirky peer, with every kind of address; its slug."""
    urls = {name: quirky.url + path for name, path in URLS.items()}
    quirky.answers |= {"/token": (200, GIVEN), "/me": (200, {"id": "7"}), "/revoke": (200, {})}
    return (await add(people, quirky, "honeybook", slug="here", account_id="id", **urls)).slug


async def move(people: People, app: str, **changes: object) -> None:
    """The operator changes the app, with the secret for where it is then."""
    given = AppPatch.model_validate({"client_secret": SecretStr("another secret"), **changes})
    await apps.update_app(people.alice.actor, app, given)


async def living() -> list[OauthConnection]:
    """Connections that hold tokens."""
    async with db.system("a test looks") as session:
        found = (await session.exec(select(OauthConnection))).all()
    return [one for one in found if one.access_token or one.refresh_token]


@pytest.mark.parametrize("moved", [*URLS, "issuer"])
async def test_an_address_moved_while_somebody_is_at_the_provider_ends_the_authorization(
    people: People, app: str, quirky: Quirky, elsewhere: Quirky, moved: str
) -> None:
    """Neither the code nor its verifier is sent anywhere."""
    asked = await begin(people, app=app)
    await move(people, app, **{moved: elsewhere.url + URLS.get(moved, "")})
    outcome = await come_back(people, asked)
    assert outcome.kind == "moved"
    assert "changed to another host" in await outcomes.explain(people.erin.actor, "moved", outcome.flow_id)
    assert (quirky.came, elsewhere.came, await living()) == ([], [], [])
    # Begun anew, it goes where the addresses are now.
    elsewhere.answers |= {"/token": (200, GIVEN), "/me": (200, {"id": "7"})}
    if moved != "issuer":
        assert (await connect(people, app))[1].kind == "connected"


async def test_another_path_of_the_same_host_is_no_other_host(
    people: People, app: str, quirky: Quirky
) -> None:
    asked = await begin(people, app=app)
    quirky.answers["/token2"] = (200, GIVEN)
    await move(people, app, token_url=f"{quirky.url}/token2")
    assert (await come_back(people, asked)).kind == "connected"


async def test_an_address_moved_while_the_code_is_exchanged_connects_nothing(
    people: People, app: str, quirky: Quirky, elsewhere: Quirky
) -> None:
    """The tokens came from the former host, and would be refreshed at the new one."""
    quirky.gates["/token"] = asyncio.Event()
    coming_back = asyncio.create_task(come_back(people, await begin(people, app=app)))
    await quirky.wait_for("/token")
    await move(people, app, token_url=f"{elsewhere.url}/token")
    quirky.gates["/token"].set()
    assert (await coming_back).kind == "moved"
    assert (elsewhere.came, await living()) == ([], [])


async def test_an_address_moved_during_a_refresh_gets_no_token(
    people: People, app: str, quirky: Quirky, elsewhere: Quirky
) -> None:
    _, outcome = await connect(people, app)
    assert outcome.connection_id is not None
    quirky.came.clear()
    quirky.gates["/token"] = asyncio.Event()
    refreshing = asyncio.create_task(tokens.refresh(people.erin.tenant_id, outcome.connection_id))
    await quirky.wait_for("/token")
    await move(people, app, token_url=f"{elsewhere.url}/token")
    quirky.gates["/token"].set()
    with pytest.raises(tokens.NotConnected, match="address was changed"):
        await refreshing
    assert (elsewhere.came, await living()) == ([], [])


async def adopted_while_moving(people: People, app: str, quirky: Quirky, **to: str) -> OauthConnection:
    """A connection of tokens got elsewhere, whose app gets other addresses before it is written."""
    quirky.gates["/me"] = asyncio.Event()
    given = connections.Given(access_token="t1", refresh_token="r1")
    adopting = asyncio.create_task(connections.adopt(people.erin.actor, app, given))
    await quirky.wait_for("/me")
    await move(people, app, **to)
    quirky.gates["/me"].set()
    return await row((await adopting).id)


async def test_a_refresh_token_goes_only_to_the_host_that_it_came_from(
    people: People, app: str, quirky: Quirky, elsewhere: Quirky
) -> None:
    made = await adopted_while_moving(people, app, quirky, token_url=f"{elsewhere.url}/token")
    with pytest.raises(tokens.NotConnected, match="address was changed"):
        await tokens.refresh(people.erin.tenant_id, made.id)
    assert (elsewhere.came, await living()) == ([], [])


async def test_a_token_is_given_back_only_to_the_host_that_it_came_from(
    people: People, app: str, quirky: Quirky, elsewhere: Quirky
) -> None:
    made = await adopted_while_moving(people, app, quirky, revoke_url=f"{elsewhere.url}/revoke")
    await connections.disconnect(people.erin.actor, made.id)
    assert elsewhere.came == []
    assert "Remove Hub's access there too" in (await row(made.id)).last_error


async def test_two_changes_do_no_more_than_one(people: People, app: str, elsewhere: Quirky) -> None:
    """First no address at all, then another one: the tokens and the secret stay behind as well."""
    await connect(people, app)
    nothing = dict.fromkeys(URLS, "")
    await apps.update_app(people.alice.actor, app, AppPatch.model_validate(nothing))
    assert await living() == []
    there = {name: elsewhere.url + path for name, path in URLS.items()}
    detail = await apps.update_app(people.alice.actor, app, AppPatch.model_validate(there))
    assert detail.secret_hint == ""


async def test_a_token_address_where_only_access_tokens_went_before_is_another_host(
    people: People, app: str, quirky: Quirky, elsewhere: Quirky
) -> None:
    """The host that names the account never saw the client secret, nor refresh tokens."""
    await move(people, app, userinfo_url=f"{elsewhere.url}/me")
    elsewhere.answers["/me"] = (200, {"id": "7"})
    await connect(people, app)
    assert len(await living()) == 1
    detail = await apps.update_app(
        people.alice.actor, app, AppPatch(token_url=f"{elsewhere.url}/token", userinfo_url=f"{quirky.url}/me")
    )
    assert (detail.secret_hint, await living()) == ("", [])


async def test_every_refresh_goes_where_its_code_went(people: People, app: str, quirky: Quirky) -> None:
    _, outcome = await connect(people, app)
    assert outcome.connection_id is not None
    quirky.answers["/token"] = (200, GIVEN | {"access_token": "t2"})
    await tokens.refresh(people.erin.tenant_id, outcome.connection_id)
    sent = [parse_qs(one.body) for one in quirky.came if one.path == "/token"]
    assert [one["grant_type"][0] for one in sent] == ["authorization_code", "refresh_token"]
    assert await stored_token(outcome.connection_id) == "t2"


async def test_an_upgraded_database_knows_the_hosts_of_what_is_there(
    people: People, app: str, quirky: Quirky, database: Settings
) -> None:
    _, outcome = await connect(people, app)
    asked = await begin(people, app=app)
    assert outcome.connection_id is not None
    before = (await row(outcome.connection_id)).hosts
    await migrations.downgrade(database, "0007")
    await migrations.upgrade(database)
    await db.current().engine.dispose()
    assert (await row(outcome.connection_id)).hosts == before
    await tokens.refresh(people.erin.tenant_id, outcome.connection_id)
    assert (await come_back(people, asked)).kind == "connected"
    assert before is not None
    assert before["token_url"] == quirky.url
