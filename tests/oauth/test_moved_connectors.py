"""A connector that gets another host: no secret that is for the one goes to the other, in whatever order things happen."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from uuid import UUID

import pytest
from pydantic import JsonValue

from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn
from hub_app.connectors.schemas.runs import RunIn, RunOut, TestIn
from hub_app.connectors.service import connectors, credentials, oauth, runs
from hub_app.connectors.tables import Connector
from hub_app.kernel import db, migrations, rows
from hub_app.kernel.actor import Actor
from hub_app.kernel.settings import Settings
from hub_app.oauth.service import flows, outcomes, tokens
from tests.oauth.conftest import ORIGIN, Acme, answer, row, stored_token
from tests.peers.quirky import Quirky
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

ECHO: list[JsonValue] = [{"id": "echo", "endpoint": "/echo"}]
MOVED = "changed to another host"


@pytest.fixture
async def elsewhere() -> AsyncGenerator[Quirky]:
    async with Quirky() as running:
        running.answers["/echo"] = (200, {})
        yield running


class Moving:
    """Adam's connector, which moves from one host to another one; Erin runs it."""

    def __init__(self, people: People, kind: str = "api_key", **access: JsonValue) -> None:
        self.admin, self.engineer = people.adam.actor, people.erin.actor
        self.kind, self.access = kind, access
        self.id = UUID(int=0)

    def document(self, api: Quirky) -> ConnectorIn:
        config = {"base_url": api.url, **self.access}
        auth_type = "oauth" if self.kind == "oauth_token" else self.kind
        given = {"name": "api", "auth_type": auth_type, "oauth_config": config, "actions": ECHO}
        return ConnectorIn.model_validate(given)

    async def create(self, api: Quirky) -> None:
        self.id = (await connectors.create_connector(self.admin, self.document(api))).id

    async def move(self, api: Quirky) -> None:
        await connectors.replace_connector(self.admin, self.id, self.document(api))

    async def save(self, value: str) -> None:
        given = CredentialIn.model_validate({"type": self.kind, "value": value})
        await credentials.set_credential(self.admin, self.id, given)

    async def read(self) -> Connector:
        """The connector, as a run reads it at its beginning."""
        async with db.read(self.admin.tenant_id) as session:
            return await rows.get(session, Connector, self.id)

    async def run(self) -> RunOut:
        return await runs.run_action(self.engineer, self.id, "echo", RunIn())

    async def connect(self, acme: Acme) -> UUID:
        address = await oauth.authorize(self.admin, self.id, ORIGIN)
        outcome = await flows.finish(self.admin, answer(await acme.peer.allow(address)))
        assert outcome.connection_id is not None, outcome
        return outcome.connection_id


def of_client(acme: Acme) -> Moving:
    """With an OAuth client of its own at the peer."""
    here = acme.peer.url
    secret = acme.peer.secret("hub")
    access: dict[str, JsonValue] = {"authorize_url": f"{here}/auth", "token_url": f"{here}/token"}
    return Moving(
        acme.people, "oauth_token", **access, client_id="hub", client_secret=secret, scopes=["openid"]
    )


def sent(api: Quirky) -> list[str]:
    return [one.headers.get("authorization", "").removeprefix("Bearer ") for one in api.came]


@pytest.mark.parametrize("kind", ["api_key", "oauth_token"])
async def test_a_credential_saved_meanwhile_does_not_go_where_the_connector_called_before(
    people: People, quirky: Quirky, elsewhere: Quirky, kind: str
) -> None:
    moving = Moving(people, kind)
    await moving.create(quirky)
    await moving.save("the-secret-for-here")
    before = await moving.read()
    await moving.move(elsewhere)
    await moving.save("the-secret-for-elsewhere")
    with pytest.raises(credentials.Moved, match=MOVED):
        await credentials.secret_of(people.adam.tenant_id, before)
    assert (await moving.run()).ok
    assert sent(elsewhere) == ["the-secret-for-elsewhere"]


async def moves_while_held(
    moving: Moving, here: Quirky, elsewhere: Quirky, save: Callable[[], Awaitable[object]]
) -> RunOut:
    """A run whose first call is answered 401 after the connector has moved and a new token was saved."""
    here.answers["/echo"] = (401, {"error": "This token has run out."})
    here.gates["/echo"] = asyncio.Event()
    running = asyncio.create_task(moving.run())
    await here.wait_for("/echo")
    await moving.move(elsewhere)
    await save()
    here.gates["/echo"].set()
    return await running


