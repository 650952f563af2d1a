"""Reading the audit log over REST: who sees what, filters, pages, downloads."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from hub_app.governance.schemas.audit import AuditFilter, AuditOut
from hub_app.governance.service import audit_log
from hub_app.kernel import audit, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.paging import PageRequest
from hub_app.webhooks.schemas import EndpointIn
from hub_app.webhooks.service import endpoints
from tests import people as seeded
from tests.people import People, Person

LOG = "/v1/integration/audit"
pytestmark = pytest.mark.both_databases


async def endpoint(person: Person, name: str) -> str:
    made = await endpoints.create_endpoint(
        person.actor, EndpointIn(name=name, url="https://hooks.example.com/a")
    )
    return str(made.id)


async def acts(client: httpx.AsyncClient, headers: dict[str, str], **chosen: str) -> list[tuple[str, str]]:
    answer = await client.get(LOG, params=chosen, headers=headers)
    assert answer.status_code == 200, answer.text
    return [(one["action"], one["actor_name"]) for one in answer.json()["items"]]


async def test_who_did_what_newest_first(client: httpx.AsyncClient, people: People) -> None:
    vera = await seeded.headers(people.vera, "read:audit")
    made = await endpoint(people.adam, "Shop")
    first = (await client.get(LOG, headers=vera)).json()["items"][0]
    shown = {
        name: first[name]
        for name in ("action", "actor_name", "actor_email", "ip", "target_type", "target_id")
    }
    assert shown == {
        "action": "webhook.endpoint.created",
        "actor_name": "Adam Brandt",
        "actor_email": people.adam.email,
        "ip": "192.0.2.1",
        "target_type": "webhook_endpoint",
        "target_id": made,
    }
    assert (await client.get(f"{LOG}/{first['id']}", headers=vera)).json() == first


async def test_filters(client: httpx.AsyncClient, people: People) -> None:
    adam = await seeded.headers(people.adam)
    one, other = await endpoint(people.adam, "One"), await endpoint(people.alice, "Other")
    created = "webhook.endpoint.created"
    assert await acts(client, adam, action=created) == [(created, "Alice Moreau"), (created, "Adam Brandt")]
    assert await acts(client, adam, action="webhook") == await acts(client, adam, action=created)
    assert await acts(client, adam, action="webhook.end") == []
    assert await acts(client, adam, actor_id=str(people.alice.user_id), action="webhook") == [
        (created, "Alice Moreau")
    ]
    assert await acts(client, adam, target_id=one) == [(created, "Adam Brandt")]
    assert await acts(client, adam, target_id=other, actor_id=str(people.adam.user_id)) == []
    assert await acts(client, adam, target_id=one, action="webhook") == [(created, "Adam Brandt")]
    assert await acts(client, adam, target_id=one, action="webhook.endpoint.updated") == []
    assert await acts(client, adam, target_id=one, action="webhook.end") == []
    assert (
        len(await acts(client, adam, actor_id=str(people.alice.user_id), target_id=other, action=created))
        == 1
    )
    both = f"target_id={one}&action=session"
    assert (await client.get(f"{LOG}/export?{both}", headers=adam)).text == ""
    soon, long_ago = utcnow() + timedelta(minutes=1), utcnow() - timedelta(days=1)
    assert await acts(client, adam, since=soon.isoformat()) == []
    assert await acts(client, adam, until=long_ago.isoformat()) == []
    assert len(await acts(client, adam, since=long_ago.isoformat(), action="webhook")) == 2


async def test_pages_of_a_filtered_log_hold_each_entry_once(people: People) -> None:
    for n in range(5):
        await endpoint(people.adam, f"No {n}")
        await endpoint(people.alice, f"Hers {n}")
    chosen, cursor, seen = AuditFilter(actor_id=people.adam.user_id), None, list[AuditOut]()
    while True:
        found = await audit_log.list_entries(people.vera.actor, chosen, PageRequest(2, cursor))
        seen += found.items
        cursor = found.next_cursor
        if cursor is None:
            break
    whole = await audit_log.list_entries(people.vera.actor, chosen, PageRequest(200))
    assert seen == whole.items
    assert {one.actor_id for one in seen} == {people.adam.user_id}
    assert [one.id for one in seen] == sorted((one.id for one in seen), reverse=True)


async def test_another_tenants_log_is_not_there(client: httpx.AsyncClient, people: People) -> None:
    await endpoint(people.adam, "Shop")
    entry = (await audit_log.list_entries(people.adam.actor, AuditFilter(), PageRequest(1))).items[0]
    mallory = await seeded.headers(people.mallory)
    assert (await client.get(f"{LOG}/{entry.id}", headers=mallory)).status_code == 404
    assert await acts(client, mallory, actor_id=str(people.adam.user_id)) == []
    assert "Adam" not in (await client.get(f"{LOG}/export", headers=mallory)).text
    found = await audit_log.choices(people.mallory.actor)
    assert people.adam.user_id not in dict(found.actors)


async def test_it_takes_its_own_scope_and_cannot_be_written(
    client: httpx.AsyncClient, people: People
) -> None:
    events = await seeded.headers(people.adam, "read:events")
    for path in (LOG, f"{LOG}/export"):
        assert (await client.get(path, headers=events)).status_code == 403
    scopes = (
        await client.get("/v1/integration/tokens/scopes", headers=await seeded.headers(people.adam))
    ).json()
    assert "read:audit" in str(scopes)
    assert "write:audit" not in str(scopes)


async def test_a_download_holds_all_that_matches_and_is_audited(
    client: httpx.AsyncClient, people: People
) -> None:
    adam = await seeded.headers(people.adam)
    for n in range(3):
        await endpoint(people.adam, f"No {n}")
    answer = await client.get(f"{LOG}/export", params={"format": "csv", "action": "webhook"}, headers=adam)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["action"] for line in lines] == ["webhook.endpoint.created"] * 3
    assert lines[0]["actor_name"] == "Adam Brandt"
    exported = await acts(client, adam, action="audit.exported")
    assert exported == [("audit.exported", "Adam Brandt")]
    jsons = (await client.get(f"{LOG}/export", headers=adam)).text.splitlines()
    whole = await client.get(LOG, params={"limit": "200"}, headers=adam)
    assert [AuditOut.model_validate_json(line).id for line in jsons] == [
        AuditOut.model_validate(one).id for one in whole.json()["items"]
    ]


async def test_a_name_is_no_formula_in_a_download(client: httpx.AsyncClient, people: People) -> None:
    """A spreadsheet would run it on the computer of whoever opens the file."""
    async with db.begin(people.adam.tenant_id) as session:
        actor = people.adam.actor
        for name in ('=HYPERLINK("http://evil.example")', "\n =1+1", "\uff1d2+2"):
            await audit.record(session, replace(actor, name=name), "user.updated")
    adam = await seeded.headers(people.adam)
    answer = await client.get(f"{LOG}/export", params={"format": "csv"}, headers=adam)
    names = {line["actor_name"] for line in csv.DictReader(io.StringIO(answer.text, newline=""))}
    assert {'\'=HYPERLINK("http://evil.example")', "'\n =1+1", "'\uff1d2+2"} <= names
