"""Connecting: the whole way to an independent authorization server and back, and every way in which it ends otherwise."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hub_app.kernel.ids import new_id
from hub_app.kernel.tables import AuditEntry
from hub_app.oauth.schemas import AppPatch, ClientIn
from hub_app.oauth.service import apps, clients, connections, flows, outcomes, tokens
from hub_app.oauth.tables import OauthFlow
from tests import people as seeded
from tests.oauth.conftest import Acme, answer, row, stored_token

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


def in_browser(actor: Actor) -> Actor:
    return replace(actor, session_id=new_id())


async def test_an_account_is_connected_and_named(acme: Acme) -> None:
    erin = in_browser(acme.people.erin.actor)
    made = await connections.get_connection(erin, await acme.connect(erin))
    assert (made.app_slug, made.account_id, made.account_name) == ("peer", "ada", "ada at the peer")
    assert (made.status, made.user_name, made.refreshes) == ("connected", "Erin Novak", True)
    assert made.scopes_granted == made.scopes_asked == ["openid", "profile"]
    assert made.expires_at is not None
    assert made.expires_at - utcnow() <= timedelta(seconds=5)


@pytest.mark.parametrize(("client_id", "auth"), [("hub-post", "post"), ("hub-public", "none")])
async def test_each_kind_of_client_authentication_works(acme: Acme, client_id: str, auth: str) -> None:
    change = {"client_id": client_id, "client_secret": acme.peer.secret(client_id), "client_auth": auth}
    await apps.update_app(acme.people.alice.actor, "peer", AppPatch.model_validate(change))
    connection = await acme.connect()
    await tokens.refresh(acme.people.erin.tenant_id, connection)
    assert [one["client_id"] for one in acme.peer.token_requests()] == [client_id]


async def test_scopes_not_granted_are_shown(acme: Acme) -> None:
    connection = await acme.connect(scopes=["openid", "tasks"], account="careful")
    made = await connections.get_connection(acme.people.erin.actor, connection)
    assert made.scopes_granted == ["openid"]
    assert made.scopes_missing == ["tasks"]


async def test_scopes_beyond_the_apps_are_refused(acme: Acme) -> None:
    with pytest.raises(Invalid, match="admin is not") as refusal:
        await acme.begin(scopes=["openid", "admin"])
    assert refusal.value.errors[0].field == "scopes"


async def test_a_denial_connects_nothing(acme: Acme) -> None:
    erin = acme.people.erin.actor
    callback = await acme.peer.deny(await acme.begin())
    outcome = await flows.finish(erin, answer(callback))
    assert (outcome.kind, outcome.connection_id) == ("denied", None)
    assert "refused at The peer" in await outcomes.explain(erin, outcome.kind, outcome.flow_id)
    assert acme.peer.token_requests("authorization_code") == []


async def test_an_unknown_state_ends_by_itself(acme: Acme) -> None:
    callback = answer(await acme.peer.allow(await acme.begin()))
    for state in ("", "something else", callback.state[:-1]):
        assert (await flows.finish(acme.people.erin.actor, replace(callback, state=state))).kind == "unknown"
    assert acme.peer.token_requests("authorization_code") == []


async def test_a_state_serves_once(acme: Acme) -> None:
    callback = answer(await acme.peer.allow(await acme.begin()))
    first = await flows.finish(acme.people.erin.actor, callback)
    again = await flows.finish(acme.people.erin.actor, callback)
    assert (first.kind, again.kind) == ("connected", "replayed")
    assert len(acme.peer.token_requests("authorization_code")) == 1
    assert (await row(first.connection_id)).status == "connected"  # type: ignore[arg-type]


async def test_a_state_that_is_too_old_is_refused(acme: Acme) -> None:
    callback = answer(await acme.peer.allow(await acme.begin()))
    async with db.system("time passes", write=True) as session:
        await session.exec(update(OauthFlow).values(expires_at=utcnow() - timedelta(seconds=1)))
    assert (await flows.finish(acme.people.erin.actor, callback)).kind == "expired"
    assert acme.peer.token_requests("authorization_code") == []


async def test_somebody_elses_state_is_refused_and_stays_theirs(acme: Acme) -> None:
    erin = in_browser(acme.people.erin.actor)
    callback = answer(await acme.peer.allow(await acme.begin(erin)))
    await seeded.join(acme.people.erin, acme.people.mallory.tenant_id, Role.ENGINEER)
    strangers = [
        replace(acme.people.adam.actor, session_id=erin.session_id),
        replace(erin, tenant_id=acme.people.mallory.tenant_id),
        in_browser(acme.people.erin.actor),
        acme.people.erin.actor,
    ]
    for stranger in strangers:
        assert (await flows.finish(stranger, callback)).kind == "foreign"
    assert acme.peer.token_requests("authorization_code") == []
    assert (await flows.finish(erin, callback)).kind == "connected"


async def test_an_answer_from_another_issuer_is_refused(acme: Acme) -> None:
    callback = answer(await acme.peer.allow(await acme.begin()))
    mixed_up = replace(callback, iss="https://elsewhere.example")
    assert (await flows.finish(acme.people.erin.actor, mixed_up)).kind == "wrong_issuer"
    assert acme.peer.token_requests("authorization_code") == []


async def test_an_answer_that_does_not_say_its_issuer_is_refused(acme: Acme) -> None:
    """The issuer is known, so the peer says it (RFC 9207): an answer without it may be another provider's."""
    erin = acme.people.erin.actor
    callback = answer(await acme.peer.allow(await acme.begin()))
    assert callback.iss == acme.peer.url
    outcome = await flows.finish(erin, replace(callback, iss=""))
    assert (outcome.kind, outcome.connection_id) == ("no_issuer", None)
    assert "did not say which provider" in await outcomes.explain(erin, outcome.kind, outcome.flow_id)
    assert acme.peer.token_requests("authorization_code") == []