async def test_the_retry_after_a_401_does_not_take_a_token_to_the_former_host(
    people: People, quirky: Quirky, elsewhere: Quirky
) -> None:
    moving = Moving(people, "oauth_token")
    await moving.create(quirky)
    await moving.save("the-token-for-here")
    out = await moves_while_held(moving, quirky, elsewhere, lambda: moving.save("the-token-for-elsewhere"))
    assert out.error is not None
    assert MOVED in out.error.detail
    assert sent(quirky) == ["the-token-for-here"]
    assert sent(elsewhere) == []


async def test_nor_does_it_take_the_token_of_a_connection_made_meanwhile(
    acme: Acme, quirky: Quirky, elsewhere: Quirky
) -> None:
    moving = of_client(acme)
    await moving.create(quirky)
    first = await stored_token(await moving.connect(acme))
    out = await moves_while_held(moving, quirky, elsewhere, lambda: moving.connect(acme))
    assert out.error is not None
    assert "changed" in out.error.detail
    assert sent(quirky) == [first]
    assert (await moving.run()).ok
    assert len(sent(elsewhere)) == 1


async def test_there_and_back_again_is_noticed_too(acme: Acme, quirky: Quirky, elsewhere: Quirky) -> None:
    """The host is the same when the token is read, but the token was given for the other one."""
    moving = of_client(acme)
    await moving.create(quirky)
    connection = await moving.connect(acme)
    await moving.move(elsewhere)
    await moving.connect(acme)
    with pytest.raises(tokens.NotConnected, match="made for another host"):
        await tokens.access(moving.admin.tenant_id, connection, api_host=quirky.url)


async def test_a_test_of_a_connector_is_held_to_its_host_as_well(
    people: People, quirky: Quirky, elsewhere: Quirky
) -> None:
    moving = Moving(people, "oauth_token")
    await moving.create(quirky)
    await moving.save("the-token-for-here")
    quirky.answers["/echo"] = (401, {})
    quirky.gates["/echo"] = asyncio.Event()
    testing = asyncio.create_task(runs.test_connector(moving.engineer, moving.id, TestIn(endpoint="/echo")))
    await quirky.wait_for("/echo")
    await moving.move(elsewhere)
    await moving.save("the-token-for-elsewhere")
    quirky.gates["/echo"].set()
    error = (await testing).error
    assert error is not None
    assert MOVED in error.detail
    assert sent(quirky) == ["the-token-for-here"]


async def test_a_base_url_moved_while_its_owner_is_at_the_provider_connects_nothing(
    acme: Acme, quirky: Quirky, elsewhere: Quirky
) -> None:
    moving = of_client(acme)
    await moving.create(quirky)
    address = await oauth.authorize(moving.admin, moving.id, ORIGIN)
    callback = answer(await acme.peer.allow(address))
    await moving.move(elsewhere)
    outcome = await flows.finish(moving.admin, callback)
    assert outcome.kind == "moved"
    assert "the URL of the provider or connector" in await explained(moving.admin, outcome)
    assert acme.peer.token_requests("authorization_code") == []
    assert (await moving.run()).error is not None
    assert sent(elsewhere) == []


async def explained(actor: Actor, outcome: outcomes.Outcome) -> str:
    return await outcomes.explain(actor, outcome.kind, outcome.flow_id)


async def test_a_token_taken_over_is_for_the_host_of_then(
    acme: Acme, quirky: Quirky, elsewhere: Quirky
) -> None:
    moving = of_client(acme)
    await moving.create(quirky)
    await moving.save("got-elsewhere-for-here")
    connection = await stored(acme, moving)
    assert ((await row(connection)).hosts or {})["api"] == quirky.url
    await moving.move(elsewhere)
    assert (await moving.run()).error is not None
    assert (sent(elsewhere), (await row(connection)).access_token) == ([], b"")


async def stored(acme: Acme, moving: Moving) -> UUID:
    async with db.read(acme.people.adam.tenant_id) as session:
        found = await oauth.own_connection(session, await rows.get(session, Connector, moving.id))
    assert found is not None
    return found


async def test_an_upgraded_database_knows_where_a_connectors_tokens_are_used(
    acme: Acme, quirky: Quirky, database: Settings
) -> None:
    moving = of_client(acme)
    await moving.create(quirky)
    connection = await moving.connect(acme)
    await migrations.downgrade(database, "0007")
    await migrations.upgrade(database)
    await db.current().engine.dispose()
    quirky.answers["/echo"] = (200, {})
    assert (await moving.run()).ok
    assert ((await row(connection)).hosts or {})["api"] == quirky.url
