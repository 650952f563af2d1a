"""Stored secrets that do not open: who meets one reads what to do, and everything else goes on."""

import pytest
from sqlmodel import select

from hub_app.kernel import db, rotation
from hub_app.kernel.clock import utcnow
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.vault import SealBroken
from hub_app.oauth import worker
from hub_app.oauth.schemas import ClientIn
from hub_app.oauth.service import apps, clients, connections, flows, leases, outcomes, tokens
from hub_app.oauth.tables import OauthApp, OauthConnection, OauthFlow
from tests import seals
from tests.oauth.conftest import Acme, answer, row, stored_token
from tests.oauth.test_refreshing import change
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
WHAT_TO_DO = "Enter it again, or let whoever runs Hub name the former key"


async def test_an_app_whose_secret_does_not_open_is_not_set_up_and_the_others_are_shown(acme: Acme) -> None:
    other = await apps.create_app(acme.people.alice.actor, acme.peer.app(slug="other", name="Other"))
    await seals.lose(OauthApp, acme.app.id, "client_secret")
    shown = await apps.list_apps(acme.people.erin.actor, PageRequest())
    assert {one.id: one.ready for one in shown.items} == {acme.app.id: False, other.id: True}
    with pytest.raises(SealBroken, match=WHAT_TO_DO):
        await acme.begin()


async def test_a_flow_whose_verifier_does_not_open_ends_on_the_page(acme: Acme) -> None:
    callback = await acme.peer.allow(await acme.begin(), "ada")
    async with db.system("a test looks") as session:
        flow = (await session.exec(select(OauthFlow.id))).one()
    await seals.lose(OauthFlow, flow, "verifier")
    outcome = await flows.finish(acme.people.erin.actor, answer(callback))
    assert (outcome.kind, outcome.connection_id) == ("failed", None)
    told = await outcomes.explain(acme.people.erin.actor, outcome.kind, outcome.flow_id)
    assert told.endswith("Nothing was connected.")


async def test_a_connection_whose_tokens_do_not_open_is_not_tried_over_and_over(acme: Acme) -> None:
    """It says why, the others are refreshed, and it can be disconnected."""
    broken, whole = await acme.connect(), await acme.connect(account="grace")
    tenant = acme.people.erin.tenant_id
    for one in (broken, whole):
        await change(one, expires_at=utcnow())
    await seals.lose(OauthConnection, broken, "access_token", "refresh_token")
    with pytest.raises(SealBroken, match=WHAT_TO_DO):
        await tokens.access_token(tenant, broken)
    await worker.refresh_soon()
    assert len(acme.peer.token_requests()) == 1
    found = await row(broken)
    assert (found.status, WHAT_TO_DO in found.last_error) == ("error", True)
    soon = await leases.due(utcnow(), worker.SOON, worker.FIRST, 10)
    assert broken not in [one.id for one in soon]
    listed = await connections.list_connections(acme.people.erin.actor, PageRequest())
    assert {one.id: one.status for one in listed.items} == {broken: "error", whole: "connected"}
    await connections.disconnect(acme.people.erin.actor, broken)
    found = await row(broken)
    assert (found.status, found.refresh_token) == ("revoked", b"")
    assert "could not give them back" in found.last_error


async def test_a_refresh_token_takes_the_place_of_tokens_that_do_not_open(people: People) -> None:
    """Entered alone, it takes no access token over that nobody can read: its first use brings one."""
    adam = people.adam.actor
    given = ClientIn.model_validate(
        {
            "name": "Own",
            "authorize_url": "https://login.example/a",
            "token_url": "https://login.example/t",
            "client_id": "x",
            "client_secret": "a secret of ours",
        }
    )
    async with db.begin(adam.tenant_id) as session:
        client = await clients.save_client(session, adam, None, given)
        connection = await connections.adopt_for_client(
            session, adam, client, access_token="t", refresh_token="r"
        )
    await seals.lose(OauthConnection, connection, "access_token", "refresh_token")
    async with db.begin(adam.tenant_id) as session:
        await connections.adopt_for_client(session, adam, client, access_token="", refresh_token="another")
    assert (await row(connection)).access_token == b""
    assert await stored_token(connection, "refresh_token") == "another"


async def test_what_does_not_open_holds_up_no_rotation_of_keys(acme: Acme) -> None:
    connection = await acme.connect()
    await seals.lose(OauthConnection, connection, "access_token")
    done = await rotation.reseal()
    assert done.unopened == [f"oauth_connection {connection} access_token"]
