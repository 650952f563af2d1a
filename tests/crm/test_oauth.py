"""CRMs by OAuth: authorized in a browser, refreshed in the middle of an import, reconnected when the grant is gone."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pytest
from sqlmodel import select

from hub_app.crm.schemas.integrations import IntegrationIn, IntegrationOut, IntegrationPatch
from hub_app.crm.schemas.jobs import SyncIn
from hub_app.crm.service import authorizing, gallery, integrations, syncs
from hub_app.crm.tables import CrmAccount
from hub_app.identity.service import members
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hub_app.kernel.vault import open_field
from hub_app.oauth.service import apps, flows, outcomes
from hub_app.oauth.tables import OauthConnection
from hub_app.sync.service.jobs import NotConnected
from hub_app.sync.tables import SyncConnection
from tests.crm.acme import Acme as Base
from tests.crm.acme import unexplained
from tests.peers import authorization
from tests.peers.authorization import AuthorizationServer
from tests.peers.authorization.fixtures import peer  # noqa: F401  # pyright: ignore[reportUnusedImport]
from tests.peers.honeybook import Counterpart
from tests.peers.tave import Tave
from tests.people import People

pytestmark = [
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="honeybook=100000/1000000"
    ),
]
ORIGIN = "https://hub.example"
PAGE = 100


class Acme(Base):
    """Adam connects the HoneyBook."""

    def __init__(self, people: People, tave: Tave, server: AuthorizationServer) -> None:
        super().__init__(people, tave)
        self.server = server
        self.honeybook = Counterpart(30, asks=self.holds)

    async def holds(self, token: str) -> bool:
        """Whether the authorization server knows a token."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            answer = await browser.get(f"{self.server.url}/me", headers={"Authorization": f"Bearer {token}"})
        return answer.is_success

    async def begin(self, **more: Any) -> tuple[IntegrationOut, str]:
        """A new connection, and where its authorization begins."""
        given = IntegrationIn.model_validate(
            {
                "crm_provider": "honeybook",
                "connection_name": "Studio",
                "auth_config": {"base_url": self.honeybook.base},
                **more,
            }
        )
        made = await integrations.create_integration(self.admin, given, origin=ORIGIN)
        assert made.auth_url is not None
        return made.integration, made.auth_url

    async def come_back(
        self, address: str, actor: Actor | None = None, account: str = "ada"
    ) -> outcomes.Outcome:
        callback = await self.server.allow(address, account)
        values = dict(parse_qsl(urlsplit(callback).query))
        answer = {name: values.get(name, "") for name in ("state", "code", "error", "iss")}
        return await flows.finish(actor or self.admin, flows.Answer(**answer))

    async def connected(self) -> IntegrationOut:
        made, address = await self.begin()
        await self.come_back(address)
        return await self.shown(made.id)

    async def shown(self, connection_id: UUID) -> IntegrationOut:
        return await integrations.get_integration(self.actor, connection_id)

    async def token(self, field: str = "refresh_token") -> str:
        """What is kept of the only grant."""
        async with db.system("a test looks") as session:
            return open_field((await session.exec(select(OauthConnection))).one(), field)

    async def revoke(self) -> None:
        """Somebody takes Hub's access away at the CRM."""
        basic = httpx.BasicAuth("hub", "hub+secret%2Fwith+signs%2B")
        async with httpx.AsyncClient(trust_env=False) as browser:
            form = {"token": await self.token(), "token_type_hint": "refresh_token"}
            answer = await browser.post(f"{self.server.url}/token/revocation", data=form, auth=basic)
        assert answer.is_success, answer.text
        self.honeybook.run_out()


@pytest.fixture(scope="module")
def _authorization_server() -> Generator[AuthorizationServer]:
    """One whose tokens outlive a long import: they run out here when a test says so."""
    with authorization.running(seconds=3600) as server:
        yield server


@pytest.fixture
async def acme(people: People, tave: Tave, peer: AuthorizationServer) -> AsyncGenerator[Acme]:  # noqa: F811
    acme = Acme(people, tave, peer)
    app = peer.app(slug="honeybook", name="HoneyBook", default_scopes=["openid", "profile"])
    await apps.create_app(people.alice.actor, app)
    async with acme.honeybook:
        yield acme


