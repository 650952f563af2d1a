"""Consent to OAuth connections: whoever connects one gives it, and while it is revoked nobody gets a token."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from alembic.script import ScriptDirectory

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import oauth
from hub_app.governance.schemas.consents import Agreement, ConsentFilter, ConsentSettingPatch
from hub_app.governance.service import consent_log, consent_settings, consent_status
from hub_app.governance.service.consents import ConsentRevoked
from hub_app.kernel import migrations
from hub_app.kernel.errors import Forbidden, Invalid
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.settings import Settings
from hub_app.oauth import worker
from hub_app.oauth.service import connections, flows, tokens
from tests.governance.consenting import consent_of, give_again, revoke
from tests.oauth.conftest import ORIGIN, Acme
from tests.oauth.test_connectors import ACTIONS, Declared
from tests.peers.api import Api

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")]


@pytest.fixture
async def api() -> AsyncGenerator[Api]:
    async with Api() as running:
        yield running


async def test_while_it_is_revoked_nobody_gets_a_token(acme: Acme) -> None:
    """Nor is it refreshed, and reconnecting is no way around it. What is there works once consent is given again."""
    erin, adam = acme.people.erin, acme.people.adam
    one = await acme.connect()
    consent = await consent_of(erin, one)
    assert (consent.source, consent.user_name, consent.name) == ("rest", "Erin Novak", acme.app.name)
    token = await tokens.access_token(erin.tenant_id, one)
    await revoke(adam, one)
    why = f"Consent for {acme.app.name} was revoked on"
    with pytest.raises(ConsentRevoked, match=why):
        await tokens.access_token(erin.tenant_id, one)
    with pytest.raises(ConsentRevoked):
        await connections.refresh(erin.actor, one)
    with pytest.raises(ConsentRevoked):
        await flows.start(erin.actor, connection=one)
    await acme.until_old(one)
    await worker.refresh_soon()
    assert acme.peer.token_requests() == []
    await give_again(erin, "oauth_connection", one)
    assert await tokens.access_token(erin.tenant_id, one) != token


async def test_revoked_in_the_middle_of_a_list_the_token_is_sent_no_more(acme: Acme, api: Api) -> None:
    adam = acme.people.adam
    one = await acme.connect(adam.actor)
    declared = Declared(acme, api)
    listing = {"id": "it", "endpoint": "/faults/held-list", "pagination": {"type": "page"}}
    config = {"base_url": api.base("open"), "connection_id": str(one)}
    given = {"name": "api", "auth_type": "oauth", "oauth_config": config, "actions": [listing]}
    await declared.create(ConnectorIn.model_validate(given))
    running = asyncio.create_task(declared.run("it"))
    await api.wait_for(1)
    await revoke(adam, one)
    api.released.set()
    out = await running
    assert out.error is not None
    assert (out.ok, out.error.kind, api.count) == (False, "consent", 1)
    assert out.error.detail.startswith(f"Consent for {acme.app.name} was revoked on")


async def test_an_account_is_its_owners_and_the_customer_admins(acme: Acme) -> None:
    erin, adam = acme.people.erin, acme.people.adam
    with pytest.raises(Forbidden, match="Only the person who gave this consent"):
        await revoke(erin, await acme.connect(adam.actor))
    mine = await acme.connect(account="grace")
    await revoke(erin, mine)
    await give_again(adam, "oauth_connection", mine)
    # A customer admin gave it last; the account is still hers.
    await revoke(erin, mine)
    (found,) = (await consent_status.list_status(erin.actor, PageRequest())).items
    assert (found.resource_id, found.state, found.mine) == (mine, "revoked", True)


async def test_an_authorization_carries_what_was_agreed_to(acme: Acme) -> None:
    given = ConsentSettingPatch(ask_explicitly=True)
    await consent_settings.change_settings(acme.people.alice.actor, given)
    with pytest.raises(Invalid) as refused:
        await acme.connect()
    assert [error.field for error in refused.value.errors] == ["consent"]
    taken = connections.Given(access_token="from-elsewhere")
    with pytest.raises(Invalid) as refused:
        await connections.adopt(acme.people.erin.actor, "peer", taken)
    assert [error.field for error in refused.value.errors] == ["consent"]
    one = await acme.connect(agreement=Agreement("screen", "For invoices only."))
    consent = await consent_of(acme.people.erin, one)
    assert (consent.source, consent.description) == ("screen", "For invoices only.")
    # Connected again it has its consent, and nobody is asked.
    assert await acme.connect(connection=one) == one
    assert (await consent_of(acme.people.erin, one)).id == consent.id


async def test_a_connectors_consent_covers_its_own_client(acme: Acme, api: Api) -> None:
    """Its connection is no other one to consent to, and stops with it."""
    declared = Declared(acme, api)
    await declared.create()
    adam = acme.people.adam
    connection = await declared.connect()
    assert await tokens.access_token(adam.tenant_id, connection)
    found = (await consent_status.list_status(adam.actor, PageRequest())).items
    assert [one.resource_type for one in found] == ["connector"]
    await revoke(adam, declared.id)
    with pytest.raises(ConsentRevoked, match="Consent for api was revoked"):
        await tokens.access_token(adam.tenant_id, connection)
    with pytest.raises(ConsentRevoked):
        await oauth.authorize(adam.actor, declared.id, ORIGIN)


async def test_what_was_connected_before_gets_a_consent(acme: Acme, api: Api, database: Settings) -> None:
    """Without anybody's name, under the first policy; it binds as others do."""
    declared = Declared(acme, api)
    await declared.create()
    through_client, own = await declared.connect(), await acme.connect()
    before = ScriptDirectory.from_config(migrations.config()).get_revision("0014").down_revision
    await migrations.downgrade(database, str(before))
    await migrations.upgrade(database)
    adam = acme.people.adam
    found = await consent_log.list_consents(adam.actor, ConsentFilter(), PageRequest())
    assert {(one.resource_type, one.resource_id, one.name) for one in found.items} == {
        ("connector", str(declared.id), "api"),
        ("oauth_connection", str(own), acme.app.name),
    }
    assert {(one.source, one.user_id, one.policy_version) for one in found.items} == {("upgrade", None, 1)}
    assert "connected to 127.0.0.1" in (await consent_of(adam, declared.id)).description
    await revoke(adam, declared.id)
    with pytest.raises(ConsentRevoked):
        await tokens.access_token(adam.tenant_id, through_client)
    await tokens.access_token(adam.tenant_id, own)


async def test_a_connector_that_uses_an_account_needs_both_consents(acme: Acme, api: Api) -> None:
    """Neither is called, over REST it is a 409, and the API hears nothing."""
    adam = acme.people.adam
    account = await acme.connect(adam.actor)
    declared = Declared(acme, api)
    config = {"base_url": api.base("open"), "connection_id": str(account)}
    given = {"name": "shop", "auth_type": "oauth", "oauth_config": config, "actions": ACTIONS}
    await declared.create(ConnectorIn.model_validate(given))
    assert (await declared.run()).ok
    for kind, one in (("oauth_connection", account), ("connector", declared.id)):
        await revoke(adam, one)
        with pytest.raises(ConsentRevoked):
            await declared.run()
        await give_again(adam, kind, one)
    assert (await declared.run()).ok
    assert len(api.requests) == 2
