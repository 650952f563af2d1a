"""Exporting and erasing a person, over REST and in the database: everything about them, and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import update
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.privacy.work import JOBS
from hub_app.governance.service import privacy
from hub_app.governance.tables import ConsentGrant, PrivacyFile, PrivacyRequest
from hub_app.identity.tables import Invitation, Membership, User
from hub_app.kernel import audit, audit_check, db, jobs, rows
from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import AuditPerson, Job
from hub_app.kernel.tenancy import INSTALLATION
from hub_app.webhooks.schemas import EndpointIn, EventIn
from hub_app.webhooks.service import endpoints, events
from hub_app.webhooks.tables import WebhookAttempt, WebhookDelivery
from tests import people as seeded
from tests.governance import planting
from tests.governance.planting import EMAIL, WORDS
from tests.people import People, Person

PRIVACY = "/v1/integration/privacy"
pytestmark = pytest.mark.both_databases


class Desk:
    """Somebody who asks for people's data over REST, while jobs run."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def post(self, path: str, **body: object) -> httpx.Response:
        return await self._client.post(f"{PRIVACY}/{path}", json=body, headers=self._headers)

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(f"{PRIVACY}/{path}", headers=self._headers)

    async def ask(self, path: str, **body: object) -> dict[str, Any]:
        """Start it, and wait until it has ended; the request then."""
        answer = await self.post(path, **body)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer.json()["id"])

    async def ended(self, request_id: str) -> dict[str, Any]:
        async with asyncio.timeout(120):
            while (found := (await self.get(f"requests/{request_id}")).json())["status"] == "running":  # noqa: ASYNC110 - the database changes
                await asyncio.sleep(0.02)
        return found

    async def erase(self, address: str, /, **who: object) -> dict[str, Any]:
        preview = await self.ask("preview", **who)
        assert preview["status"] == "ready", preview
        return await self.ask("erase", preview_id=preview["id"], email=address)


@asynccontextmanager
async def desk(client: httpx.AsyncClient, person: Person, *scopes: str) -> AsyncIterator[Desk]:
    headers = await seeded.headers(person, *scopes)
    async with jobs.running(JOBS):
        yield Desk(client, headers)


async def whole(people: People) -> bool:
    report = await audit_check.verify([people.adam.tenant_id, people.mallory.tenant_id])
    return report.whole


async def test_a_person_is_exported_erased_and_found_nowhere_any_more(
    client: httpx.AsyncClient, people: People
) -> None:
    ours, theirs = people.adam.tenant_id, people.mallory.tenant_id
    rows = await planting.plant(ours, people.erin.user_id)
    await planting.plant(theirs, people.mallory.user_id)
    others = [one async for one in planting.rows_of(theirs)]
    async with desk(client, people.adam) as adam:
        exported = await adam.ask("export", email=EMAIL, words=WORDS)
        file = json.loads((await adam.get(f"requests/{exported['id']}/download")).text)
        found = {(one["where"], column) for one in file["found"] for column in one["fields"]}
        assert set(planting.planted(rows)) - found == set()
        preview = await adam.ask("preview", email=EMAIL.upper(), words=WORDS)
        erased = await adam.ask("erase", preview_id=preview["id"], email=EMAIL)
    assert erased["status"] == "done", erased
    assert erased["counts"] == preview["counts"]
    assert {one["rows"] for one in erased["counts"]} == {1}
    assert await planting.left(without=theirs) == []
    assert [one async for one in planting.rows_of(theirs)] == others
    assert await whole(people)


async def test_what_hangs_together_goes_together(client: httpx.AsyncClient, people: People) -> None:
    """The order's number mentions nobody; it goes with the event that does, and with the attempt whose answer does."""
    adam = people.adam.actor
    await endpoints.create_endpoint(adam, EndpointIn(url="https://hooks.example.com/a"))
    said = {"to": EMAIL, "order": "order 4711"}, {"order": "order 4712"}, {"order": "order 4713"}
    ids = await events.publish(
        adam, [EventIn.model_validate({"type": "order.paid", "data": one}) for one in said]
    )
    async with db.begin(adam.tenant_id) as session:
        deliveries = {one.event_id: one for one in (await session.exec(select(WebhookDelivery))).all()}
        for event_id, answer in zip(
            ids, ("thanks order 4711", f"{EMAIL} has order 4712", "thanks order 4713"), strict=True
        ):
            session.add(_attempt(deliveries[event_id].id, answer))
    async with desk(client, people.adam) as at:
        erased = await at.erase(EMAIL, email=EMAIL)
    counts = {one["table"]: one["rows"] for one in erased["counts"]}
    assert counts == {"event": 2, "webhook_delivery": 2, "webhook_attempt": 2}
    assert [
        n for n in ("order 4711", "order 4712", "order 4713") if n not in await _everything(adam.tenant_id)
    ] == [
        "order 4711",
        "order 4712",
    ]
    headers = await seeded.headers(people.erin)
    shown = (await client.get(f"/v1/integration/deliveries/{deliveries[ids[0]].id}", headers=headers)).json()
    assert (shown["status"], shown["error_kind"]) == ("failed", "erased")
    again = await client.post(f"/v1/integration/deliveries/{deliveries[ids[0]].id}/resend", headers=headers)
    assert again.status_code == 409
    assert "erased" in again.json()["detail"]


