"""Connectors that authenticate with OAuth: with a client of their own, or with the connection of who set them up."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from uuid import UUID

import pytest
from pydantic import JsonValue

from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn
from hub_app.connectors.schemas.runs import RunIn, RunOut
from hub_app.connectors.service import connectors, credentials, oauth, runs
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Forbidden, Invalid, NotFound
from hub_app.oauth.service import connections, flows
from tests.oauth.conftest import ORIGIN, Acme, answer, row, stored_token
from tests.peers.api import Api

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

ACTIONS: list[JsonValue] = [
    {"id": "echo", "endpoint": "/echo"},
    {"id": "list_items", "endpoint": "/items"},
]

ACCESS: dict[str, JsonValue] = {"name": "any", "oauth_config": {"base_url": "http://127.0.0.1:9"}}


@pytest.fixture
async def api() -> AsyncGenerator[Api]:
    async with Api() as running:
        yield running


class Declared:
    """Adam's OAuth connector to the API, through a client of its own at the peer; Erin runs it."""

    def __init__(self, acme: Acme, api: Api) -> None:
        self.acme, self.api = acme, api
        self.admin, self.engineer = acme.people.adam.actor, acme.people.erin.actor
        self.id = UUID(int=0)

    def document(self, **access: JsonValue) -> ConnectorIn:
        here = self.acme.peer.url
        config: dict[str, JsonValue] = {
            "base_url": self.api.base("open"),
            "authorize_url": f"{here}/auth",
            "token_url": f"{here}/token",
            "revoke_url": f"{here}/token/revocation",
            "client_id": "hub",
            "client_secret": self.acme.peer.secret("hub"),
            "scopes": ["openid"],
        }
        given = {"name": "api", "auth_type": "oauth", "oauth_config": config | access, "actions": ACTIONS}
        return ConnectorIn.model_validate(given)

    async def create(self, document: ConnectorIn | None = None) -> None:
        self.id = (await connectors.create_connector(self.admin, document or self.document())).id

    async def connect(self) -> UUID:
        """Adam lets the connector's client in; the connection."""
        address = await oauth.authorize(self.admin, self.id, ORIGIN)
        outcome = await flows.finish(self.admin, answer(await self.acme.peer.allow(address)))
        assert outcome.kind in ("connected", "reconnected")
        assert outcome.location.startswith(f"/connectors/{self.id}?tab=credentials&outcome=")
        assert outcome.connection_id is not None
        return outcome.connection_id

    async def run(self, action: str = "echo") -> RunOut:
        return await runs.run_action(self.engineer, self.id, action, RunIn())

    def tokens_sent(self) -> list[str]:
        """What arrived at the API as bearer tokens, in order."""
        return [one.headers.get("authorization", "").removeprefix("Bearer ") for one in self.api.requests]


@pytest.fixture
async def declared(acme: Acme, api: Api) -> Declared:
    """The connector, saved."""
    made = Declared(acme, api)
    await made.create()
    return made


async def test_before_anybody_connects_a_run_says_what_to_do(declared: Declared) -> None:
    out = await declared.run()
    assert out.error is not None
    assert out.error.kind == "credential"
    assert "has no credential yet" in out.error.detail
    assert declared.tokens_sent() == []


async def test_calls_carry_the_connections_token_and_nobody_sees_it(declared: Declared) -> None:
    connection = await declared.connect()
    out = await declared.run()
    token = await stored_token(connection)
    assert out.ok
    assert declared.tokens_sent() == [token]
    assert token not in str(out.data)
    (shown,) = (await connectors.get_connector(declared.admin, declared.id)).credentials
    assert (shown.type, shown.is_valid) == ("oauth_token", True)
    assert shown.expires_at is not None


@pytest.mark.both_databases
async def test_many_runs_with_an_expired_token_refresh_it_once(declared: Declared) -> None:
    connection = await declared.connect()
    old = await stored_token(connection)
    async with asyncio.timeout(30):
        while ((await row(connection)).expires_at or utcnow()) > utcnow():  # noqa: ASYNC110 - the peer's clock
            await asyncio.sleep(0.2)
    outs = await asyncio.gather(*(declared.run() for _ in range(10)))
    assert all(out.ok for out in outs)
    assert len(declared.acme.peer.token_requests()) == 1
    assert old not in declared.tokens_sent()


