"""Records over REST: found, changed, archived, and given out as a file."""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.tables import AuditEntry
from hub_app.sync.mapping.fields import Field
from hub_app.sync.service import connections
from hub_app.sync.tables import SyncCollection, SyncLink, SyncVersion
from tests import people as seeded
from tests.crm.acme import Acme
from tests.people import People, Person

pytestmark = pytest.mark.both_databases
_PATH = "/api/crm/records"
_SYNCED = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"
)
Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def erin(people: People) -> dict[str, str]:
    return await seeded.headers(people.erin)


@pytest.fixture
async def make(client: httpx.AsyncClient, erin: dict[str, str]) -> Make:
    async def make(resource: str = "clients", **fields: Any) -> dict[str, Any]:
        answer = await client.post(_PATH, json={"resource": resource, "fields": fields}, headers=erin)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make


async def _names(client: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> list[str]:
    """Of all pages, of two records each."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        given = {**query, "limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = await client.get(_PATH, params=given, headers=headers)
        assert answer.status_code == 200, answer.text
        found += [one["name"] for one in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def test_search_finds_parts_of_names_addresses_and_numbers(
    client: httpx.AsyncClient, erin: dict[str, str], make: Make
) -> None:
    await make(name="Chloé Müller", email="Chloe@studio.example", phone="+442079460958")
    await make(name="Ben Okafor", people=[{"name": "Zoë Okafor", "emails": ["zoe@okafor.example"]}])
    await make("projects", name="Müller wedding")
    assert await _names(client, erin, q="muller chlo") == ["Chloé Müller"]
    assert await _names(client, erin, q="020 7946 0958") == ["Chloé Müller"]
    assert await _names(client, erin, q="studio.example") == ["Chloé Müller"]
    assert await _names(client, erin, q="ZOE@okafor") == ["Ben Okafor"]
    assert await _names(client, erin, q="100%") == []
    assert await _names(client, erin, q="muller", resource="projects") == ["Müller wedding"]


async def test_lists_are_sorted_filtered_and_turned_page_by_page(
    client: httpx.AsyncClient, erin: dict[str, str], make: Make
) -> None:
    for n, name in enumerate(["Eve", "Ada", "Dan", "Cat", "Bob"]):
        await make(name=name, event_date=f"2026-0{n + 1}-05", value=100 * n, status=["Lead", "Booked"][n % 2])
    assert await _names(client, erin) == ["Bob", "Cat", "Dan", "Ada", "Eve"]
    assert await _names(client, erin, sort="name", order="asc") == ["Ada", "Bob", "Cat", "Dan", "Eve"]
    assert await _names(client, erin, sort="value", order="desc") == ["Bob", "Cat", "Dan", "Ada", "Eve"]
    assert await _names(client, erin, status="Lead", sort="name", order="desc") == ["Eve", "Dan", "Bob"]
    dated = {"date_from": "2026-02-05", "date_to": "2026-04-05", "sort": "date", "order": "asc"}
    assert await _names(client, erin, **dated) == ["Ada", "Dan", "Cat"]
    assert await _names(client, erin, q="a", sort="email", order="asc", status="Booked") == ["Ada", "Cat"]


async def test_a_change_is_cleaned_and_is_a_version(
    client: httpx.AsyncClient, erin: dict[str, str], people: People, make: Make
) -> None:
    made = await make(name="Ada", status="Lead", notes="Call")
    given = {
        "fields": {"event_date": " 2027-06-24 ", "value": "(4,500.00)", "status": "Booked", "notes": None}
    }
    answer = await client.patch(f"{_PATH}/{made['id']}", json=given, headers=erin)
    assert answer.status_code == 200, answer.text
    fields = {"name": "Ada", "status": "Booked", "event_date": "2027-06-24", "value": -4500}
    assert answer.json()["fields"] == fields
    assert (answer.json()["record_version"], answer.json()["date"]) == (2, "2027-06-24")
    again = await client.patch(f"{_PATH}/{made['id']}", json=given, headers=erin)
    assert again.json()["record_version"] == 2
    (newest, first) = (await client.get(f"{_PATH}/{made['id']}/history", headers=erin)).json()["items"]
    assert (first["kind"], first["changes"]) == ("created", [])
    assert (newest["kind"], newest["made_by"]) == ("edited", "Erin Novak")
    assert [(one["label"], one["before"], one["after"]) for one in newest["changes"]] == [
        ("Event date", None, "2027-06-24"),
        ("Status", "Lead", "Booked"),
        ("Value", None, -4500),
        ("Notes", "Call", None),
    ]
    entries = await _audited(people.erin)
    assert [one.action for one in entries] == ["crm.record.created", "crm.record.updated"]
    assert entries[-1].summary == {"fields": ["event_date", "notes", "status", "value"]}


async def _audited(person: Person) -> list[AuditEntry]:
    async with db.read(person.tenant_id) as session:
        found = (await session.exec(select(AuditEntry).order_by(AuditEntry.id))).all()  # type: ignore[arg-type]
    return [one for one in found if one.action.startswith("crm.")]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "ada at home"}, "fields.email"),
        ({"event_date": "soon"}, "fields.event_date"),
        ({"value": "a lot"}, "fields.value"),
        ({"people": [{"name": "Ada", "emails": ["nowhere"]}]}, "fields.people"),
        ({"shoe_size": "42"}, "fields.shoe_size"),
        ({"notes": "x" * 20_001}, "fields.notes"),
    ],
)
async def test_bad_values_name_their_field_and_leave_everything_as_it_was(
    client: httpx.AsyncClient, erin: dict[str, str], make: Make, fields: dict[str, Any], field: str
) -> None:
    made = await make(name="Ada", status="Lead")
    given = {"fields": {"status": "Booked", **fields}}
    answer = await client.patch(f"{_PATH}/{made['id']}", json=given, headers=erin)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    now = await client.get(f"{_PATH}/{made['id']}", headers=erin)
    assert now.json()["fields"] == {"name": "Ada", "status": "Lead"}
    none = await client.patch(f"{_PATH}/{made['id']}", json={"fields": {}}, headers=erin)
    assert (none.status_code, none.json()["detail"]) == (400, "No fields to update")


async def test_two_people_at_once(client: httpx.AsyncClient, erin: dict[str, str], make: Make) -> None:
    made = await make(name="Ada")
    seen = (await client.get(f"{_PATH}/{made['id']}", headers=erin)).headers["ETag"]
    tagged = {**erin, "If-Match": seen}
    first = await client.patch(f"{_PATH}/{made['id']}", json={"fields": {"status": "Lead"}}, headers=tagged)
    assert first.status_code == 200
    late = await client.patch(f"{_PATH}/{made['id']}", json={"fields": {"status": "Lost"}}, headers=tagged)
    assert late.status_code == 412
    assert (await client.get(f"{_PATH}/{made['id']}", headers=erin)).json()["status"] == "Lead"


async def test_who_may_do_what(client: httpx.AsyncClient, people: People, make: Make) -> None:
    made = await make(name="Ada")
    vera, mallory = await seeded.headers(people.vera), await seeded.headers(people.mallory)
    assert (await client.get(f"{_PATH}/{made['id']}", headers=vera)).status_code == 200
    for headers, status in ((vera, 403), (mallory, 404)):
        change = {"fields": {"name": "Eve"}}
        assert (
            await client.patch(f"{_PATH}/{made['id']}", json=change, headers=headers)
        ).status_code == status
        assert (await client.post(f"{_PATH}/{made['id']}/archive", headers=headers)).status_code == status
    for path in ("", "/history"):
        assert (await client.get(f"{_PATH}/{made['id']}{path}", headers=mallory)).status_code == 404
    assert await _names(client, mallory) == []
    refused = await client.post(_PATH, json={"fields": {"name": "Eve"}}, headers=vera)
    assert refused.status_code == 403


async def test_archived_records_are_in_a_list_of_their_own(
    client: httpx.AsyncClient, erin: dict[str, str], make: Make
) -> None:
    made = await make(name="Ada")
    await make(name="Bob")
    for _ in range(2):
        answer = await client.post(f"{_PATH}/{made['id']}/archive", headers=erin)
        assert (answer.status_code, answer.json()["record_version"]) == (200, 2)
    assert await _names(client, erin) == ["Bob"]
    assert await _names(client, erin, archived=True) == ["Ada"]
    assert (await client.post(f"{_PATH}/{made['id']}/unarchive", headers=erin)).json()["archived_at"] is None
    assert await _names(client, erin) == ["Bob", "Ada"]
    history = (await client.get(f"{_PATH}/{made['id']}/history", headers=erin)).json()["items"]
    assert [one["kind"] for one in history] == ["unarchived", "archived", "created"]


async def test_the_file_has_all_that_match_with_every_field(
    client: httpx.AsyncClient, erin: dict[str, str], people: People, make: Make
) -> None:
    await make(name="Ada", status="Booked")
    await _add_field(people.erin, Field("shoe_size", "Shoe size", "number"))
    await make(
        name='=HYPERLINK("http://x.example")',
        status="Booked",
        shoe_size=42,
        tags=["a", "b"],
        people=[{"name": "Zoë", "emails": ["zoe@x.example"], "role": "Bride"}],
    )
    await make(name="Bob", status="Lead")
    query = {"status": "Booked", "sort": "name", "order": "asc"}
    answer = await client.get(f"{_PATH}/export.csv", params=query, headers=erin)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    first, second = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (first["Name"], first["Shoe size"], first["Tags"]) == (
        '\'=HYPERLINK("http://x.example")',
        "42",
        "a; b",
    )
    assert first["People"] == "Zoë zoe@x.example (Bride)"
    assert (second["Name"], second["Shoe size"]) == ("Ada", "")
    (entry,) = [one for one in await _audited(people.erin) if one.action == "crm.records.exported"]
    assert entry.summary == {"filters": ["status"], "resource": "clients"}


async def _add_field(person: Person, field: Field) -> None:
    async with db.begin(person.tenant_id) as session:
        found = select(SyncCollection).where(SyncCollection.name == "clients")
        collection = (await session.exec(found)).one()
        connections.add_fields(collection, [field])
        session.add(collection)


@_SYNCED
async def test_a_change_here_is_owed_to_a_crm_that_takes_changes(
    acme: Acme, client: httpx.AsyncClient, erin: dict[str, str]
) -> None:
    made = await acme.connect(sync_direction="bidirectional")
    job = await acme.sync(made.id, resources=["clients", "projects"])
    assert job.job_status == "completed", job.error_details
    query = {"integration_id": str(made.id), "limit": 1}
    (listed,) = (await client.get(_PATH, params=query, headers=erin)).json()["items"]
    before = (await client.get(f"{_PATH}/{listed['id']}", headers=erin)).json()
    (source,) = before["sources"]
    assert (source["crm_name"], source["state"], source["waits_to_be_sent"]) == (
        "Táve (VSCO Workspace)",
        "linked",
        False,
    )
    change = {"fields": {"first_name": "Changed here"}}
    assert (await client.patch(f"{_PATH}/{listed['id']}", json=change, headers=erin)).status_code == 200
    after = (await client.get(f"{_PATH}/{listed['id']}", headers=erin)).json()
    assert after["sources"][0]["waits_to_be_sent"]
    history = (await client.get(f"{_PATH}/{listed['id']}/history", headers=erin)).json()["items"]
    assert [(one["kind"], one["integration_name"]) for one in history] == [
        ("edited", ""),
        ("created", "Studio"),
    ]
    assert len([one for one in await acme.rows(SyncLink) if one.owes]) == 1
    assert len(await acme.rows(SyncVersion)) == len(await acme.rows(SyncLink)) + 1


@_SYNCED
async def test_a_client_shows_the_projects_that_name_it(
    acme: Acme, client: httpx.AsyncClient, erin: dict[str, str]
) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    projects = (await client.get(_PATH, params={"resource": "projects"}, headers=erin)).json()["items"]
    (project, *_) = [one for one in projects if one["fields"].get("client")]
    detail = (await client.get(f"{_PATH}/{project['id']}", headers=erin)).json()
    (named,) = [one for one in detail["related"] if one["field"] == "client"]
    assert (named["direction"], named["resource"]) == ("to", "clients")
    there = (await client.get(f"{_PATH}/{named['id']}", headers=erin)).json()
    assert project["id"] in [one["id"] for one in there["related"] if one["direction"] == "from"]