_ENDED = ("ended",)


async def _place(tenant_id: UUID) -> tuple[str, ...]:
    """How far the job of an erasure has come: what it says, and what is still there."""
    async with db.read(tenant_id) as session:
        job = (await session.exec(select(Job).where(Job.kind == "privacy.erase"))).one()
        if job.status != "pending":
            return _ENDED
        left = select(sa.func.count()).where(WebhookAttempt.response_body != "")
        return str(job.checkpoint), str((await session.exec(left)).one())


def _attempt(delivery_id: UUID, answer: str) -> WebhookAttempt:
    return WebhookAttempt(
        delivery_id=delivery_id,
        number=1,
        trigger="schedule",
        started_at=utcnow(),
        duration_ms=1,
        response_body=answer,
    )


async def _everything(tenant_id: UUID) -> str:
    return str([row async for row in planting.rows_of(tenant_id)])


async def test_exports_of_others_do_not_keep_the_person(client: httpx.AsyncClient, people: People) -> None:
    data = {"to": EMAIL, "cc": "bob@client.example"}
    await events.publish(people.adam.actor, [EventIn.model_validate({"type": "order.paid", "data": data})])
    async with desk(client, people.adam) as adam:
        of_bob = await adam.ask("export", email="bob@client.example")
        assert EMAIL in (await adam.get(f"requests/{of_bob['id']}/download")).text
        preview = await adam.ask("preview", email=EMAIL)
        await adam.ask("erase", preview_id=preview["id"], email=EMAIL)
        assert (await adam.get(f"requests/{of_bob['id']}")).json()["status"] == "erased"
        assert EMAIL not in (await adam.get(f"requests/{of_bob['id']}/download")).text


