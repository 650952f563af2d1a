"""Two people who change the same connector, its actions or a plan lose nothing of each other's."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import aiohttp
import pytest
from pydantic import JsonValue

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import ConnectorIn, ConnectorOut
from hub_app.connectors.service import actions, connectors, documents
from hub_app.kernel import outbound
from hub_app.kernel.edits import AsOpened, Versioned
from hub_app.kernel.errors import EditConflict, Invalid, NotFound
from hub_app.plans.schemas import PlanIn, PlanPatch
from hub_app.plans.service import plans
from tests.connectors.conftest import Shop
from tests.peers.dns import NameServer

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
CLIENT: dict[str, JsonValue] = {
    "authorize_url": "http://127.0.0.1:1/authorize",
    "token_url": "http://127.0.0.1:1/token",
    "client_id": "ours",
    "client_secret": "s3cret-of-the-client",
}


def names(found: ConnectorOut | Sequence[Action]) -> list[str]:
    return [one.id for one in (found.actions if isinstance(found, ConnectorOut) else found)]


def form(one: Versioned) -> AsOpened:
    return AsOpened(one.version.fields)


async def get(shop: Shop, connector_id: UUID) -> ConnectorOut:
    return await connectors.get_connector(shop.admin, connector_id)


async def edit(shop: Shop, before: ConnectorOut, **changes: object) -> ConnectorOut:
    """Save a form that was opened with `before`; `config_x` is `oauth_config.x`."""
    named = {name.replace("config_", documents.CONFIG, 1): value for name, value in changes.items()}
    return await connectors.edit_connector(shop.admin, before.id, named, expected=form(before))


async def four(shop: Shop) -> UUID:
    wanted: list[dict[str, JsonValue]] = [{"id": name, "endpoint": f"/{name}"} for name in "abcd"]
    return await shop.connector(*wanted)


@pytest.mark.both_databases
async def test_each_changes_another_setting_and_both_stay(shop: Shop) -> None:
    before = await get(shop, await four(shop))
    changes: list[dict[str, object]] = [
        {"display_name": "Depot"},
        {"name": "depot"},
        {"description": "d"},
        {"default_headers": {"X-A": "1"}},
        {"config_base_url": f"{before.oauth_config.base_url}/v2"},
    ]
    await asyncio.gather(*(edit(shop, before, **one) for one in changes))
    now = await get(shop, before.id)
    assert (now.display_name, now.name, now.description) == ("Depot", "depot", "d")
    assert now.default_headers == {"X-A": "1"}
    assert now.oauth_config.base_url.endswith("/v2")
    assert names(now) == ["a", "b", "c", "d"]


@pytest.mark.both_databases
async def test_both_change_the_base_url_and_the_second_is_told(shop: Shop) -> None:
    before = await get(shop, await four(shop))
    base = before.oauth_config.base_url
    results = await asyncio.gather(
        *(edit(shop, before, config_base_url=f"{base}/{one}") for one in ("mine", "theirs")),
        return_exceptions=True,
    )
    (conflict,) = (one for one in results if isinstance(one, BaseException))
    assert isinstance(conflict, EditConflict)
    assert conflict.fields == ("oauth_config.base_url",)


async def test_a_client_secret_that_was_replaced_meanwhile_is_told_without_its_value(shop: Shop) -> None:
    given = shop.document()
    given |= {"auth_type": "oauth", "oauth_config": {"base_url": shop.api.base("open"), **CLIENT}}
    before = await connectors.create_connector(shop.admin, ConnectorIn.model_validate(given))
    await edit(shop, before, config_client_secret="theirs-0123456789")
    with pytest.raises(EditConflict) as told:
        await edit(shop, before, config_client_secret="mine-0123456789")
    assert told.value.fields == ("oauth_config.client_secret",)
    assert "0123456789" not in f"{told.value.detail}{before.version}"
    await edit(shop, before, config_scopes=["a"])
    await edit(shop, before, config_client_id="other")
    now = await get(shop, before.id)
    assert (now.oauth_config.scopes, now.oauth_config.client_id) == (["a"], "other")


async def test_another_kind_of_authentication_concerns_whoever_changes_a_part_of_it(shop: Shop) -> None:
    before = await get(shop, await shop.connector(scheme="bearer"))
    await edit(shop, before, auth_type="none", sign_in="none")
    with pytest.raises(EditConflict) as told:
        await edit(shop, before, config_auth_header="X-Key", sign_in="api_key")
    assert told.value.fields == ("sign_in",)


async def test_turning_off_works_when_the_host_resolves_privately(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host is asked about when its URL changes, and not for a switch, a name or an action."""
    async with NameServer() as servers:
        servers.names["shop.test"] = [["127.0.0.1"], ["10.1.2.3"]]
        resolver = servers.resolver()
        monkeypatch.setattr(aiohttp, "AsyncResolver", lambda: resolver)
        await outbound.close_client()
        document = shop.document({"id": "a", "endpoint": "/a"})
        document |= {"oauth_config": {"base_url": "http://shop.test:8080"}}
        made = await connectors.create_connector(shop.admin, ConnectorIn.model_validate(document))
        asked = len(servers.asked)
        assert not (await connectors.switch_connector(shop.admin, made.id, on=False)).is_active
        await edit(shop, made, display_name="Renamed")
        await actions.change_action(shop.admin, made.id, "a", {"name": "A"})
        off = ConnectorIn.model_validate(document | {"is_active": False})
        await connectors.replace_connector(shop.admin, made.id, off)
        assert len(servers.asked) == asked
        with pytest.raises(Invalid, match=r"10\.1\.2\.3"):
            await edit(shop, made, config_base_url="http://shop.test:8081")


