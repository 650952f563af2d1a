"""Connections stay alive: one refresh at a time over all processes, and an honest end when the provider ends it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from sqlalchemy import update
from sqlmodel import select

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, NotFound
from hub_app.kernel.ids import new_id
from hub_app.oauth import exchange, worker
from hub_app.oauth.provider import Provider
from hub_app.oauth.schemas import AppPatch
from hub_app.oauth.service import apps, connections, leases, refreshing, tokens
from hub_app.oauth.tables import OauthConnection
from hub_app.webhooks.tables import Event
from tests.oauth import use_connection
from tests.oauth.conftest import Acme, row, stored_token

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


async def change(connection_id: UUID, **values: object) -> None:
    async with db.system("a test changes a connection", write=True) as session:
        await session.exec(
            update(OauthConnection).where(OauthConnection.id == connection_id).values(**values)  # type: ignore[arg-type]
        )


async def test_a_young_token_is_used_as_it_is(acme: Acme) -> None:
    connection = await acme.connect()
    for _ in range(3):
        assert await tokens.access_token(acme.people.erin.tenant_id, connection) == await stored_token(
            connection
        )
    assert acme.peer.token_requests() == []


@pytest.mark.both_databases
async def test_twenty_uses_of_an_expired_connection_refresh_once(acme: Acme) -> None:
    """In one process, on each database; the grant lives on, as the next refresh shows."""
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    await acme.until_old(connection)
    got = await asyncio.gather(*(tokens.access_token(tenant, connection) for _ in range(20)))
    assert set(got) == {await stored_token(connection)}
    assert [one["error"] for one in acme.peer.token_requests()] == [""]
    await tokens.refresh(tenant, connection)
    assert [one["error"] for one in acme.peer.token_requests()] == ["", ""]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_processes_refresh_once(acme: Acme) -> None:
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    others = [await asyncio.to_thread(use_connection.start, tenant, connection) for _ in range(2)]
    await acme.until_old(connection)
    for other in others:
        other.begin()
    got = await asyncio.gather(*(asyncio.to_thread(other.got) for other in others))
    assert {one for tokens in got for one in tokens} == {await stored_token(connection)}
    assert [one["error"] for one in acme.peer.token_requests()] == [""]
    await tokens.refresh(tenant, connection)
    assert [one["error"] for one in acme.peer.token_requests()] == ["", ""]


@pytest.mark.both_databases
async def test_a_refused_token_is_refreshed_once_for_all_who_hold_it(acme: Acme) -> None:
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    refused = await stored_token(connection)
    uses = (tokens.access_token(tenant, connection, refused=refused) for _ in range(10))
    got = await asyncio.gather(*uses)
    assert set(got) == {await stored_token(connection)} != {refused}
    assert len(acme.peer.token_requests()) == 1


async def test_a_caller_who_goes_away_does_not_lose_the_rotated_token(acme: Acme) -> None:
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    before = await stored_token(connection)
    use = asyncio.create_task(tokens.refresh(tenant, connection))
    while not (await row(connection)).lease and not use.done():  # noqa: ASYNC110 - the database changes
        await asyncio.sleep(0)
    use.cancel()
    await refreshing.finish()
    assert await stored_token(connection) != before
    await tokens.refresh(tenant, connection)
    assert {one["error"] for one in acme.peer.token_requests()} == {""}


@pytest.mark.both_databases
async def test_a_lease_of_a_process_that_died_lapses(acme: Acme) -> None:
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    await change(connection, expires_at=utcnow())
    await change(connection, lease=new_id(), lease_until=utcnow() + timedelta(seconds=1))
    assert await tokens.access_token(tenant, connection)
    assert len(acme.peer.token_requests()) == 1


async def test_a_refresh_token_used_twice_ends_the_grant_and_the_connection_says_so(acme: Acme) -> None:
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    stolen = (await row(connection)).refresh_token
    await tokens.refresh(tenant, connection)
    await change(connection, refresh_token=stolen)
    await change(connection, expires_at=utcnow())
    with pytest.raises(tokens.NotConnected, match="Connect it again"):
        await tokens.access_token(tenant, connection)
    ended = await row(connection)
    assert (ended.status, ended.access_token, ended.refresh_token) == ("expired", b"", b"")
    async with db.read(tenant) as session:
        event = (await session.exec(select(Event))).one()
    assert event.type == "oauth.connection.expired"
    assert orjson.loads(event.payload)["connection_id"] == str(connection)
    # Nobody asks the provider any more.
    with pytest.raises(tokens.NotConnected):
        await tokens.access_token(tenant, connection)
    assert [one["error"] for one in acme.peer.token_requests()] == ["", "invalid_grant"]


@pytest.mark.both_databases
async def test_a_provider_that_is_down_does_not_end_the_connection(acme: Acme) -> None:
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    await change(connection, expires_at=utcnow())
    acme.peer.go_down()
    uses = (tokens.access_token(tenant, connection) for _ in range(5))
    failures = await asyncio.gather(*uses, return_exceptions=True)
    assert all(isinstance(one, tokens.RefreshFailed) and "503" in one.detail for one in failures)
    noted = await row(connection)
    assert (noted.status, noted.lease) == ("connected", None)
    assert "503" in noted.last_error
    assert len(acme.peer.token_requests("while down")) == 1
    acme.peer.come_up()
    await change(connection, retry_at=None)
    assert await tokens.access_token(tenant, connection)
    assert (await row(connection)).last_error == ""


async def test_a_wrong_client_secret_is_an_error_that_can_be_mended(acme: Acme) -> None:
    alice = acme.people.alice.actor
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    await apps.update_app(alice, "peer", AppPatch.model_validate({"client_secret": "wrong"}))
    with pytest.raises(tokens.RefreshFailed, match="client ID"):
        await tokens.refresh(tenant, connection)
    assert (await row(connection)).status == "error"
    right = {"client_secret": acme.peer.secret("hub")}
    await apps.update_app(alice, "peer", AppPatch.model_validate(right))
    await change(connection, retry_at=None)
    await tokens.refresh(tenant, connection)
    assert (await row(connection)).status == "connected"


async def test_what_expires_soon_is_refreshed_by_itself(acme: Acme) -> None:
    soon, late = await acme.connect(), await acme.connect()
    await change(late, expires_at=utcnow() + timedelta(minutes=10))
    dead = await connections.adopt(
        acme.people.erin.actor,
        "peer",
        connections.Given(access_token=await stored_token(late), expires_at=utcnow() + timedelta(hours=1)),
    )
    await change(dead.id, expires_at=utcnow())
    before = {one: await stored_token(one) for one in (soon, late)}
    await worker.refresh_soon()
    assert await stored_token(soon) != before[soon]
    assert await stored_token(late) == before[late]
    assert (await row(dead.id)).status == "expired"
    assert len(acme.peer.token_requests()) == 1


async def test_disconnecting_revokes_there_and_wipes_here(acme: Acme) -> None:
    erin, connection = acme.people.erin.actor, await acme.connect()
    refresh_token = await stored_token(connection, "refresh_token")
    await connections.disconnect(erin, connection)
    gone = await row(connection)
    assert (gone.status, gone.access_token, gone.refresh_token) == ("revoked", b"", b"")
    assert gone.last_error == ""
    with pytest.raises(tokens.NotConnected, match="disconnected"):
        await tokens.access_token(erin.tenant_id, connection)
    provider = Provider(
        name="The peer",
        authorize_url="",
        token_url=f"{acme.peer.url}/token",
        client_id="hub",
        client_secret=acme.peer.secret("hub"),
    )
    with pytest.raises(ApiError) as ended:
        await exchange.by_refresh_token(provider, refresh_token)
    assert ended.value.reauthorize
    await connections.disconnect(erin, connection)


async def test_a_provider_that_cannot_be_told_is_named(acme: Acme) -> None:
    connection = await acme.connect()
    acme.peer.go_down()
    await connections.disconnect(acme.people.erin.actor, connection)
    gone = await row(connection)
    assert (gone.status, gone.access_token) == ("revoked", b"")
    assert "Remove Hub's access there too" in gone.last_error


async def test_an_adopted_token_lives_on_its_own(acme: Acme) -> None:
    erin = acme.people.erin.actor
    first = await acme.connect()
    given = connections.Given(
        access_token=await stored_token(first), refresh_token=await stored_token(first, "refresh_token")
    )
    made = await connections.adopt(erin, "peer", given)
    assert (made.account_name, made.status, made.refreshes) == ("ada at the peer", "connected", True)
    # Nobody said how long it lives.
    assert made.expires_at is not None
    assert timedelta(minutes=59) < made.expires_at - utcnow() <= timedelta(minutes=60)
    await connections.refresh(erin, made.id)
    assert acme.peer.token_requests()[-1]["error"] == ""


async def test_only_its_owner_refreshes_and_admins_may_disconnect(acme: Acme) -> None:
    people, connection = acme.people, await acme.connect()
    for stranger in (people.adam, people.alice):
        with pytest.raises(NotFound):
            await connections.refresh(stranger.actor, connection)
    with pytest.raises(Forbidden):
        await connections.disconnect(people.vera.actor, connection)
    with pytest.raises(NotFound):
        await connections.disconnect(people.mallory.actor, connection)
    await connections.disconnect(people.adam.actor, connection)
    assert (await row(connection)).status == "revoked"


async def test_a_token_that_cannot_be_refreshed_says_so(acme: Acme) -> None:
    erin = acme.people.erin.actor
    first = await acme.connect()
    given = connections.Given(access_token=await stored_token(first))
    made = await connections.adopt(erin, "peer", given)
    # It may hold for ever, as GitHub's do.
    assert made.expires_at is None
    with pytest.raises(Conflict, match="no refresh token"):
        await connections.refresh(erin, made.id)
    with pytest.raises(tokens.NotConnected, match="refused the access token"):
        await tokens.access_token(erin.tenant_id, made.id, refused=given.access_token)
    assert (await row(made.id)).status == "error"


async def test_who_looked_before_a_refresh_does_not_begin_another_one(acme: Acme) -> None:
    """With what they saw they would use the old refresh token again, which ends the grant."""
    tenant, connection = acme.people.erin.tenant_id, await acme.connect()
    seen = await row(connection)
    await tokens.refresh(tenant, connection)
    assert await leases.take(seen) is None
    assert await leases.take(await row(connection)) is not None
    assert await leases.take(await row(connection)) is None