@pytest.mark.parametrize(
    "spelled", ["\uff45rin@acme.example", "er\u200bin@acme.example", "ERIN@acme\u3002example"]
)
async def test_a_member_is_one_however_the_address_is_spelled(
    client: httpx.AsyncClient, people: People, spelled: str
) -> None:
    assert people.erin.email == "erin@acme.example"
    given = {"email": spelled}
    headers = await seeded.headers(people.adam)
    answer = await client.post("/v1/integration/privacy/preview", json=given, headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "email"


async def test_cut_off_again_and_again_it_goes_on_and_leaves_nothing(
    client: httpx.AsyncClient, people: People
) -> None:
    """Also of what mentions nobody by itself, and is not found any more once the event is emptied."""
    adam = people.adam.actor
    for path in ("a", "b"):
        await endpoints.create_endpoint(adam, EndpointIn(url=f"https://hooks.example.com/{path}"))
    given = [
        EventIn.model_validate({"type": "order.paid", "data": {"n": n, "to": EMAIL if n % 2 else "no"}})
        for n in range(220)
    ]
    for begin in (0, 110):
        await events.publish(adam, given[begin : begin + 110])
    async with db.begin(adam.tenant_id) as session:
        for one in (await session.exec(select(WebhookDelivery))).all():
            session.add(_attempt(one.id, "an answer"))
    async with desk(client, people.adam) as at:
        preview = await at.ask("preview", email=EMAIL)
    started = await at.post("erase", preview_id=preview["id"], email=EMAIL)
    assert started.status_code == 202, started.text
    cuts = 0
    while (await at.get(f"requests/{preview['id']}")).json()["status"] == "running":
        async with jobs.running(JOBS), asyncio.timeout(120):
            # After its first step, its second …: what has begun by then is rolled back.
            for _ in range(cuts + 1):
                before = await _place(adam.tenant_id)
                while await _place(adam.tenant_id) == before != _ENDED:  # noqa: ASYNC110 - the database changes
                    await asyncio.sleep(0.005)
        cuts += 1
    erased = (await at.get(f"requests/{preview['id']}")).json()
    assert (erased["status"], erased["error"]) == ("done", "")
    assert erased["counts"] == preview["counts"]
    assert cuts > 3
    everything = await _everything(adam.tenant_id)
    assert EMAIL not in everything
    assert everything.count("an answer") == 220


async def test_sqlites_file_does_not_hold_the_person_any_more(
    client: httpx.AsyncClient, people: People
) -> None:
    if db.current().dialect != "sqlite":
        return  # PostgreSQL overwrites what was replaced when it vacuums.
    await planting.plant(people.adam.tenant_id, people.erin.user_id)
    files = [Path(f"{db.current().engine.url.database}{end}") for end in ("", "-wal")]
    assert any(b"jqx" in one.read_bytes().lower() for one in files)
    async with desk(client, people.adam) as adam:
        await adam.ask("export", email=EMAIL, words=WORDS)
        erased = await adam.erase(EMAIL, email=EMAIL, words=WORDS)
    assert erased["status"] == "done"
    # Whoever reads at that moment keeps the log from being emptied, which the job then says.
    assert await db.empty_log() or await db.empty_log()
    held = b"".join(one.read_bytes() for one in files if one.exists()).lower()
    assert [trace for trace in planting.TRACES if trace.encode() in held] == []


async def test_a_member_goes_from_this_tenant_with_all_that_names_them(
    client: httpx.AsyncClient, people: People
) -> None:
    erin, ours = people.erin, people.adam.tenant_id
    await seeded.headers(erin)
    await seeded.cookie(erin)
    await endpoints.create_endpoint(people.adam.actor, EndpointIn(url="https://hooks.example.com/a"))
    async with db.system("a test's traces", write=True) as session:
        for tenant_id in (ours, INSTALLATION):
            await audit.record(session, replace(erin.actor, tenant_id=tenant_id), "thing.changed")
        session.add(
            ConsentGrant(
                tenant_id=ours,
                user_id=erin.user_id,
                consent_type="MARKETING",
                resource_type="a",
                resource_id="b",
                policy_version=1,
                source="rest",
                ip="198.51.100.77",
            )
        )
        session.add(
            Job(
                tenant_id=ours, kind="a.b", family="a", title="t", status="succeeded", started_by="Erin Novak"
            )
        )
        session.add(Invitation(tenant_id=ours, email=erin.email, role="engineer", token_hash="h", invited_by=erin.user_id, expires_at=utcnow()))  # fmt: skip
    async with desk(client, people.alice) as alice:
        exported = await alice.ask("export", user_id=str(erin.user_id))
        file = (await alice.get(f"requests/{exported['id']}/download")).json()
        where = {one["where"] for one in file["found"]}
        assert where >= {
            "hub_user",
            "membership",
            "login_session",
            "api_token",
            "job",
            "invitation",
            "audit_person",
        }
        erased = await alice.erase(erin.email, user_id=str(erin.user_id))
    assert erased["status"] == "done", erased
    async with db.system("a test looks for traces") as session:
        assert (await session.exec(select(User).where(User.id == erin.user_id))).first() is None
    left = [word for word in ("erin@", "Erin Novak", "198.51.100.77") if word in await _database()]
    assert left == []
    assert await whole(people)
    async with db.read(ours) as session:
        assert await privacy.was_erased(session, ours, "ERIN@acme.example")
        assert not await privacy.was_erased(session, ours, people.adam.email)
    async with db.read(people.mallory.tenant_id) as session:
        assert not await privacy.was_erased(session, people.mallory.tenant_id, erin.email)


async def _database() -> str:
    async with db.current().engine.connect() as connection:
        return str([(await connection.execute(sa.select(t))).all() for t in SQLModel.metadata.sorted_tables])


async def test_a_member_of_two_tenants_stays_in_the_other(client: httpx.AsyncClient, people: People) -> None:
    erin, theirs = people.erin, people.mallory.tenant_id
    await seeded.join(erin, theirs, Role.ENGINEER)
    async with db.begin(theirs) as session:
        await audit.record(session, replace(erin.actor, tenant_id=theirs), "thing.changed")
    async with desk(client, people.alice) as alice:
        erased = await alice.erase(erin.email, user_id=str(erin.user_id))
    assert erased["status"] == "done", erased
    async with db.system("a test looks") as session:
        places = (
            await session.exec(select(Membership.tenant_id).where(Membership.user_id == erin.user_id))
        ).all()
        log = (await session.exec(select(AuditPerson).where(AuditPerson.actor_id == erin.user_id))).all()
    assert places == [theirs]
    assert {(one.tenant_id == theirs, one.email) for one in log} >= {(True, erin.email)}
    assert all(one.tenant_id == theirs or not one.email for one in log)


async def _all_ended(person: Person) -> None:
    async def pending() -> bool:
        async with db.read(person.tenant_id) as session:
            return "pending" in (await session.exec(select(Job.status))).all()

    async with asyncio.timeout(60), jobs.running(JOBS):
        while await pending():  # noqa: ASYNC110 - the database changes
            await asyncio.sleep(0.02)


async def test_a_request_that_ends_while_it_is_read_has_not_failed(
    client: httpx.AsyncClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL shows the second statement of a reader what was committed since the first."""
    alice = Desk(client, await seeded.headers(people.alice))
    asked = (await alice.post("preview", email=EMAIL)).json()
    read = rows.get

    async def meanwhile(session: AsyncSession, model: Any, *args: Any, **kwargs: Any) -> Any:
        found = await read(session, model, *args, **kwargs)
        if model is PrivacyRequest:
            monkeypatch.undo()
            await asyncio.create_task(_all_ended(people.alice))
        return found

    monkeypatch.setattr(rows, "get", meanwhile)
    assert (await alice.get(f"requests/{asked['id']}")).json()["status"] in {"running", "ready"}


async def test_who_may(client: httpx.AsyncClient, people: People) -> None:
    erin_id, alice_id = str(people.erin.user_id), str(people.alice.user_id)
    for person in (people.erin, people.vera):
        async with desk(client, person) as at:
            assert (await at.post("export", email=EMAIL)).status_code == 403
            assert (await at.post("preview", email=EMAIL)).status_code == 403
            assert (await at.get("requests")).status_code == 403
    async with desk(client, people.adam, "read:*") as reading:
        assert (await reading.post("export", email=EMAIL)).status_code == 403
    async with desk(client, people.adam) as adam, desk(client, people.mallory) as mallory:
        export = await adam.ask("export", user_id=erin_id)
        assert export["status"] == "ready"
        found = await adam.ask("preview", user_id=erin_id)
        refused = await adam.post("erase", preview_id=found["id"], email=people.erin.email)
        assert (refused.status_code, refused.json()["detail"]) == (403, "Owner role required")
        preview = await adam.ask("preview", email=EMAIL)
        for path in (f"requests/{export['id']}", f"requests/{export['id']}/download"):
            assert (await mallory.get(path)).status_code == 404
        assert (await mallory.post("erase", preview_id=preview["id"], email=EMAIL)).status_code == 404
        assert (await mallory.get("requests")).json()["items"] == []
        unknown = await mallory.post("export", user_id=erin_id)
        assert [one["field"] for one in unknown.json()["errors"]] == ["user_id"]
    async with desk(client, people.alice) as alice:
        found = await alice.ask("preview", user_id=alice_id)
        last = await alice.post("erase", preview_id=found["id"], email=people.alice.email)
        assert (last.status_code, "last owner" in last.json()["detail"]) == (409, True)


async def test_what_is_refused_names_its_field(client: httpx.AsyncClient, people: People) -> None:
    async with desk(client, people.alice) as alice:
        for body, field in (
            ({}, "body"),
            ({"email": EMAIL, "user_id": str(people.erin.user_id)}, "body"),
            ({"email": "nobody"}, "email"),
            ({"email": people.erin.email}, "email"),
            ({"email": EMAIL, "words": ["..."]}, "words.0"),
            ({"email": EMAIL, "words": ["Jo"]}, "words.0"),
        ):
            answer = await alice.post("export", **body)
            assert answer.status_code == 422, answer.text
            assert [one["field"] for one in answer.json()["errors"]] == [field]
        preview = await alice.ask("preview", email=EMAIL)
        wrong = await alice.post("erase", preview_id=preview["id"], email="another@client.example")
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "email")
        first = await alice.ask("erase", preview_id=preview["id"], email=EMAIL)
        assert first["status"] == "done"
        assert (await alice.post("erase", preview_id=preview["id"], email=EMAIL)).status_code == 409
        old = await alice.ask("preview", email=EMAIL)
        async with db.begin(people.alice.tenant_id) as session:
            await session.exec(update(PrivacyRequest).values(expires_at=utcnow()))
        assert (await alice.get(f"requests/{old['id']}")).json()["status"] == "expired"
        assert (await alice.post("erase", preview_id=old["id"], email=EMAIL)).status_code == 409


async def test_requests_keep_nothing_of_the_person_in_the_clear(
    client: httpx.AsyncClient, people: People
) -> None:
    """Neither while they run, nor afterwards: also in the audit log, and in an export."""
    async with desk(client, people.adam) as adam:
        await adam.ask("export", email=EMAIL, words=WORDS)
        await adam.ask("preview", email=EMAIL, words=WORDS)
        everything = (await _database()).lower()
        assert [trace for trace in planting.TRACES if trace in everything] == []
        await adam.erase(EMAIL, email=EMAIL, words=WORDS)
        listed = (await adam.get("requests")).json()["items"]
    assert [(one["kind"], one["status"]) for one in listed] == [
        ("erase", "done"), ("preview", "erased"), ("export", "erased"),
    ]  # fmt: skip
    async with db.read(people.adam.tenant_id) as session:
        assert {one.person for one in (await session.exec(select(PrivacyRequest))).all()} == {b""}
        assert (await session.exec(select(PrivacyFile.id))).all() == []
