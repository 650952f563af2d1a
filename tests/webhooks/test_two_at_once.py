"""Two people who change the same endpoint lose nothing of each other's."""

import asyncio

import aiohttp
import pytest

from hub_app.kernel import outbound
from hub_app.kernel.edits import AsOpened
from hub_app.kernel.errors import EditConflict
from hub_app.webhooks.schemas import EndpointIn, EndpointPatch, EndpointSecrets
from hub_app.webhooks.service import endpoints
from tests.peers.dns import NameServer
from tests.peers.receiver import Receiver
from tests.webhooks.conftest import Acme

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
FIELDS = {
    "name": ("Mine", "Theirs"),
    "events": (["a.b"], ["c.d"]),
    "headers": ({"X-A": "1"}, {"X-A": "2"}),
    "retry_policy": ("LINEAR", "NONE"),
    "rate_limit": (1, 2),
    "description": ("mine", "theirs"),
    "url": ("/mine", "/theirs"),
}


async def opened(acme: Acme, endpoint_id: object) -> EndpointSecrets:
    return await endpoints.reveal_endpoint(acme.actor, endpoint_id)  # type: ignore[arg-type]


@pytest.mark.both_databases
async def test_each_changes_another_field_and_both_stay(acme: Acme) -> None:
    """All at the same moment, each with the form that it opened before."""
    endpoint_id = await acme.endpoint()
    form = AsOpened((await opened(acme, endpoint_id)).version.fields)
    changes = {name: mine for name, (mine, _) in FIELDS.items()}
    base = (await opened(acme, endpoint_id)).url.removesuffix("/hook")
    changes["url"] = f"{base}/mine"
    await asyncio.gather(
        *(
            endpoints.update_endpoint(
                acme.actor, endpoint_id, EndpointPatch.model_validate({name: value}), expected=form
            )
            for name, value in changes.items()
        )
    )
    now = (await opened(acme, endpoint_id)).model_dump()
    assert {name: now[name] for name in changes} == changes


@pytest.mark.both_databases
@pytest.mark.parametrize("field", list(FIELDS))
async def test_both_change_the_same_and_the_second_is_told(acme: Acme, field: str) -> None:
    """Exactly one of two that save at the same moment gets through; the other has overwritten nothing."""
    endpoint_id = await acme.endpoint()
    before = await opened(acme, endpoint_id)
    base = before.url.removesuffix("/hook")
    given = [f"{base}{one}" if field == "url" else one for one in FIELDS[field]]
    wanted = [EndpointPatch.model_validate({field: one}) for one in given]
    form = AsOpened(before.version.fields)
    results = await asyncio.gather(
        *(endpoints.update_endpoint(acme.actor, endpoint_id, one, expected=form) for one in wanted),
        return_exceptions=True,
    )
    (conflict,) = (one for one in results if isinstance(one, BaseException))
    assert isinstance(conflict, EditConflict)
    assert conflict.fields == (field,)
    won = given[0 if results[1] is conflict else 1]
    assert getattr(await opened(acme, endpoint_id), field) == won


async def test_the_same_value_twice_is_no_conflict(acme: Acme) -> None:
    endpoint_id = await acme.endpoint()
    form = AsOpened((await opened(acme, endpoint_id)).version.fields)
    for _ in range(2):
        await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(name="Depot"), expected=form)


async def test_what_others_changed_alone_is_left_as_it_is(acme: Acme) -> None:
    endpoint_id = await acme.endpoint()
    form = AsOpened((await opened(acme, endpoint_id)).version.fields)
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(description="theirs"))
    await endpoints.update_endpoint(acme.actor, endpoint_id, EndpointPatch(name="Mine"), expected=form)
    now = await opened(acme, endpoint_id)
    assert (now.name, now.description) == ("Mine", "theirs")


async def test_a_form_keeps_no_value(acme: Acme) -> None:
    """What a tab remembers of the form: not the URL, not the headers, and nothing that can be guessed without the key."""
    endpoint_id = await acme.endpoint("/s3cret-path", headers={"X-Key": "s3cret-key"})
    kept = (await opened(acme, endpoint_id)).version.fields
    assert {"url", "headers"} <= kept.keys()
    assert "s3cret" not in repr(kept)
    assert all(len(one) == 32 for one in kept.values())


async def test_changes_without_a_url_ask_no_name_server(
    acme: Acme, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turning off and renaming work, wherever the host leads today."""
    async with NameServer() as names:
        names.names["shop.test"] = [["127.0.0.1"], ["10.1.2.3"]]
        resolver = names.resolver()
        monkeypatch.setattr(aiohttp, "AsyncResolver", lambda: resolver)
        await outbound.close_client()
        given = EndpointIn(url=f"http://shop.test:{receiver.port}/hook")
        endpoint_id = (await endpoints.create_endpoint(acme.actor, given)).id
        asked = len(names.asked)
        patch = EndpointPatch(enabled=False, name="Renamed")
        assert not (await endpoints.update_endpoint(acme.actor, endpoint_id, patch)).enabled
        assert len(names.asked) == asked
