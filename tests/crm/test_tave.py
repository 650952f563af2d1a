"""What is Táve's own: whole documents, numbers that are objects, custom fields, and what its lists do not show."""

import json
from collections.abc import AsyncGenerator
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.crm import providers
from hub_app.crm.provider import Account
from hub_app.crm.providers.tave.resources import RESOURCES
from hub_app.sync.provider.declared import RestResource
from hub_app.sync.provider.rows import LeftOut, NoRecord, Reader
from hub_app.sync.provider.source import Draft, Item, Source
from tests.crm.conformance.reading import Copy, opened
from tests.peers.tave import Counterpart, Tave
from tests.peers.tave.store import CUSTOM_FIELD, EVENT, JOB, JOB_CONTACT, ORDER, Document

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32"),
    pytest.mark.usefixtures("calling"),
]
TAVE = providers.every()["tave"]


@pytest.fixture
async def peer() -> AsyncGenerator[Counterpart]:
    async with Counterpart(130) as running:
        yield running


@pytest.fixture
def tave(peer: Counterpart) -> Tave:
    return peer.tave


@pytest.fixture
def source(peer: Counterpart) -> Source:
    return opened(TAVE, peer)


async def read(source: Source, resource: str, external_id: str) -> Item:
    item = await source.get(resource, external_id)
    assert item is not None
    return item


def custom(tave: Tave, contact: str) -> dict[str, JsonValue]:
    fields = cast("list[Document]", tave.document(contact)["customFields"])
    return {str(one["fieldId"]): one["value"] for one in fields}


async def test_a_change_leaves_the_rest_of_a_contact_as_it_is(tave: Tave, source: Source) -> None:
    contact = next(one for one in tave.ids(hidden=False, kind="person") if "notes" in tave.document(one))
    before, fields = tave.document(contact), custom(tave, contact)
    first = next(iter(fields))
    changes: dict[str, JsonValue] = {
        "lastName": "Ó Briain",
        "cellPhone": "+353 1 234 5678",
        "homePhone": "ask Ada",
        f"customFields.cf_{first}": "Two rings",
    }
    item = await read(source, "clients", contact)
    after = await source.update("clients", contact, Draft(values=changes, whole=item.payload))
    (sent,) = (json.loads(one.body) for one in tave.requests if one.method == "PUT")
    assert not sent.keys() & {"id", "links", "modified", "totalRevenue"}
    now = tave.document(contact)
    changed = {"lastName", "name", "cellPhone", "homePhone", "customFields", "modified"}
    assert {name for name in now if now[name] != before.get(name)} == changed
    assert custom(tave, contact) == {**fields, first: "Two rings"}
    assert (after.payload["cellPhone"], after.payload["anyPhone"]) == ("+35312345678", "+35312345678")
    assert after.payload["homePhone"] == "ask Ada"
    await source.update("clients", contact, Draft(values={"cellPhone": None}))
    assert tave.document(contact)["cellPhone"] is None


async def test_custom_fields_are_texts_there(tave: Tave, source: Source) -> None:
    contact = tave.ids(hidden=False, kind="person")[0]
    kinds = {str(tave.document(one)["kind"]): one for one in tave.ids(CUSTOM_FIELD)[:25]}
    values: dict[str, JsonValue] = {
        "Checkbox": True,
        "Number": 12,
        "Decimal": 1.5,
        "Date": None,
        "TextField": "x",
    }
    draft = Draft(values={f"customFields.cf_{kinds[kind]}": value for kind, value in values.items()})
    await source.update("clients", contact, draft)
    now = custom(tave, contact)
    assert [now[kinds[kind]] for kind in values] == ["1", "12", "1.5", None, "x"]
    own = {one.label.split()[0]: one.type for one in await source.fields("clients")}
    assert (own["Checkbox"], own["Money"], own["TextBox"], own["Time"]) == (
        "boolean",
        "money",
        "multiline",
        "text",
    )
    assert len(await source.fields("projects")) == 25
    assert not await source.fields("events")


async def test_what_is_no_client_is_counted_by_its_kind(tave: Tave, source: Source) -> None:
    page = await source.read("clients")
    assert set(page.left_out) <= {"location", "employee"}
    copy = Copy(source, "clients")
    ids = await copy.run()
    kinds = [tave.document(one)["kind"] for one in tave.ids()]
    left_out = {
        kind: sum(one.left_out.get(kind, 0) for one in copy.pages) for kind in ("location", "employee")
    }
    assert left_out == {kind: kinds.count(kind) for kind in left_out}
    assert len(ids) + sum(left_out.values()) == copy.pages[-1].total == 130