@pytest.fixture
async def long(acme: Acme) -> AsyncGenerator[Acme]:
    """A HoneyBook with a hundred pages of contacts."""
    acme.honeybook = Counterpart(100 * PAGE, acme.holds, contacts_alone=True)
    async with acme.honeybook:
        yield acme


async def test_an_account_is_authorized_tested_and_connected(acme: Acme) -> None:
    made, address = await acme.begin()
    assert (made.connection_status, made.auth_type) == ("pending_auth", "oauth2")
    assert address.startswith(f"{acme.server.url}/auth?")
    with pytest.raises(NotConnected, match="complete the authentication setup first"):
        await syncs.start_sync(acme.actor, made.id, SyncIn(job_type="full_import"))
    with pytest.raises(NotConnected):
        await integrations.test_integration(acme.admin, made.id)
    outcome = await acme.come_back(address)
    # The page is about the CRM's connection, not about the OAuth connection behind it.
    assert outcome.location.startswith(f"/crm/connections/new?connection={made.id}&outcome=connected&flow=")
    shown = await acme.shown(made.id)
    assert (shown.connection_status, shown.account_name) == ("connected", "Bloom & Co")
    job = await acme.sync(made.id)
    assert (job.job_status, job.records_created) == ("completed", 120)
    assert "access_token" not in str(shown.auth_config)


async def test_what_is_refused_at_the_crm_connects_nothing(acme: Acme) -> None:
    made, address = await acme.begin()
    callback = await acme.server.deny(address)
    values = dict(parse_qsl(urlsplit(callback).query))
    outcome = await flows.finish(
        acme.admin, flows.Answer(state=values["state"], error=values["error"], iss=values["iss"])
    )
    assert outcome.kind == "denied"
    assert (await acme.shown(made.id)).connection_status == "pending_auth"
    again = await authorizing.begin(acme.admin, made.id, origin=ORIGIN)
    await acme.come_back(again)
    assert (await acme.shown(made.id)).connection_status == "connected"


async def test_nothing_is_made_while_the_operator_has_not_set_it_up(acme: Acme) -> None:
    await apps.delete_app(acme.people.alice.actor, "honeybook")
    with pytest.raises(Conflict, match="HoneyBook is not set up yet"):
        await acme.begin()
    assert not await acme.rows(SyncConnection)
    offered = {one.id: one for one in (await gallery.list_providers(acme.actor)).providers}
    assert offered["honeybook"].auth_url is None


async def test_the_gallery_says_where_and_for_what(acme: Acme) -> None:
    offered = {one.id: one for one in (await gallery.list_providers(acme.actor)).providers}
    assert offered["honeybook"].auth_url == f"{acme.server.url}/auth"
    assert offered["honeybook"].scopes == ["openid", "profile"]
    assert offered["hubspot"].auth_types == ["api_key", "oauth2"]


async def test_a_token_that_runs_out_in_the_middle_is_refreshed_once(long: Acme) -> None:
    made = await long.connected()
    long.server.clear()
    long.honeybook.pages_left = 39
    job = await long.sync(made.id)
    assert (job.job_status, job.records_created) == ("completed", 100 * PAGE)
    assert [one["error"] for one in long.server.token_requests()] == [""]
    assert len(long.honeybook.tokens) == 2
    assert long.honeybook.paths.count("/v1/contacts") == 101


async def test_a_revoked_grant_is_reconnected_and_the_import_goes_on_at_its_page(long: Acme) -> None:
    made = await long.connected()
    long.honeybook.pages_left, long.honeybook.when_run_out = 39, long.revoke
    job = await long.sync(made.id)
    assert job.job_status == "failed"
    assert "Connect it again" in (job.error_details or "")
    shown = await long.shown(made.id)
    assert shown.connection_status == "error"
    assert "Connect it again" in (shown.sync_error_details or "")
    assert long.honeybook.paths.count("/v1/contacts") == 40

    await long.come_back(await authorizing.begin(long.admin, made.id, origin=ORIGIN))
    job = await long.finish(job.id)
    assert (job.job_status, job.records_created) == ("completed", 100 * PAGE)
    assert unexplained(job) == 0
    # What had been read is not read again.
    assert long.honeybook.paths.count("/v1/contacts") == 101
    assert (await long.shown(made.id)).connection_status == "connected"


