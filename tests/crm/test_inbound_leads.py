"""Leads that come in by a private URL."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlmodel import select

from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.service import inbound, integrations
from hub_app.kernel import db, ratelimit
from hub_app.kernel.errors import Forbidden, Invalid, NotFound
from hub_app.sync.tables import SyncDuplicate, SyncJob, SyncQuarantine, SyncRecord
from hub_app.webhooks.tables import Event
from tests import suspended
from tests.crm.acme import Acme
from tests.crm.filing import bring, connect

pytestmark = [
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
    pytest.mark.usefixtures("counting"),
]
LEAD = {
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann@example.com",
    "phone": "+14155550132",
    "wedding_date": "2025-06-24",
    "message": "We love film.",
    "Favorite color": "blue",
}


@pytest.fixture
def counting() -> None:
    ratelimit.limiter.cache_clear()


async def _key(acme: Acme) -> str:
    made = await connect(acme, "dubsado")
    return (await inbound.rotate_key(acme.admin, made.id)).key


async def test_a_lead_becomes_a_client_and_an_event(acme: Acme, client: httpx.AsyncClient) -> None:
    key = await _key(acme)
    answer = await client.post(f"{inbound.PATH}/{key}", json=LEAD)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    (values,) = (await acme.values()).values()
    assert (values["name"], values["email"], values["event_date"]) == (
        "Ann Lee",
        "ann@example.com",
        "2025-06-24",
    )
    assert values["notes"] == "We love film.\nFavorite color: blue"
    async with db.read(acme.tenant_id) as session:
        (event,) = (await session.exec(select(Event).where(Event.type == inbound.RECEIVED))).all()
    (record,) = await acme.rows(SyncRecord)
    assert str(record.id) in event.payload
    assert event.idempotency_key == f"{inbound.RECEIVED} {record.id}"


async def test_the_same_lead_within_a_day_is_one_also_when_it_races(
    acme: Acme, client: httpx.AsyncClient
) -> None:
    key = await _key(acme)
    answers = await asyncio.gather(*(client.post(f"{inbound.PATH}/{key}", json=LEAD) for _ in range(4)))
    assert sorted(one.json()["status"] for one in answers) == ["accepted", "repeated", "repeated", "repeated"]
    form = await client.post(f"{inbound.PATH}/{key}", data=LEAD)
    assert form.json() == {"status": "repeated"}
    assert len(await acme.rows(SyncRecord)) == 1
    async with db.read(acme.tenant_id) as session:
        assert len((await session.exec(select(Event).where(Event.type == inbound.RECEIVED))).all()) == 1


async def test_a_lead_of_somebody_known_is_offered_as_a_duplicate(
    acme: Acme, client: httpx.AsyncClient
) -> None:
    made = await connect(acme, "dubsado")
    await bring(acme, made.id, "Name,Email\nAnn Lee,ann@example.com\n")
    key = (await inbound.rotate_key(acme.admin, made.id)).key
    await client.post(f"{inbound.PATH}/{key}", json=LEAD)
    (pair,) = await acme.rows(SyncDuplicate)
    assert (pair.why, pair.status) == ("email", "open")


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (b"{", "application/json", "It is neither JSON nor a form."),
        (b"[1]", "application/json", "It is no JSON object."),
        (b'{"color": "blue"}', "application/json", "It has no name, no e-mail address and no phone number."),
        (b"\xff\xfe\x00", "text/plain", "It is neither JSON nor a form."),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "application/json", "It has no name, no e-mail address and no"),
    ],
)
async def test_what_is_no_lead_waits_for_somebody(
    acme: Acme, client: httpx.AsyncClient, content: bytes, kind: str, why: str
) -> None:
    key = await _key(acme)
    answer = await client.post(f"{inbound.PATH}/{key}", content=content, headers={"content-type": kind})
    assert answer.status_code == 202
    (row,) = await acme.rows(SyncQuarantine)
    assert row.reason.startswith(why)
    assert not await acme.rows(SyncRecord)


async def test_a_date_that_may_be_read_two_ways_is_not_guessed(acme: Acme, client: httpx.AsyncClient) -> None:
    key = await _key(acme)
    await client.post(f"{inbound.PATH}/{key}", json={"name": "Ann Lee", "event_date": "03/04/2025"})
    (values,) = (await acme.values()).values()
    assert "event_date" not in values
    assert values["notes"] == "event_date: 03/04/2025"
    (job,) = await acme.rows(SyncJob)
    (log,) = await acme.logs(job.id)
    assert "more than one way" in log.message


async def test_a_key_ends_when_it_is_rotated_or_taken_away(acme: Acme, client: httpx.AsyncClient) -> None:
    made = await connect(acme, "dubsado")
    first = await inbound.rotate_key(acme.admin, made.id)
    assert len(first.key) == 43
    second = await inbound.rotate_key(acme.admin, made.id)
    unknown = await client.post(f"{inbound.PATH}/{'x' * 43}", json=LEAD)
    ended = await client.post(f"{inbound.PATH}/{first.key}", json=LEAD)
    assert unknown.status_code == ended.status_code == 404
    same = [{**one.json(), "instance": "", "request_id": ""} for one in (unknown, ended)]
    assert same[0] == same[1]
    assert (await client.post(f"{inbound.PATH}/{second.key}", json=LEAD)).status_code == 202
    await inbound.end_key(acme.admin, made.id)
    assert (await client.post(f"{inbound.PATH}/{second.key}", json={"name": "Bo Li"})).status_code == 404


async def test_a_suspended_tenant_is_not_told_from_no_tenant(acme: Acme, client: httpx.AsyncClient) -> None:
    key = await _key(acme)
    await suspended.suspend(acme.people)
    answer = await client.post(f"{inbound.PATH}/{key}", json=LEAD)
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no inbound URL with this key.")


async def test_sixty_a_minute_and_64_kib(acme: Acme, client: httpx.AsyncClient) -> None:
    key = await _key(acme)
    large: dict[str, Any] = {**LEAD, "message": "x" * 65 * 1024}
    assert (await client.post(f"{inbound.PATH}/{key}", json=large)).status_code == 413
    answers = [await client.post(f"{inbound.PATH}/{key}", json=LEAD) for _ in range(61)]
    assert [one.status_code for one in answers] == [202] * 60 + [429]
    assert int(answers[-1].headers["retry-after"]) <= 60


async def test_a_lead_can_be_undone(acme: Acme, client: httpx.AsyncClient) -> None:
    key = await _key(acme)
    await client.post(f"{inbound.PATH}/{key}", json=LEAD)
    (job,) = await acme.rows(SyncJob)
    await acme.undo(job.id)
    assert all(one.archived_at for one in await acme.rows(SyncRecord))


async def test_who_may_make_a_key(acme: Acme) -> None:
    made = await connect(acme, "dubsado")
    with pytest.raises(Forbidden):
        await inbound.rotate_key(acme.actor, made.id)
    with pytest.raises(NotFound):
        await inbound.rotate_key(acme.people.mallory.actor, made.id)
    given = {"crm_provider": "honeybook", "connection_name": "Files", "auth_type": "file"}
    none = await integrations.create_integration(acme.admin, IntegrationIn.model_validate(given))
    with pytest.raises(Invalid):
        await inbound.rotate_key(acme.admin, none.integration.id)