async def test_a_token_that_the_api_refuses_is_refreshed_and_tried_once_more(declared: Declared) -> None:
    """The API lets in neither: two calls with two tokens, then the credential is marked."""
    base = declared.api.base("bearer")
    await connectors.replace_connector(declared.admin, declared.id, declared.document(base_url=base))
    connection = await declared.connect()
    out = await declared.run("list_items")
    first, second = declared.tokens_sent()
    assert first != second == await stored_token(connection)
    assert out.error is not None
    assert out.error.kind == "auth"
    assert not {first, second} & set(str(out))
    (shown,) = (await connectors.get_connector(declared.admin, declared.id)).credentials
    assert shown.is_valid is False
    assert shown.last_error


async def test_a_token_got_elsewhere_is_taken_over_and_refreshed(declared: Declared) -> None:
    connection = await declared.connect()
    refresh_token = await stored_token(connection, "refresh_token")
    # As if it had been got elsewhere: the connector forgets everything first.
    await connectors.delete_connector(declared.admin, declared.id)
    await declared.create()
    given = CredentialIn(type="oauth_refresh_token", value=refresh_token)
    await credentials.set_credential(declared.admin, declared.id, given)
    assert (await declared.run()).ok
    assert [one["grant_type"] for one in declared.acme.peer.token_requests()] == ["refresh_token"]


async def test_a_plain_token_needs_no_client(acme: Acme, api: Api) -> None:
    declared = Declared(acme, api)
    nothing = {"authorize_url": "", "token_url": "", "revoke_url": "", "client_id": "", "client_secret": None}
    await declared.create(declared.document(**nothing))
    with pytest.raises(Invalid, match="token_url"):
        await credentials.set_credential(
            declared.admin, declared.id, CredentialIn(type="oauth_refresh_token", value="r" * 20)
        )
    given = CredentialIn(type="oauth_token", value="a-token-got-elsewhere")
    await credentials.set_credential(declared.admin, declared.id, given)
    assert (await declared.run()).ok
    assert declared.tokens_sent() == ["a-token-got-elsewhere"]


async def test_on_another_host_the_tokens_stay_behind(declared: Declared, acme: Acme) -> None:
    connection = await declared.connect()
    async with Api() as elsewhere:
        moved = declared.document(base_url=elsewhere.base("open"))
        await connectors.replace_connector(declared.admin, declared.id, moved)
        out = await declared.run()
        assert out.error is not None
        assert "address was changed" in out.error.detail
        assert list(elsewhere.requests) == []
    assert not (await row(connection)).access_token
    assert acme.peer.token_requests() == []


async def test_the_connection_of_the_member_who_sets_it_up_can_be_used(acme: Acme, api: Api) -> None:
    adam = acme.people.adam.actor
    connection = await acme.connect(adam)
    declared = Declared(acme, api)
    access: dict[str, JsonValue] = {"base_url": api.base("open"), "connection_id": str(connection)}
    given = {"name": "api", "auth_type": "oauth", "oauth_config": access, "actions": ACTIONS}
    await declared.create(ConnectorIn.model_validate(given))
    assert (await declared.run()).ok
    assert declared.tokens_sent() == [await stored_token(connection)]
    await connections.disconnect(adam, connection)
    out = await declared.run()
    assert out.error is not None
    assert "disconnected" in out.error.detail


async def test_nobody_sends_another_members_token_anywhere(acme: Acme, api: Api) -> None:
    """A customer admin may see and revoke Erin's connection, not use it; nor one of another connector's client."""
    of_erin = await acme.connect()
    declared = Declared(acme, api)
    await declared.create()
    of_client = await declared.connect()
    for connection in (of_erin, of_client):
        access: dict[str, JsonValue] = {"base_url": api.base("open"), "connection_id": str(connection)}
        given = {"name": "other", "auth_type": "oauth", "oauth_config": access, "actions": ACTIONS}
        with pytest.raises(Invalid, match="not one of your own"):
            await connectors.create_connector(declared.admin, ConnectorIn.model_validate(given))