async def test_a_project_knows_its_clients_and_an_invoice_what_was_paid(tave: Tave, source: Source) -> None:
    job = tave.ids(JOB)[0]
    linked = [tave.document(one) for one in sorted(tave.ids(JOB_CONTACT))]
    clients = [one["contactId"] for one in linked if one["jobId"] == job]
    tave.create(JOB_CONTACT, {"jobId": job, "contactId": tave.ids()[30], "client": False})
    project = (await read(source, "projects", job)).payload
    assert (project["clientIds"], project["clientId"], project["currency"]) == (clients, clients[0], "EUR")
    closed = next(one for one in tave.ids(JOB) if tave.document(one)["closed"])
    assert (await read(source, "projects", closed)).payload["status"] == "closed"
    order = tave.ids(ORDER)[0]
    invoice = (await read(source, "invoices", order)).payload
    stored = tave.document(order)
    assert cast("int", invoice["paid"]) + cast("int", stored["balance"]) == stored["total"]
    assert invoice["number"] == stored["customNumber"]
    event = (await read(source, "events", tave.ids(EVENT)[0])).payload
    assert event["typeName"] in {"Wedding day", "Meeting", "Call"}
    assert str(event["start"]).endswith("T12:00:00+00:00")


async def test_all_projects_take_as_many_calls_as_there_are_pages(tave: Tave, source: Source) -> None:
    await Copy(source, "projects").run()
    assert tave.per_path == {"/job": 1, "/job-contact": 2, "/studio/me": 1}


async def test_a_list_that_breaks_off_does_not_state_what_it_gave(tave: Tave, source: Source) -> None:
    for fault in ({"empty_first_page": True}, {"ends_after": 1}, {"total_off_by": 9}):
        tave.faults.clear()
        tave.faults.set(dict[str, JsonValue](fault))
        copy = Copy(source, "clients")
        ids = await copy.run()
        left_out = sum(sum(page.left_out.values()) for page in copy.pages)
        assert copy.pages[-1].total != len(ids) + left_out


async def test_a_deletion_between_two_pages_shows_in_the_total(tave: Tave, source: Source) -> None:
    tave.faults.set({"after_page": 1, "happening": "delete"})
    copy = Copy(source, "clients")
    await copy.run()
    assert [page.total for page in copy.pages] == [130, 129]


async def test_fields_and_links_that_are_none_are_left_out(tave: Tave, source: Source) -> None:
    first, second, third = tave.ids(CUSTOM_FIELD)[:3]
    tave.edit(first, name="x" * 900)
    tave.edit(second, kind=["Money"], name=None)
    tave.collections[CUSTOM_FIELD].rows[
        third
    ].raw = b'{"id": "01 || `[]`", "name": "?", "canApplyTo": "Contact"}'
    link = tave.ids(JOB_CONTACT)[0]
    job = str(tave.document(link)["jobId"])
    tave.edit(link, contactId=None)
    own = {one.path.removeprefix("customFields.cf_"): one for one in await source.fields("clients")}
    assert len(own) == 24
    assert len(own[first].label) == 200
    assert (own[second].label, own[second].type) == (second, "text")
    assert None not in cast("list[JsonValue]", (await read(source, "projects", job)).payload["clientIds"])
    tave.edit(tave.ids()[0], kind="spy")
    assert (await source.read("clients")).left_out["other"] == 1


async def test_a_document_that_cannot_be_changed_is_not_sent(tave: Tave, source: Source) -> None:
    contact = tave.ids(hidden=False, kind="person")[0]
    item = await read(source, "clients", contact)
    tave.edit(contact, customFields=[{"value": "of no field"}])
    for whole in (item.payload, {}):
        with pytest.raises(ApiError) as refused:
            await source.update("clients", contact, Draft(values={"lastName": "X"}, whole=whole))
        assert refused.value.kind == "selection"
    assert not any(one.method == "PUT" for one in tave.requests)


async def test_what_turns_up_late_is_not_lost(tave: Tave, source: Source) -> None:
    copy = Copy(source, "clients")
    await copy.run()
    tave.faults.late = True
    late = tave.add(firstName="Late")
    tave.faults.late = False
    tave.add(firstName="Early")
    await copy.run()
    assert late not in copy.records
    tave.reveal()
    await copy.run()
    assert late in copy.records


async def test_hidden_contacts_are_gone_at_once(tave: Tave, source: Source) -> None:
    copy = Copy(source, "clients")
    await copy.run()
    hidden = tave.ids(hidden=False, kind="person")[0]
    tave.hide(hidden)
    await copy.run()
    assert hidden not in copy.records
    assert await source.get("clients", hidden) is None


def test_an_account_shows_no_secret() -> None:
    account = Account(settings={"base_url": "https://tave.example"}, secrets={"api_key": "very-secret-key"})
    assert TAVE.credential is not None
    assert "very-secret-key" not in f"{account!r} {TAVE.credential(account)!r}"


NAMES = st.sampled_from((
    "id", "kind", "modified", "name", "customFields", "fieldId", "value", "cellPhone", "e164", "formatted", "address",
    "mailingAddress", "city", "email", "invoices", "total", "balance", "location", "closed", "stage", "typeId", "hidden",
))  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["person", "company", "2026-11-22T10:00:00Z", "", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=14,
)


@pytest.mark.parametrize("declared", RESOURCES, ids=lambda one: one.resource.name)
@given(row=st.dictionaries(NAMES, JSON, max_size=9))
def test_whatever_the_api_answers_is_a_record_or_none(
    declared: RestResource, row: dict[str, JsonValue]
) -> None:
    beside = {name: {"x": ["y"]} for name in declared.beside}
    try:
        read_row = Reader(declared).item({**row, "id": "x"}, beside)
    except NoRecord:
        return
    assert isinstance(read_row, Item | LeftOut)