@pytest.mark.both_databases
async def test_different_actions_are_changed_at_once_and_nobody_undoes_another(shop: Shop) -> None:
    """Editing, moving, deleting and adding, all at the same moment, with a rename of the connector and a switch."""
    connector_id = await four(shop)
    admin, before = shop.admin, await get(shop, connector_id)
    first = Action.model_validate({"id": "e", "endpoint": "/e"})
    await asyncio.gather(
        actions.change_action(admin, connector_id, "a", {"name": "All"}),
        actions.change_action(admin, connector_id, "b", {"endpoint": "/other"}),
        actions.delete_action(admin, connector_id, "c"),
        actions.add_actions(admin, connector_id, [first]),
        actions.move_action(admin, connector_id, "d", -9),
        edit(shop, before, display_name="Renamed"),
        connectors.switch_connector(admin, connector_id, on=False),
    )
    now = await get(shop, connector_id)
    assert sorted(names(now)) == ["a", "b", "d", "e"]
    assert names(now)[0] == "d"
    found = {one.id: one for one in now.actions}
    assert (found["a"].name, found["b"].endpoint) == ("All", "/other")
    assert (now.display_name, now.is_active) == ("Renamed", False)


@pytest.mark.both_databases
async def test_moving_different_actions_at_once_keeps_all_of_them(shop: Shop) -> None:
    connector_id = await four(shop)
    await asyncio.gather(
        *(actions.move_action(shop.admin, connector_id, name, by) for name in "abcd" for by in (1, -1, 2))
    )
    assert sorted(names(await get(shop, connector_id))) == ["a", "b", "c", "d"]


@pytest.mark.both_databases
async def test_both_change_the_same_part_of_an_action_and_the_second_is_told(shop: Shop) -> None:
    connector_id = await four(shop)
    (opened, *_) = (await get(shop, connector_id)).actions
    expected = AsOpened(actions.version_of(opened).fields)

    async def save(**changes: object) -> list[Action]:
        return await actions.change_action(shop.admin, connector_id, "a", changes, expected=expected)

    results = await asyncio.gather(
        save(name="Mine"), save(name="Theirs"), save(description="kept"), return_exceptions=True
    )
    (conflict,) = (one for one in results if isinstance(one, BaseException))
    assert isinstance(conflict, EditConflict)
    assert conflict.fields == ("name",)
    (now, *_) = (await get(shop, connector_id)).actions
    assert now.description == "kept"
    assert now.name in {"Mine", "Theirs"}


async def test_an_action_that_went_meanwhile_is_told(shop: Shop) -> None:
    connector_id = await four(shop)
    await actions.delete_action(shop.admin, connector_id, "a")
    for late in (
        actions.delete_action(shop.admin, connector_id, "a"),
        actions.move_action(shop.admin, connector_id, "a", 1),
        actions.change_action(shop.admin, connector_id, "a", {"name": "x"}),
    ):
        with pytest.raises(NotFound, match="already been deleted"):
            await late
    with pytest.raises(Invalid, match="another action"):
        await actions.change_action(shop.admin, connector_id, "b", {"id": "c"})
    renamed = await actions.change_action(shop.admin, connector_id, "b", {"id": "z"})
    assert names(renamed) == ["z", "c", "d"]


@pytest.mark.both_databases
async def test_plans_settings_and_steps(shop: Shop) -> None:
    """Each changes another setting: both stay. Both change the steps: the second is told. A null takes a trigger away."""
    connector_id = await four(shop)
    step: dict[str, JsonValue] = {"id": "first", "integration_id": str(connector_id), "action": "a"}
    given = {"name": "P", "steps": [step], "schedule": {"every_minutes": 5}, "event_type": "a.b"}
    before = await plans.create_plan(shop.admin, PlanIn.model_validate(given))

    async def save(**changes: object) -> object:
        patch = PlanPatch.model_validate(changes)
        return await plans.update_plan(shop.admin, before.id, patch, expected=form(before))

    others = [{**step, "on_error": "continue"}]
    results = await asyncio.gather(
        save(name="Q"),
        save(description="d"),
        save(schedule=None),
        save(event_type=None),
        save(steps=others),
        save(steps=[{**step, "on_error": "retry"}]),
        return_exceptions=True,
    )
    (conflict,) = (one for one in results if isinstance(one, BaseException))
    assert isinstance(conflict, EditConflict)
    assert conflict.fields == ("steps",)
    now = await plans.get_plan(shop.admin, before.id)
    assert (now.name, now.description, now.schedule, now.event_type) == ("Q", "d", None, None)
    assert now.next_run_at is None
    await save(schedule={})
    with pytest.raises(EditConflict):
        await save(event_type="c.d")
