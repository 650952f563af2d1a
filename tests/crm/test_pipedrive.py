"""What is Pipedrive's own: lists that a write replaces, options by numbers, hashes for names, organizations asked for by their ids."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from hub_app.crm import providers
from hub_app.sync.provider.source import Draft, Item, Source
from tests.crm.conformance.reading import Copy, opened
from tests.peers.pipedrive import Counterpart, code

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"),
    pytest.mark.usefixtures("calling"),
]
PIPEDRIVE = providers.every()["pipedrive"]


@pytest.fixture
async def peer() -> AsyncGenerator[Counterpart]:
    async with Counterpart(130) as running:
        yield running


@pytest.fixture
def source(peer: Counterpart) -> Source:
    return opened(PIPEDRIVE, peer)


async def read(source: Source, resource: str, external_id: str) -> Item:
    item = await source.get(resource, external_id)
    assert item is not None
    return item


async def test_another_address_of_a_person_stays(peer: Counterpart, source: Source) -> None:
    one = peer.ids("clients")[0]
    before = await read(source, "clients", one)
    change = Draft(values={"email": "new@example.com", "phone": None}, whole=before.payload)
    after = await source.update("clients", one, change)
    row = peer.rows["persons"][int(one)]
    assert [(entry["value"], entry["primary"], entry["label"]) for entry in row["emails"]] == [
        ("new@example.com", True, "work"),
        ("old0@example.com", False, "home"),
    ]
    assert row["phones"] == []
    assert (after.payload["email"], after.payload["phone"]) == ("new@example.com", None)
    assert row["notes"] == "Met at the fair"


async def test_custom_fields_are_what_people_read(peer: Counterpart, source: Source) -> None:
    one = peer.ids("clients")[1]
    fields = (await read(source, "clients", one)).payload["custom_fields"]
    expected: dict[str, JsonValue] = {
        f"cf_{code('Rings')}": "One",
        f"cf_{code('Style')}": "Boho",
        f"cf_{code('Wishes')}": ["Album", "Film"],
        f"cf_{code('Guests')}": 80.5,
        f"cf_{code('Wedding')}": "2026-06-20",
        f"cf_{code('Budget')}": 4500,
        f"cf_{code('Season')}": "2026-05-01 to 2026-09-30",
        f"cf_{code('Home')}": "2 Side St, Bremen",
    }
    assert fields == expected
    declared = {field.path: field for field in await source.fields("clients")}
    assert set(declared) == {f"custom_fields.{name}" for name in expected}
    style = declared[f"custom_fields.cf_{code('Style')}"]
    assert (style.label, style.type, style.writable) == ("Style", "choice", False)
    assert declared[f"custom_fields.cf_{code('Rings')}"].writable


async def test_only_the_organizations_that_rows_name_are_read(peer: Counterpart, source: Source) -> None:
    for number in range(300):
        peer.put("organizations", {"name": f"Other {number}"})
    page = await source.read("clients", since=datetime.now(UTC) - timedelta(days=3000))
    names = [item.payload["organization"] for item in page.items]
    assert names.count("Studio 0") == 1
    assert None in names
    asked = [path for path in peer.paths if path.startswith("/api/v2/organizations")]
    assert len(asked) == 1
    # Those of the same rows are known.
    await source.read("clients")
    assert len([path for path in peer.paths if path.startswith("/api/v2/organizations")]) == 1


async def test_a_deal_that_was_deleted_is_told_and_an_archived_one_is_there(
    peer: Counterpart, source: Source
) -> None:
    copy = Copy(source, "projects")
    await copy.run()
    deleted, archived = peer.ids("projects")[:2]
    peer.delete(deleted, "deals")
    peer.edit(archived, "deals", is_archived=True)
    page = await source.read("projects", since=copy.mark)
    assert [(item.external_id, item.gone) for item in page.items if item.gone] == [(deleted, True)]
    assert archived not in {item.external_id for item in page.items}
    assert await source.get("projects", archived) is not None
    assert await source.get("projects", deleted) is None


async def test_a_deal_is_found_by_its_whole_title(peer: Counterpart, source: Source) -> None:
    found = await source.find("projects", Draft(values={"title": "Wedding 7", "value": 5}))
    assert [item.payload["title"] for item in found] == ["Wedding 7"]
    assert not await source.find("projects", Draft(values={"title": "Wedding"}))
    assert not await source.find("projects", Draft(values={"value": 5}))
    assert not source.finds("projects")
    assert not source.finds("clients")
    del peer


async def test_of_twenty_thousand_only_what_changed_is_read_as_often_as_allowed() -> None:
    async with Counterpart(20_000) as peer:
        source = opened(PIPEDRIVE, peer, rates=PIPEDRIVE.rates, patience=30)
        copy, at = Copy(source, "clients", mark=datetime.now(UTC)), None
        for _ in range(20):
            at = (await source.read("clients", at)).next
        burst = PIPEDRIVE.bursts[0].calls
        times = sorted(peer.times())
        assert len(times) > 20
        # On its way a call may be held up, so that two arrive closer than they left.
        assert all(later - earlier > 0.5 for earlier, later in zip(times, times[burst:], strict=False))
        for one in peer.ids("clients")[::2000]:
            peer.edit(one)
        called = len(peer.paths)
        assert sorted(await copy.run()) == sorted(peer.ids("clients")[::2000])
        assert [path for path in peer.paths[called:] if path.endswith("/persons")] == ["/api/v2/persons"]