async def test_another_account_is_not_taken_for_the_former_one(acme: Acme) -> None:
    made = await acme.connected()
    await acme.revoke()
    assert (await acme.sync(made.id)).job_status == "failed"
    outcome = await acme.come_back(await authorizing.begin(acme.admin, made.id, origin=ORIGIN), account="bob")
    assert outcome.kind == "other_account"
    assert (await acme.shown(made.id)).connection_status == "error"


async def test_a_member_who_leaves_takes_their_grant_and_another_one_reconnects(acme: Acme) -> None:
    made = await acme.connected()
    owner = replace(acme.people.alice.actor, tier="enterprise")
    assert (await members.losses(owner, acme.people.adam.user_id)).crm_connections == 1
    await members.remove_member(owner, acme.people.adam.user_id)
    shown = await integrations.get_integration(owner, made.id)
    assert shown.connection_status == "error"
    assert "Reconnect it with another account" in (shown.sync_error_details or "")
    address = await authorizing.begin(owner, made.id, origin=ORIGIN)
    await acme.come_back(address, owner)
    assert (await integrations.get_integration(owner, made.id)).connection_status == "connected"


async def test_a_token_goes_to_no_address_that_its_owner_did_not_see(acme: Acme) -> None:
    made = await acme.connected()
    async with Counterpart(1, asks=acme.holds) as other:
        given = IntegrationPatch(auth_config={"base_url": other.base})
        changed = await integrations.update_integration(acme.admin, made.id, given)
        assert changed.connection_status == "error"
        assert "Connect it again" in (changed.sync_error_details or "")
        assert not other.paths
        await acme.come_back(await authorizing.begin(acme.admin, made.id, origin=ORIGIN))
        assert (await acme.shown(made.id)).connection_status == "connected"
        assert other.paths == ["/v1/me"]


async def test_only_customer_admins_of_the_tenant_authorize(acme: Acme) -> None:
    made, address = await acme.begin()
    with pytest.raises(Forbidden):
        await authorizing.begin(acme.actor, made.id, origin=ORIGIN)
    with pytest.raises(NotFound):
        await authorizing.begin(acme.people.mallory.actor, made.id, origin=ORIGIN)
    with pytest.raises(Forbidden):
        await acme.come_back(address, replace(acme.admin, role=Role.ENGINEER))
    assert (await acme.shown(made.id)).connection_status == "pending_auth"


async def test_who_may_authorize_nothing_makes_nothing(acme: Acme) -> None:
    acme.admin = replace(acme.admin, scopes=frozenset({"read:crm", "write:crm"}))
    with pytest.raises(Forbidden):
        await acme.begin()
    assert not await acme.rows(SyncConnection)


async def test_a_connection_that_is_gone_when_the_browser_comes_back_is_left_alone(acme: Acme) -> None:
    made, address = await acme.begin()
    await integrations.delete_integration(acme.admin, made.id)
    assert (await acme.come_back(address)).kind == "connected"
    assert not await acme.rows(CrmAccount)


async def test_what_was_granted_is_given_back_with_the_connection(acme: Acme) -> None:
    made = await acme.connected()
    token = await acme.token("access_token")
    assert await acme.holds(token)
    await integrations.delete_integration(acme.admin, made.id)
    assert not await acme.holds(token)
    (kept,) = await acme.rows(OauthConnection)
    assert kept.status == "revoked"


async def test_without_access_to_its_api_files_are_taken(acme: Acme) -> None:
    given = {"crm_provider": "honeybook", "connection_name": "Files", "auth_type": "file"}
    made = await integrations.create_integration(acme.admin, IntegrationIn.model_validate(given))
    assert (made.integration.connection_status, made.auth_url) == ("connected", None)
    with pytest.raises(Invalid, match="takes files alone"):
        await syncs.start_sync(acme.actor, made.integration.id, SyncIn(job_type="full_import"))
    with pytest.raises(Conflict, match="not connected by OAuth"):
        await authorizing.begin(acme.admin, made.integration.id, origin=ORIGIN)


async def test_a_way_in_that_a_crm_does_not_have_is_refused(acme: Acme) -> None:
    given = {"crm_provider": "tave", "connection_name": "No", "auth_type": "oauth2"}
    with pytest.raises(Invalid, match="auth_type"):
        await integrations.create_integration(acme.admin, IntegrationIn.model_validate(given))