async def test_a_token_for_connectors_alone_sends_no_connections_token_anywhere(acme: Acme, api: Api) -> None:
    adam = acme.people.adam.actor
    narrow = replace(adam, via="token", scopes=frozenset({"read:connectors", "write:connectors"}))
    access: dict[str, JsonValue] = {
        "base_url": api.base("open"),
        "connection_id": str(await acme.connect(adam)),
    }
    given = {"name": "api", "auth_type": "oauth", "oauth_config": access, "actions": ACTIONS}
    with pytest.raises(Forbidden, match="write:oauth"):
        await connectors.create_connector(narrow, ConnectorIn.model_validate(given))


async def test_who_may_not_disconnect_removes_no_half_of_a_credential(declared: Declared) -> None:
    connection = await declared.connect()
    assert (await declared.run()).ok
    narrow = replace(declared.admin, via="token", scopes=frozenset({"read:connectors", "write:connectors"}))
    with pytest.raises(Forbidden, match="write:oauth"):
        await credentials.remove_credential(narrow, declared.id, "oauth_token")
    (kept,) = (await connectors.get_connector(narrow, declared.id)).credentials
    assert kept.is_valid
    assert (await row(connection)).access_token


async def test_another_admin_cannot_point_a_borrowed_connection_elsewhere(acme: Acme, api: Api) -> None:
    adam, alice = acme.people.adam.actor, acme.people.alice.actor
    access: dict[str, JsonValue] = {
        "base_url": api.base("open"),
        "connection_id": str(await acme.connect(adam)),
    }
    given = {"name": "api", "auth_type": "oauth", "oauth_config": access, "actions": ACTIONS}
    made = await connectors.create_connector(adam, ConnectorIn.model_validate(given))
    renamed = {**given, "display_name": "Renamed"}
    assert await connectors.replace_connector(alice, made.id, ConnectorIn.model_validate(renamed))
    async with Api() as elsewhere:
        moved = {**given, "oauth_config": {**access, "base_url": elsewhere.base("open")}}
        with pytest.raises(Invalid, match="not one of your own"):
            await connectors.replace_connector(alice, made.id, ConnectorIn.model_validate(moved))


async def test_only_admins_of_the_tenant_connect_a_connector(declared: Declared, acme: Acme) -> None:
    with pytest.raises(Forbidden):
        await oauth.authorize(acme.people.erin.actor, declared.id, ORIGIN)
    with pytest.raises(NotFound):
        await oauth.authorize(acme.people.mallory.actor, declared.id, ORIGIN)


async def test_deleting_the_connector_takes_its_connection_along(declared: Declared) -> None:
    connection = await declared.connect()
    await connectors.delete_connector(declared.admin, declared.id)
    with pytest.raises(NotFound):
        await connections.get_connection(declared.admin, connection)


async def test_removing_the_token_gives_it_back_to_the_provider(declared: Declared) -> None:
    connection = await declared.connect()
    await credentials.remove_credential(declared.admin, declared.id, "oauth_token")
    assert not (await row(connection)).access_token
    assert (await connections.get_connection(declared.admin, connection)).status == "revoked"
    out = await declared.run()
    assert out.error is not None
    assert out.error.kind == "credential"
    assert await declared.connect() == connection
    assert (await declared.run()).ok


async def test_kept_answers_are_not_those_of_another_account(declared: Declared) -> None:
    """The connection keeps its id when somebody else allows the access; the cache starts anew."""
    cached: list[JsonValue] = [{"id": "echo", "endpoint": "/echo", "cache_seconds": 600}]
    document = declared.document().model_copy(
        update={"actions": ConnectorIn.model_validate({**ACCESS, "actions": cached}).actions}
    )
    await connectors.replace_connector(declared.admin, declared.id, document)
    await declared.connect()
    assert [(await declared.run()).cached for _ in range(2)] == [False, True]
    await credentials.remove_credential(declared.admin, declared.id, "oauth_token")
    await declared.connect()
    assert (await declared.run()).cached is False
