"""What is shown once stays nowhere: not in memory, not in a file, not in what a page is sent when it loads."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.service import integrations
from hub_app.identity.schemas.operator import TenantFilter
from hub_app.identity.service import operated
from hub_app.kernel.paging import PageRequest
from hub_app.ui.shown import ShownOnce
from hub_app.webhooks.schemas import EndpointIn, EndpointPatch
from hub_app.webhooks.service import endpoints
from tests import factories
from tests import people as seeded
from tests.browser.test_raw_events import handlers, page_of, payload_of
from tests.people import People
from tests.tabs.conftest import Tabs

# Without what a page loads next: its watchers do not end.
# What an action calls is no secret: every member reads it, so its form may be kept while it is filled in. The other one
# ends the session.
_NOT_SECRET = ("action_form_state.look", "action_form_state.save", "end_all")
_TYPED = (
    "secret",
    "password",
    "client_secret",
    "api_key",
    "basic",
    "oauth_token",
    "oauth_refresh_token",
    "access_token",
    "refresh_token",
    "headers",
)
_HYDRATE = "reflex___state____state.hydrate"


def fields() -> Iterator[str]:
    for state in RegistrationContext.get().base_states.values():
        for name, field in state.get_fields().items():
            if isinstance(field, ShownOnce) and field._owner is state:  # noqa: SLF001 - inherited ones are there once
                yield f"{state.__name__}.{name}"


async def is_nowhere(tabs: Tabs, secret: str) -> bool:
    return secret not in tabs.held() and secret.encode() not in await tabs.written()


def test_these_are_shown_once() -> None:
    """A field that holds a secret belongs here, and its event into a test below."""
    assert {one for one in fields() if not one.endswith(".theirs")} == {
        "AccountsState.link",
        "EndpointSettingsState.secret",
        "EndpointSettingsState.values",
        "InboundState.example",
        "InboundState.url",
        "MembersState.link",
        "OperatedTenantState.link",
        "TenantsState.link",
        "TokensState.made",
    }


async def test_a_new_token_is_forgotten_as_soon_as_it_is_shown(tabs: Tabs, people: People, tab: str) -> None:
    cookie = await seeded.cookie(people.alice)
    form = {"name": "deploy", "lifetime": "30", "read:*": "on"}
    told = (await tabs.send(tab, "tokens_state.create", {"data": form}, cookie=cookie)).changed
    assert told["made"].startswith("hub_pat_")
    assert told["dialog"] == "made"
    assert await is_nowhere(tabs, told["made"])
    reloaded = await tabs.send(tab, _HYDRATE, cookie=cookie, path="/developers/tokens")
    assert told["made"] not in str(reloaded.changed)
    rotated = await rotate(tabs, tab, told, cookie)
    assert rotated["made"] != told["made"]
    assert await is_nowhere(tabs, rotated["made"])
    # The browser still shows it: closing says that it must not.
    assert (await tabs.send(tab, "tokens_state.close", cookie=cookie)).changed["made"] == ""
    loaded = await tabs.send(tab, _HYDRATE, cookie=cookie, path="/developers/tokens")
    assert rotated["made"] not in str(loaded.changed)


async def rotate(tabs: Tabs, tab: str, told: dict[str, Any], cookie: str) -> dict[str, Any]:
    row = next(row for row in told["rows"] if row.name == "deploy")
    await tabs.send(tab, "tokens_state.ask_about", {"dialog": "rotate", "row_id": row.id}, cookie=cookie)
    return (
        await tabs.send(tab, "tokens_state.rotate", {"data": {"grace_hours": "0"}}, cookie=cookie)
    ).changed


async def test_an_invitation_is_forgotten_as_soon_as_it_is_shown(
    tabs: Tabs, people: People, tab: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    form = {"email": "guest@acme.example", "role": "engineer"}
    told = await tabs.send(tab, "members_state.invite", {"data": form}, cookie=cookie)
    secret = told.changed["link"].rpartition("/invite/")[2]
    assert len(secret) > 20
    assert await is_nowhere(tabs, secret)


async def test_the_link_of_a_tenants_first_owner_is_forgotten_as_soon_as_it_is_shown(
    tabs: Tabs, people: People, tab: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    form = {"name": "Birch", "tier": "free", "owner_email": "owner@birch.example"}
    made = await tabs.send(tab, "tenants_state.create", {"data": form}, cookie=cookie)
    actor = people.alice.actor
    found = await operated.list_tenants(actor, TenantFilter(name="Birch"), PageRequest(1))
    at = f"/operator/tenants/{found.items[0].id}"
    again = await tabs.send(
        tab,
        "operated_tenant_state.invite_owner",
        {"data": {"email": "owner@birch.example"}},
        cookie=cookie,
        path=at,
    )
    for link in (made.changed["link"], again.changed["link"]):
        secret = link.rpartition("/invite/")[2]
        assert len(secret) > 20
        assert await is_nowhere(tabs, secret)


async def test_what_was_revealed_of_an_endpoint_is_forgotten_as_soon_as_it_is_shown(
    tabs: Tabs, people: People, tab: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    given = EndpointIn(
        name="Warehouse", url="https://example.com/planted-path", headers={"X-Key": "planted-header"}
    )
    made = await endpoints.create_endpoint(people.alice.actor, given)
    at = f"/webhooks/endpoints/{made.id}"
    await tabs.send(tab, "session_state.load", cookie=cookie)
    secret = (await tabs.send(tab, "endpoint_settings_state.reveal", cookie=cookie, path=at)).changed[
        "secret"
    ]
    assert secret.startswith("whsec_")
    form = (await tabs.send(tab, "endpoint_settings_state.ask_edit", cookie=cookie, path=at)).changed
    assert form["values"]["url"] == "https://example.com/planted-path"
    assert form["values"]["headers"] == "X-Key: planted-header"
    for one in (secret, "planted-path", "planted-header"):
        assert await is_nowhere(tabs, one)


async def test_a_link_for_a_new_password_is_forgotten_as_soon_as_it_is_shown(
    tabs: Tabs, people: People, tab: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    await tabs.send(tab, "members_state.load", cookie=cookie)
    await tabs.send(
        tab, "members_state.ask_about", {"dialog": "reset", "row_id": str(people.vera.user_id)}, cookie=cookie
    )
    told = await tabs.send(tab, "members_state.reset_password", {"data": {}}, cookie=cookie)
    await tabs.send(tab, "accounts_state.find", {"data": {"email": people.erin.email}}, cookie=cookie)
    of_operator = await tabs.send(tab, "accounts_state.reset_password", {"data": {}}, cookie=cookie)
    for link in (told.changed["link"], of_operator.changed["link"]):
        secret = link[-20:]
        assert "#secret=" in link
        assert await is_nowhere(tabs, secret)


async def test_the_url_for_leads_is_forgotten_as_soon_as_it_is_shown(
    tabs: Tabs, people: People, tab: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    given = IntegrationIn(crm_provider="studio_ninja", connection_name="Files")
    made = (await integrations.create_integration(people.alice.actor, given)).integration
    at = f"/crm/connections/{made.id}/import"
    await tabs.send(tab, "inbound_state.load", cookie=cookie, path=at)
    told = (await tabs.send(tab, "inbound_state.rotate", {"data": {}}, cookie=cookie, path=at)).changed
    key = told["url"].rsplit("/", 1)[1]
    assert len(key) > 20
    assert key in told["example"]
    assert await is_nowhere(tabs, key)
    assert (await tabs.send(tab, "inbound_state.close", cookie=cookie, path=at)).changed["url"] == ""


async def test_what_someone_else_made_of_a_secret_field_is_forgotten_as_soon_as_it_is_shown(
    tabs: Tabs, people: People, tab: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    given = EndpointIn(name="Warehouse", url="https://example.com/first", headers={"X-Key": "first"})
    made = await endpoints.create_endpoint(people.alice.actor, given)
    at = f"/webhooks/endpoints/{made.id}"
    await tabs.send(tab, "session_state.load", cookie=cookie)
    form = (await tabs.send(tab, "endpoint_settings_state.ask_edit", cookie=cookie, path=at)).changed
    theirs = EndpointPatch(url="https://example.com/planted-path", headers={"X-Key": "planted-header"})
    await endpoints.update_endpoint(people.adam.actor, made.id, theirs)
    mine = {
        "url": "https://example.com/mine",
        "headers": "X-Key: mine",
        "retry_policy": form["values"]["retry_policy"],
    }
    save = {"data": {"name": "Warehouse"} | mine}
    told = await tabs.send(tab, "endpoint_settings_state.save", save, cookie=cookie, path=at)
    assert set(told.changed["theirs"]) == {"url", "headers"}
    assert "planted-path" in told.changed["theirs"]["url"]
    assert await is_nowhere(tabs, "planted-")
    # They still have to choose, though the server no longer knows between what.
    assert (await tabs.send(tab, "endpoint_settings_state.save", save, cookie=cookie, path=at)).changed[
        "errors"
    ]
    used = await tabs.send(
        tab, "endpoint_settings_state.use_theirs", {"field": "url"}, cookie=cookie, path=at
    )
    assert used.does("planted-path")
    assert used.changed["theirs"] == {"headers": "X-Key: planted-header"}
    kept = await tabs.send(
        tab, "endpoint_settings_state.keep_mine", {"field": "headers"}, cookie=cookie, path=at
    )
    assert kept.changed["theirs"] == {}
    assert await is_nowhere(tabs, "planted-")
    both = {"data": save["data"] | {"url": "https://example.com/planted-path"}}
    await tabs.send(tab, "endpoint_settings_state.save", both, cookie=cookie, path=at)
    found = await endpoints.reveal_endpoint(people.alice.actor, made.id)
    assert (found.url, found.headers) == ("https://example.com/planted-path", {"X-Key": "mine"})


@pytest.mark.settings(rate_limit_tier_pro_req_per_min=10_000, outbound_allowed_networks="127.0.0.1/32")
async def test_what_is_typed_into_a_form_stays_nowhere(tabs: Tabs, people: People, tab: str) -> None:
    """Whatever form it is, and whether it is taken or refused: client secrets, credentials, tokens, passwords, headers."""
    cookie = await seeded.cookie(people.alice)
    connector = await factories.connector(people.alice, "http://127.0.0.1:9", key="planted-key")
    ids = {
        "connectors": f"/connectors/{connector}",
        "webhooks": "/webhooks/endpoints",
        "plans": "/connectors/plans/x",
    }
    await tabs.send(tab, "session_state.load", cookie=cookie)
    sent = 0
    for name, handler in handlers().items():
        if "data" in inspect.signature(handler.fn).parameters and not name.endswith(_NOT_SECRET):
            form = payload_of(handler, {})["data"] | dict.fromkeys(_TYPED, "planted-typed")
            await tabs.send(tab, name, {"data": form}, cookie=cookie, path=page_of(name, ids))
            sent += 1
    assert sent > 30
    assert await is_nowhere(tabs, "planted-typed")
    assert await is_nowhere(tabs, "planted-key")


@pytest.mark.parametrize("path", ["/invite/[invitation]", "/setup"])
async def test_a_page_whose_address_is_a_secret_is_not_written_down(
    tabs: Tabs, people: People, tab: str, path: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    await tabs.send(tab, _HYDRATE, cookie=cookie, path=path)
    assert await tabs.written() == b""
    await tabs.send(tab, _HYDRATE, cookie=cookie, path="/account")
    assert await tabs.written() != b""
