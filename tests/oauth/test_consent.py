"""Consent to OAuth connections: whoever connects one gives it, and while it is revoked nobody gets a token."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import col, select

from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn
from hub_app.connectors.service import credentials, oauth
from hub_app.governance.schemas.consents import Agreement, ConsentFilter, ConsentSettingPatch
from hub_app.governance.service import consent_log, consent_settings, consent_status
from hub_app.governance.service.consents import ConsentRevoked
from hub_app.kernel import db, migrations
from hub_app.kernel.errors import Forbidden, Invalid
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.settings import Settings
from hub_app.oauth import worker
from hub_app.oauth.provider import Account, Tokens, Unreadable
from hub_app.oauth.provider import Answer as ProviderAnswer
from hub_app.oauth.service import connections, consent, endings, flows, outcomes, providers, tokens
from hub_app.oauth.tables import OauthApp, OauthClient, OauthFlow
from hub_app.plans import worker as plan_worker
from tests.governance.consenting import consent_of, give_again, revoke
from tests.oauth.conftest import ORIGIN, Acme, answer, row
from tests.oauth.test_connectors import ACTIONS, Declared
from tests.peers.api import Api
from tests.plans.plan_factory import Office

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


async def test_revoked_in_the_middle_of_a_plan_the_token_is_sent_no_more(acme: Acme, api: Api) -> None:
    """The run ends at its next step, for the account that the connector uses."""
    adam = acme.people.adam
    account = await acme.connect(adam.actor)
    declared = Declared(acme, api)
    actions = [{"id": "held", "endpoint": "/faults/held"}, {"id": "list", "endpoint": "/items"}]
    config = {"base_url": api.base("open"), "connection_id": str(account)}
    given = {"name": "api", "auth_type": "oauth", "oauth_config": config, "actions": actions}
    await declared.create(ConnectorIn.model_validate(given))
    office = Office(acme.people, None, declared.id)  # type: ignore[arg-type] - its API is another one here
    plan = await office.plan(office.step("first", "held"), office.step("second", "list"))
    async with plan_worker.running():
        run = await office.start(plan)
        await api.wait_for(1)
        await revoke(adam, account)
        api.released.set()
        ended = await office.ended(run)
    assert [step.status for step in ended.steps] == ["succeeded", "failed"]
    assert ended.error.startswith(f"second: Consent for {acme.app.name} was revoked on")
    assert api.count == 1


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


@pytest.mark.parametrize("begun", ["reconnect", "through its client"])
async def test_revoked_while_the_browser_is_away_nothing_is_connected_again(
    acme: Acme, api: Api, begun: str
) -> None:
    """Not even the code is used. Once consent is given again, somebody connects again."""
    adam = acme.people.adam
    declared = Declared(acme, api)
    await declared.create()
    if begun == "reconnect":
        connection = await acme.connect(adam.actor)
        kind, resource = "oauth_connection", connection
    else:
        connection = await declared.connect()
        kind, resource = "connector", declared.id
    before = await row(connection)
    address = await flows.start(adam.actor, connection=connection)
    callback = await acme.peer.allow(address)
    await revoke(adam, resource)
    asked = acme.peer.token_requests("authorization_code")
    outcome = await flows.finish(adam.actor, answer(callback))
    assert outcome.kind == "revoked"
    assert "Give consent again" in await outcomes.explain(adam.actor, "revoked", outcome.flow_id)
    assert acme.peer.token_requests("authorization_code") == asked
    assert (await row(connection)).access_token == before.access_token
    with pytest.raises(ConsentRevoked):
        await flows.start(adam.actor, connection=connection)
    await give_again(adam, kind, resource)
    again = await acme.peer.allow(await flows.start(adam.actor, connection=connection))
    assert (await flows.finish(adam.actor, answer(again))).kind == "reconnected"


@pytest.mark.parametrize("kept", ["tokens", "an answer that was not understood"])
async def test_revoked_while_the_provider_is_asked_nothing_is_connected_again(acme: Acme, kept: str) -> None:
    adam = acme.people.adam
    connection = await acme.connect(adam.actor)
    flow, registration = await _under_way(acme, connection)
    provider = providers.provider_of(registration)
    before = await row(connection)
    await revoke(adam, connection)
    if kept == "tokens":
        tokens_of = Tokens("new", account=Account(before.account_id, before.account_name))
        outcome = await endings.connect(adam.actor, flow, provider, tokens_of)
    else:
        unread = ProviderAnswer("code", 200, "text/plain", b"?", whole=True)
        outcome = await endings.keep(adam.actor, flow, provider, Unreadable("What is this?", unread))
    assert outcome.kind == "revoked"
    after = await row(connection)
    assert (after.access_token, after.unread, after.status) == (before.access_token, None, "connected")


async def _under_way(acme: Acme, connection: UUID) -> tuple[OauthFlow, OauthApp | OauthClient]:
    """An authorization of Adam's that has come back."""
    adam = acme.people.adam
    await flows.start(adam.actor, connection=connection)
    async with db.begin(adam.tenant_id) as session:
        statement = select(OauthFlow).where(OauthFlow.connection_id == connection)
        flow = (await session.exec(statement.order_by(col(OauthFlow.id).desc()).limit(1))).one()
        return flow, await providers.registration_of(session, flow)


async def test_a_token_from_elsewhere_is_no_way_around_a_revoked_consent(acme: Acme, api: Api) -> None:
    declared = Declared(acme, api)
    await declared.create()
    adam = acme.people.adam
    connection = await declared.connect()
    before = await row(connection)
    await revoke(adam, declared.id)
    for kind in ("oauth_token", "oauth_refresh_token"):
        given = CredentialIn.model_validate({"type": kind, "value": "from-elsewhere"})
        with pytest.raises(ConsentRevoked, match="Consent for api was revoked"):
            await credentials.set_credential(adam.actor, declared.id, given)
    assert (await row(connection)).access_token == before.access_token
    with pytest.raises(ConsentRevoked):
        await flows.start(adam.actor, connection=connection)


async def test_whoever_revokes_waits_for_what_is_being_connected_again(
    acme: Acme, api: Api, database: Settings
) -> None:
    """So that what was written down was consented to then."""
    if db.current().dialect == "sqlite":
        return  # There is one writer.
    del database
    declared = Declared(acme, api)
    await declared.create()
    adam = acme.people.adam
    await declared.connect()
    async with db.begin(adam.tenant_id) as session:
        client = (await session.exec(select(OauthClient))).one()
        assert await consent.refusal_in(session, None, client) == ""
        revoking = asyncio.create_task(revoke(adam, declared.id))
        async with db.current().engine.connect() as other, asyncio.timeout(60):
            waits = text("select count(*) from pg_locks where not granted")
            while not (await other.execute(waits)).scalar():
                await other.rollback()
        assert not revoking.done()
    await revoking
    assert await consent.refusal_before(adam.tenant_id, None, client) != ""


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
