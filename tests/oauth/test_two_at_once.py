"""Two operators who change the same app of the catalogue, two owners who rename their tenant: nothing is lost."""

import asyncio

import pytest
from pydantic import SecretStr

from hub_app.identity.schemas import ProfilePatch, TenantPatch
from hub_app.identity.service import accounts, tenants
from hub_app.kernel.edits import AsOpened, Version
from hub_app.kernel.errors import EditConflict
from hub_app.oauth.schemas import AppPatch
from hub_app.oauth.service import apps
from tests.people import People

pytestmark = pytest.mark.both_databases


async def test_an_apps_parts_are_changed_at_once(people: People) -> None:
    await apps.add_templates()
    alice = people.alice.actor
    form = AsOpened((await apps.get_entry(alice, "github")).version.fields)
    changes: list[dict[str, object]] = [
        {"client_id": "ours"},
        {"client_secret": "s3cret-0123456789"},
        {"note": "Ask Bob"},
        {"default_scopes": []},
        {"pkce": False},
    ]
    await asyncio.gather(
        *(apps.update_app(alice, "github", AppPatch.model_validate(one), expected=form) for one in changes)
    )
    now = await apps.get_entry(alice, "github")
    assert (now.client_id, now.note, now.default_scopes, now.pkce) == ("ours", "Ask Bob", [], False)
    assert now.secret_hint.endswith("6789")
    with pytest.raises(EditConflict) as told:
        mine = AppPatch(client_id="mine", client_secret=SecretStr("mine-0123456789"), note="Ask Bob")
        await apps.update_app(alice, "github", mine, expected=form)
    assert set(told.value.fields) == {"client_id", "client_secret"}
    assert "s3cret" not in repr((await apps.get_entry(alice, "github")).version)


async def test_names_are_changed_at_once(people: People) -> None:
    alice = people.alice.actor
    form = AsOpened((await tenants.get_tenant(alice)).version.fields)
    results = await asyncio.gather(
        *(tenants.update_tenant(alice, TenantPatch(name=n), expected=form) for n in ("Mine", "Theirs")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, EditConflict) for one in results) == 1
    form = AsOpened(Version.of({"name": await accounts.own_name(alice)}).fields)
    results = await asyncio.gather(
        *(accounts.update_profile(alice, ProfilePatch(name=n), expected=form) for n in ("Mine", "Theirs")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, EditConflict) for one in results) == 1
