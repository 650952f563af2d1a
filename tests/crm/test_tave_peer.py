"""The peer does what the API's own description says, and goes wrong as it is told. What syncs with it stands on that."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import cast

import aiohttp
import pytest
from pydantic import JsonValue

from tests.peers.tave import KEY, READ_ONLY_KEY, Tave
from tests.peers.tave.store import CUSTOM_FIELD, JOB, Document

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=60) as running:
        yield running


@pytest.fixture
async def browser(tave: Tave) -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"X-API-KEY": KEY}) as client:
        del tave
        yield client


async def answer(
    client: aiohttp.ClientSession, url: str, method: str = "GET", body: JsonValue = None, key: str = KEY
) -> tuple[int, Document]:
    async with client.request(method, url, json=body, headers={"X-API-KEY": key}) as got:
        return got.status, cast("Document", await got.json())


def ids(page: Document) -> list[str]:
    return [str(one["id"]) for one in cast("list[Document]", page["items"])]


async def test_the_same_seed_makes_the_same_studio() -> None:
    one, other, third = Tave(contacts=30, seed=4), Tave(contacts=30, seed=4), Tave(contacts=30, seed=5)
    assert [one.document(each) for each in one.ids()] == [other.document(each) for each in other.ids()]
    assert one.ids() != third.ids()
    emails = [str(one.document(each)["email"]).lower() for each in one.ids()]
    assert len(set(emails)) < len(emails)


async def test_a_list_comes_in_pages_without_what_is_hidden(
    tave: Tave, browser: aiohttp.ClientSession
) -> None:
    base = f"{tave.base}/address-book?pageSize=20"
    pages = [(await answer(browser, f"{base}&page={page}"))[1] for page in (1, 2, 3, 4)]
    assert pages[0]["meta"] == {"currentPage": 1, "totalPages": 3, "totalItems": 58, "rows": 20}
    assert sorted(one for page in pages for one in ids(page)) == sorted(tave.ids(hidden=False))
    assert len(ids((await answer(browser, f"{base}&includeHidden=true&page=3"))[1])) == 20
    _, closed = await answer(browser, f"{tave.base}/job?includeClosed=true")
    _, others = await answer(browser, f"{tave.base}/job")
    assert len(ids(closed)) == 30 > len(ids(others))
    _, newest = await answer(browser, f"{base}&sortBy=modified desc")
    times = [str(one["modified"]) for one in cast("list[Document]", newest["items"])]
    assert times == sorted(times, reverse=True)
    for bad in ("pageSize=9", "pageSize=101", "page=0", "page=x"):
        assert (await answer(browser, f"{tave.base}/job?{bad}"))[0] == 400


async def test_notes_are_told_of_one_contact_alone(tave: Tave, browser: aiohttp.ClientSession) -> None:
    whole = next(one for one in tave.ids() if "notes" in tave.document(one))
    _, alone = await answer(browser, f"{tave.base}/address-book/{whole}")
    assert "notes" in alone
    _, page = await answer(browser, f"{tave.base}/address-book?includeHidden=true")
    assert all("notes" not in one for one in cast("list[Document]", page["items"]))


async def test_put_replaces_the_whole_and_keeps_mappings(tave: Tave, browser: aiohttp.ClientSession) -> None:
    mapping: JsonValue = [{"id": "hub-1", "url": "https://hub.example/1"}]
    sent: Document = {
        "kind": "person",
        "firstName": "Ada",
        "jobTitle": "Countess",
        "externalMappings": mapping,
    }
    status, made = await answer(browser, f"{tave.base}/address-book", "POST", {**sent, "unknown": 1})
    assert (status, made["name"], made["externalMappings"], "unknown" in made) == (201, "Ada", mapping, False)
    one = f"{tave.base}/address-book/{made['id']}"
    phone: JsonValue = {"formatted": "0800 5608283 ext 9", "countryCode": "us"}
    changed: Document = {"kind": "person", "lastName": "Lovelace", "cellPhone": phone, "externalMappings": []}
    _, after = await answer(browser, one, "PUT", changed)
    assert (after["firstName"], after["jobTitle"], after["externalMappings"]) == (None, None, mapping)
    assert cast("Document", after["cellPhone"])["extension"] == 9
    status, refused = await answer(browser, one, "PUT", {"kind": "person", "firstName": "x" * 49})
    assert (status, refused["type"]) == (400, "validation-error")
    assert refused["detail"] == {"firstName": ["must have at most 48 characters"]}


async def test_keys_that_may_not_are_told_so(tave: Tave, browser: aiohttp.ClientSession) -> None:
    one = f"{tave.base}/address-book"
    assert (await answer(browser, one, key="wrong"))[0] == 401
    assert (await answer(browser, one, key=READ_ONLY_KEY))[0] == 200
    assert (await answer(browser, one, "POST", {"kind": "person"}, READ_ONLY_KEY))[0] == 403
    assert (await answer(browser, f"{one}/01h35ccwymj5ctckp8px1azhg6"))[0] == 404


async def test_filters_find_what_they_say(tave: Tave, browser: aiohttp.ClientSession) -> None:
    job = tave.create(JOB, {"externalMappings": [{"id": "hub-9", "url": "https://hub.example/9"}]})
    assert ids((await answer(browser, f"{tave.base}/job?externalMappingId=hub-9"))[1]) == [job]
    person = tave.add(firstName="Ada", email="Ada@Example.com")
    assert person in ids((await answer(browser, f"{tave.base}/address-book?email=ada@example.com"))[1])
    linked = tave.create("/job-contact", {"jobId": job, "contactId": person})
    for query in (f"jobId={job}", f"contactId={person}"):
        assert ids((await answer(browser, f"{tave.base}/job-contact?{query}"))[1]) == [linked]
    assert len(ids((await answer(browser, f"{tave.base}/custom-field?canApplyTo=job"))[1])) == 25
    assert len(tave.ids(CUSTOM_FIELD)) == 50


async def test_faults_are_set_over_http(tave: Tave, browser: aiohttp.ClientSession) -> None:
    control, book = f"http://{tave.host}:{tave.port}", f"{tave.base}/address-book?pageSize=10"
    await answer(
        browser, f"{control}/_faults", "POST", {"refuse_after": 1, "fail_page": 2, "total_off_by": 7}
    )
    assert (await answer(browser, book))[0] == 200
    async with browser.get(book) as refused:
        assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
        assert (await refused.json())["type"] == "quota-limit"
    assert [(await answer(browser, f"{book}&page=2"))[0] for _ in range(2)] == [500, 200]
    assert cast("Document", (await answer(browser, book))[1]["meta"])["totalItems"] == 65
    await answer(browser, f"{control}/_faults", "POST", {})
    await answer(browser, f"{control}/_faults", "POST", {"cut_page": 1})
    with pytest.raises(aiohttp.ClientPayloadError):
        await answer(browser, book)
    person = tave.ids()[0]
    await answer(
        browser, f"{control}/_people", "POST", {"do": "edit", "id": person, "fields": {"firstName": "Eve"}}
    )
    assert tave.document(person)["firstName"] == "Eve"
    _, report = await answer(browser, f"{control}/_received")
    assert (report["count"], report["per_path"]) == (tave.count, {"/address-book": 6})


async def test_rows_move_and_turn_up_late(tave: Tave, browser: aiohttp.ClientSession) -> None:
    book = f"{tave.base}/address-book?pageSize=10&sortBy=modified desc"
    tave.faults.set({"after_page": 1, "happening": "delete"})
    first = ids((await answer(browser, book))[1])
    gone, second = first[0], ids((await answer(browser, f"{book}&page=2"))[1])
    assert gone not in tave.ids()
    assert not set(first) & set(second)
    tave.faults.set({"after_page": 1, "happening": "edit"})
    first = ids((await answer(browser, book))[1])
    second = ids((await answer(browser, f"{book}&page=2"))[1])
    assert second[0] == first[-1]
    tave.faults.late = True
    late = tave.add(firstName="Late", at=NOON)
    assert late not in ids((await answer(browser, book))[1])
    tave.reveal()
    assert late in ids((await answer(browser, book))[1])
    tied = tave.same_second(12)
    assert len({str(tave.document(one)["modified"]) for one in tied}) == 1


async def test_writes_go_wrong_after_storing(tave: Tave, browser: aiohttp.ClientSession) -> None:
    person = tave.add(firstName="Ada", lastName="King")
    one = f"{tave.base}/address-book/{person}"
    tave.faults.set({"broken_after_storing": 1})
    assert (await answer(browser, one, "PUT", {"kind": "person", "firstName": "Ida"}))[0] == 500
    assert tave.document(person)["firstName"] == "Ida"
    tave.faults.set({"unanswered": 1})
    waiting = asyncio.create_task(answer(browser, one, "PUT", {"kind": "person", "firstName": "Una"}))
    async with asyncio.timeout(10):
        await tave.holding.wait()
    assert tave.document(person)["firstName"] == "Una"
    assert not waiting.done()
    tave.released.set()
    assert (await waiting)[0] == 504
    tave.faults.set({"drops": ["jobTitle"], "refused_field": "lastName"})
    status, kept = await answer(browser, one, "PUT", {"kind": "person", "jobTitle": "Boss"})
    assert (status, kept["jobTitle"]) == (200, None)
    assert (await answer(browser, one, "PUT", {"kind": "person", "lastName": "Eve"}))[0] == 400
    tave.faults.set({"edited_after_get": {"firstName": "Somebody"}})
    assert (await answer(browser, one))[1]["firstName"] is None
    assert (await answer(browser, one))[1]["firstName"] == "Somebody"
