"""A source made of declarations, tried on a real server: what the conformance suite of CRMs does not ask of each of them."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.apiclient.call import Credential
from hub_app.apiclient.client import Client
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError
from hub_app.kernel import outbound, ratelimit
from hub_app.kernel.settings import Settings
from hub_app.sync.provider.declared import (
    Beside,
    Lists,
    Lookup,
    RestResource,
    Row,
    Writing,
    in_utc,
    with_values,
)
from hub_app.sync.provider.rest import RestSource
from hub_app.sync.provider.rows import LeftOut, NoRecord, Reader
from hub_app.sync.provider.source import Draft, Item, Payload, Resource
from tests.peers.tave import KEY, Tave
from tests.peers.tave.store import EVENT, EVENT_TYPE, JOB

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
PAGES = Pagination(type="page", items="items", size_parameter="pageSize", size=10)


@pytest.fixture
async def tave(settings: Settings) -> AsyncGenerator[Tave]:
    del settings
    ratelimit.limiter.cache_clear()
    async with Tave(contacts=40, jobs=25) as running:
        yield running
    await outbound.close_client()


def resource(path: str, name: str = "things", **declared: object) -> RestResource:
    given = {"one": f"{path}/{{id}}", "modified": "modified", "total": "meta.totalItems", **declared}
    what = Resource(name=name, gets=True, writes=True)
    return RestResource(resource=what, path=path, pagination=PAGES, **given)  # type: ignore[arg-type]


class Keys:
    """Gives a client for the newest of its keys, and keeps what it was asked with."""

    def __init__(self, *keys: str) -> None:
        self.keys = list(keys)
        self.refused: list[str] = []

    async def ready(self, refused: str) -> Client:
        self.refused.append(refused)
        if refused == self.keys[0] and len(self.keys) > 1:
            self.keys.pop(0)
        key = self.keys[0]
        return Client(Credential(headers={"X-API-KEY": key}, texts=(key,)), "t")


def source(tave: Tave, *declared: RestResource, keys: Keys | None = None) -> RestSource:
    return RestSource(tave.base, (keys or Keys(KEY)).ready, declared, account=("/studio/me", "name"))


async def test_a_token_that_is_refused_is_asked_for_anew_once(tave: Tave) -> None:
    keys = Keys("an old token", KEY)
    opened = source(tave, resource("/job"), keys=keys)
    assert (await opened.read("things")).items
    assert keys.refused == ["", "an old token"]
    assert await opened.probe() == "Aperture & Ivy"
    assert keys.refused == ["", "an old token"]
    tave.keys = {"another one"}
    with pytest.raises(ApiError) as refused:
        await opened.read("things")
    assert (refused.value.kind, refused.value.reauthorize, len(keys.refused)) == ("auth", True, 3)


async def test_what_lies_beside_is_read_once_and_for_one_record_in_part(tave: Tave) -> None:
    def named(row: Row, beside: Lists) -> Payload:
        return {"contacts": list(beside["contacts"].get(str(row["id"]), ()))}

    contacts = Beside(
        path="/job-contact",
        by="jobId",
        value=lambda row: row["contactId"],
        pagination=PAGES,
        narrowed="jobId",
    )
    opened = source(tave, resource("/job", prepare=named, beside={"contacts": contacts}))
    page = await opened.read("things")
    read = tave.per_path["/job-contact"]
    await opened.read("things", page.next)
    assert tave.per_path["/job-contact"] == read
    one = page.items[0]
    assert len(one.payload["contacts"]) == 2  # type: ignore[arg-type]
    assert await opened.get("things", one.external_id) == one
    assert tave.requests[-1].query["jobId"] == one.external_id


async def test_a_row_that_is_no_record_is_told_and_the_others_are_read(tave: Tave) -> None:
    first, second, third = tave.ids(EVENT_TYPE)
    tave.edit(first, number=None)
    tave.edit(second, number=2, name=7)
    tave.edit(third, number=3)

    def shouted(row: Row, beside: Lists) -> Payload:
        del beside
        return {"name": row["name"].upper()}  # type: ignore[union-attr]

    page = await source(tave, resource("/event-type", id="number", prepare=shouted)).read("things")
    assert [one.external_id for one in page.items] == ["3"]
    assert {(one.external_id, one.why) for one in page.unread} == {
        ("", "has no id at number"),
        ("2", "is not as its kind should be: AttributeError"),
    }
    assert page.total == 3


async def test_somebody_elses_change_is_not_overwritten(tave: Tave) -> None:
    event = tave.ids(EVENT)[0]
    before = tave.document(event)
    writing = Writing(made=lambda draft: draft.values)
    opened = source(tave, resource("/event", writing=writing))
    read = await opened.get("things", event)
    assert read is not None
    tave.edit(event, channel="Phone")
    with pytest.raises(ApiError) as refused:
        await opened.update("things", event, Draft(values={"name": "Ours"}, whole=read.payload))
    assert (refused.value.kind, refused.value.retryable) == ("changed", False)
    assert (tave.document(event)["name"], tave.document(event)["channel"]) == (before["name"], "Phone")
    read = await opened.get("things", event)
    assert read is not None
    after = await opened.update("things", event, Draft(values={"name": "Ours"}, whole=read.payload))
    assert (after.payload["name"], after.payload["channel"], after.version) == (
        "Ours",
        "Phone",
        after.payload["modified"],
    )


async def test_a_field_that_the_api_loses_is_read_back_as_it_is(tave: Tave) -> None:
    event = tave.ids(EVENT)[0]
    opened = source(tave, resource("/event", writing=Writing(made=lambda draft: draft.values)))
    tave.faults.drops = ["channel"]
    after = await opened.update("things", event, Draft(values={"channel": "Phone", "name": "Ours"}))
    assert (after.payload["name"], after.payload["channel"]) == ("Ours", "InPerson")


async def test_what_was_stored_without_an_answer_is_found(tave: Tave) -> None:
    def is_it(row: Row, draft: Draft) -> bool:
        return draft.reference in str(row["externalMappings"])

    def made(draft: Draft) -> Row:
        mapping: list[JsonValue] = [{"id": draft.reference, "url": "https://hub.example/"}]
        return {**draft.values, "externalMappings": mapping}

    lookup = Lookup(lambda draft: {"externalMappingId": draft.reference}, is_it)
    opened = source(tave, resource("/job", writing=Writing(made=made, lookups=[lookup])))
    draft = Draft(values={"name": "A wedding"}, reference="0199a7")
    tave.faults.broken_after_storing = 1
    with pytest.raises(ApiError) as failed:
        await opened.create("things", draft)
    assert (failed.value.status, failed.value.retryable) == (500, True)
    (found,) = await opened.find("things", draft)
    assert found.external_id == tave.ids(JOB)[-1]
    tave.faults.refused_field = "name"
    with pytest.raises(ApiError) as refused:
        await opened.create("things", Draft(values={"name": "Another"}))
    assert (refused.value.status, refused.value.retryable) == (400, False)
    assert "is not accepted" in refused.value.message


async def test_a_place_that_was_kept_of_another_list_is_refused(tave: Tave) -> None:
    places: list[JsonValue] = ["7", 7, [1], {"cursor": "x"}]
    for at in places:
        with pytest.raises(ApiError, match="Read it from its beginning"):
            await source(tave, resource("/job")).read("things", at)


async def test_a_time_is_sent_where_the_list_takes_one(tave: Tave) -> None:
    since = datetime(2026, 11, 22, 10, 0, 0, 5, tzinfo=UTC)
    opened = source(tave, resource("/job", since="changedSince"), resource("/event", "others"))
    await opened.read("things", since=since)
    await opened.read("things")
    await opened.read("others", since=since)
    assert [one.query.get("changedSince") for one in tave.requests] == ["2026-11-22T10:00:00Z", None, None]
    assert in_utc(since) == "2026-11-22T10:00:00Z"


READER = Reader(
    resource("/x", leaves_out=lambda row: "other" if row.get("kind") else "", gone="gone", version="etag")
)
TIMES = st.sampled_from(["2026-11-22T10:00:00Z", "2026-11-22T10:00:00", "2026-11-22", "2026-13-01T00:00:00Z"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | TIMES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "modified", "kind", "gone", "etag", "x"]), inner, max_size=5)
    ),
    max_leaves=10,
)


@given(JSON | st.fixed_dictionaries({"id": st.integers(), "modified": TIMES}))
def test_whatever_a_row_is_it_is_read_left_out_or_refused(row: JsonValue) -> None:
    try:
        read = READER.item(row, {})
    except NoRecord:
        return
    assert isinstance(row, dict)
    assert isinstance(read, LeftOut) == bool(row.get("kind"))
    if isinstance(read, Item):
        assert 0 < len(read.external_id) <= 255
        assert read.modified is None or read.modified.tzinfo is not None
        assert read.gone == bool(row.get("gone"))


@given(st.lists(JSON, max_size=5), JSON | st.integers(min_value=2**31 - 2, max_value=2**31 + 1))
def test_each_row_of_a_page_is_counted_once(rows: list[JsonValue], total: JsonValue) -> None:
    page = READER.page(rows, {"meta": {"totalItems": total}}, {}, following=None)
    assert len(page.items) + len(page.unread) + sum(page.left_out.values()) == len(rows)
    # A column of the database has room for a number below 2**31.
    assert page.total == (total if type(total) is int and 0 <= total < 2**31 else None)


def test_values_are_put_at_their_paths_and_the_document_stays_as_it_was() -> None:
    row: Row = {"address": {"city": "Cork", "zip": "1"}, "name": "Ada", "tags": "none"}
    made = with_values(row, {"address.city": "Aix", "name": None, "tags.first": 1, "new.deep.er": True})
    assert made == {
        "address": {"city": "Aix", "zip": "1"},
        "name": None,
        "tags": {"first": 1},
        "new": {"deep": {"er": True}},
    }
    assert row == {"address": {"city": "Cork", "zip": "1"}, "name": "Ada", "tags": "none"}