async def test_a_refusal_without_an_issuer_is_told_as_a_refusal(acme: Acme) -> None:
    callback = answer(await acme.peer.deny(await acme.begin()))
    outcome = await flows.finish(acme.people.erin.actor, replace(callback, iss=""))
    assert outcome.kind == "denied"


async def test_where_no_issuer_is_known_none_is_asked_for(acme: Acme) -> None:
    await apps.update_app(acme.people.alice.actor, "peer", AppPatch(issuer=""))
    callback = answer(await acme.peer.allow(await acme.begin()))
    assert (await flows.finish(acme.people.erin.actor, replace(callback, iss=""))).kind == "connected"


async def test_a_wrong_verifier_gets_no_token(acme: Acme) -> None:
    """The peer insists on PKCE: a code that somebody else got hold of does not serve with another authorization."""
    one = answer(await acme.peer.allow(await acme.begin()))
    other = answer(await acme.peer.allow(await acme.begin()))
    outcome = await flows.finish(acme.people.erin.actor, replace(other, code=one.code))
    assert outcome.kind == "failed"
    assert "invalid_grant" in await outcomes.explain(acme.people.erin.actor, "failed", outcome.flow_id)


async def test_connecting_again_keeps_the_connection(acme: Acme) -> None:
    connection = await acme.connect()
    before = await row(connection)
    await connections.disconnect(acme.people.erin.actor, connection)
    assert await acme.connect(app=None, connection=connection) == connection
    after = await row(connection)
    assert (after.status, after.created_at) == ("connected", before.created_at)
    assert await tokens.access_token(acme.people.erin.tenant_id, connection)


async def test_connecting_again_with_another_account_changes_nothing(acme: Acme) -> None:
    connection = await acme.connect()
    kept = await stored_token(connection)
    erin = acme.people.erin.actor
    callback = await acme.peer.allow(await acme.begin(app=None, connection=connection), "grace")
    outcome = await flows.finish(erin, answer(callback))
    assert outcome.kind == "other_account"
    assert "grace" in await outcomes.explain(erin, outcome.kind, outcome.flow_id)
    assert (await row(connection)).account_id == "ada"
    assert await stored_token(connection) == kept


async def test_others_do_not_connect_it_again(acme: Acme) -> None:
    connection = await acme.connect()
    with pytest.raises(Forbidden):
        await acme.begin(acme.people.adam.actor, app=None, connection=connection)
    for stranger in (acme.people.mallory, await seeded_engineer(acme)):
        with pytest.raises(NotFound):
            await acme.begin(stranger.actor, app=None, connection=connection)


async def seeded_engineer(acme: Acme) -> seeded.Person:
    from hub_app.identity.tables import Tenant

    async with db.system("a test looks") as session:
        tenant = await session.get_one(Tenant, acme.people.erin.tenant_id)
    return await seeded.add("Emil Roth", Role.ENGINEER, tenant)


async def test_viewers_connect_nothing(acme: Acme) -> None:
    with pytest.raises(Forbidden, match="Engineer role required"):
        await acme.begin(acme.people.vera.actor)


async def test_an_app_without_credentials_says_so(acme: Acme) -> None:
    await apps.add_templates()
    with pytest.raises(Conflict, match="not set up yet"):
        await acme.begin(app="github")


async def test_a_tenants_own_client_connects_for_the_tenant(acme: Acme) -> None:
    adam = acme.people.adam.actor
    given = ClientIn(
        name="Own",
        authorize_url=f"{acme.peer.url}/auth",
        token_url=f"{acme.peer.url}/token",
        client_id="hub",
        client_secret=acme.peer.secret("hub"),  # type: ignore[arg-type]
        scopes=["openid", "tasks"],
    )
    await clients.check_client(given)
    async with db.begin(adam.tenant_id) as session:
        client = await clients.save_client(session, adam, None, given)
    connection = await acme.connect(adam, app=None, client=client)
    assert (await row(connection)).user_id is None
    assert await tokens.access_token(adam.tenant_id, connection)
    # A client has one connection: connecting once more renews it.
    assert await acme.connect(adam, app=None, client=client) == connection
    with pytest.raises(Forbidden):
        await acme.begin(app=None, client=client)
    async with db.begin(adam.tenant_id) as session:
        await clients.delete_client(session, adam, client)
    with pytest.raises(NotFound):
        await tokens.access_token(adam.tenant_id, connection)


async def test_what_happened_is_audited_and_logged_without_secrets(
    acme: Acme, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connection = await acme.connect()
    secrets = {await stored_token(connection), await stored_token(connection, "refresh_token")}
    acme.peer.go_down()
    with pytest.raises(tokens.RefreshFailed):
        await tokens.refresh(acme.people.erin.tenant_id, connection)
    acme.peer.come_up()
    await connections.disconnect(acme.people.erin.actor, connection)
    async with db.system("a test looks") as session:
        entries = (await session.exec(select(AuditEntry).order_by(AuditEntry.id))).all()  # type: ignore[arg-type]
    actions = [one.action for one in entries]
    for action in ("authorization.started", "connection.connected", "connection.disconnected", "app.created"):
        assert f"oauth.{action}" in actions
    told = str([one.model_dump() for one in entries]) + caplog.text
    assert not any(secret in told for secret in (*secrets, acme.peer.secret("hub")))
    account = (await connections.get_connection(acme.people.erin.actor, connection)).account_name
    assert account
    assert account not in str([one.summary for one in entries])
