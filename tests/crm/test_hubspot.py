"""What is HubSpot's own: searches that end at ten thousand, labels of options, objects that were deleted, one contact an address."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.crm import providers
from hub_app.crm.providers.hubspot.source import HubSpot
from hub_app.sync.provider.source import Draft, Item, Source
from tests.crm.conformance.reading import Copy, opened
from tests.peers.hubspot import Counterpart

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"),
    pytest.mark.usefixtures("calling"),
]
HUBSPOT = providers.every()["hubspot"]


@pytest.fixture
async def peer() -> AsyncGenerator[Counterpart]:
    async with Counterpart(130) as running:
        yield running


@pytest.fixture
def source(peer: Counterpart) -> Source:
    return opened(HUBSPOT, peer)


async def read(source: Source, resource: str, external_id: str) -> Item:
    item = await source.get(resource, external_id)
    assert item is not None
    return item


def properties(item: Item) -> dict[str, Any]:
    found = item.payload["properties"]
    assert isinstance(found, dict)
    return found


async def test_options_are_read_and_written_as_labels(peer: Counterpart, source: Source) -> None:
    one = peer.ids("clients")[0]
    found = properties(await read(source, "clients", one))
    assert (found["style"], found["wishes"], found["lifecyclestage"]) == (
        "Classic",
        ["Album", "Prints"],
        "Lead",
    )
    values: dict[str, JsonValue] = {
        "properties.style": "Boho chic",
        "properties.wishes": ["Prints"],
        "properties.wants_film": False,
        "properties.guests": None,
    }
    await source.update("clients", one, Draft(values=values))
    stored = peer.rows["contacts"][int(one)]["properties"]
    assert [stored[name] for name in ("style", "wishes", "wants_film", "guests")] == [
        "boho",
        "p",
        "false",
        "",
    ]
    assert stored["rings"] == "One"


async def test_what_is_calculated_is_not_to_be_written(source: Source) -> None:
    fields = {one.path.removeprefix("properties."): one for one in await source.fields("clients")}
    assert not fields["hs_analytics_source"].writable
    assert not fields["createdate"].writable
    assert fields["rings"].writable
    assert {name: fields[name].type for name in ("guests", "wedding", "wants_film", "style", "wishes")} == {
        "guests": "number",
        "wedding": "date",
        "wants_film": "boolean",
        "style": "choice",
        "wishes": "list",
    }


async def test_a_full_import_tells_what_was_deleted(peer: Counterpart, source: Source) -> None:
    gone = peer.ids("clients")[3]
    peer.delete(gone)
    copy = Copy(source, "clients")
    await copy.run(full=True)
    told = [item for page in copy.pages for item in page.items if item.gone]
    assert [item.external_id for item in told] == [gone]


async def test_a_contact_with_a_taken_address_is_refused_and_found(peer: Counterpart, source: Source) -> None:
    draft = Draft(values={"properties.email": "7@example.com", "properties.firstname": "Ada"})
    (found,) = await source.find("clients", draft)
    assert properties(found)["email"] == "7@example.com"
    with pytest.raises(ApiError, match="already exists") as refused:
        await source.create("clients", draft)
    assert (refused.value.status, refused.value.retryable) == (409, False)
    assert len(peer.ids("clients")) == 130


async def test_a_deal_has_its_contacts_however_it_is_read(peer: Counterpart, source: Source) -> None:
    one, contacts = peer.ids("projects")[0], peer.ids("clients")[:2]
    peer.links[one] = [int(contacts[1]), int(contacts[0])]
    peer.edit(one, "deals", amount="7")
    since = datetime.now(UTC) - timedelta(minutes=1)
    (searched,) = (await source.read("projects", since=since)).items
    assert searched.payload["clientIds"] == contacts
    assert searched.payload == (await read(source, "projects", one)).payload


@pytest.mark.parametrize("moments", [1, 3, 1200])
async def test_more_than_a_search_gives_are_read_whole(moments: int) -> None:
    """Whether all were changed at the same moment, by thousands, or one after the other."""
    async with Counterpart(1200) as peer:
        peer.window = 1000
        begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        for number, row in enumerate(peer.rows["contacts"].values()):
            moment = begin + timedelta(milliseconds=number * moments // 1200)
            peer.put("contacts", row, {}, moment)
        source = opened(HUBSPOT, peer)
        assert isinstance(source, HubSpot)
        assert source.window == Counterpart.window
        source.window = peer.window
        ids, at = list[str](), None
        while True:
            page = await source.read("clients", at, since=begin)
            ids += [item.external_id for item in page.items]
            if page.next is None:
                break
            at = page.next
        assert set(ids) == set(peer.ids("clients"))
        # What was changed at the moment in which a window ends is read once more.
        assert len(ids) <= 2200


async def test_of_twenty_thousand_only_what_changed_is_read_as_often_as_allowed() -> None:
    async with Counterpart(20_000) as peer:
        source = opened(HUBSPOT, peer, rates=HUBSPOT.rates, groups=HUBSPOT.groups, patience=30)
        copy = Copy(source, "clients", mark=datetime.now(UTC) + source.resources["clients"].lateness)
        for one in peer.ids("clients")[::20]:
            peer.edit(one)
        ids = await copy.run()
        assert sorted(ids) == sorted(peer.ids("clients")[::20])
        searches = [
            at for at, path in zip(peer.times(), peer.paths, strict=True) if path.endswith("/contacts/search")
        ]
        assert len(searches) == 10
        # On its way a call may be held up, so that two arrive closer than they left.
        assert all(later - earlier > 0.5 for earlier, later in zip(searches, searches[4:], strict=False))
        assert not [path for path in peer.paths if path.endswith("/objects/contacts")]
