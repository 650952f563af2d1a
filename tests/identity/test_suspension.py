"""A suspended tenant: each way in is refused with a sentence, and nothing of it is lost."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, func, select

from hub_app.identity.service import sessions
from hub_app.kernel import capabilities, cleaning, db, jobs, retention
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at, new_id
from hub_app.kernel.tables import AuditEntry, Job
from hub_app.kernel.tenancy import INSTALLATION
from hub_app.webhooks.tables import EventKey, WebhookEndpoint, WebhookHour
from tests import people as seeded
from tests import suspended
from tests.operation import failing
from tests.people import PASSWORD, People, Person

ORIGIN = {"Origin": "http://hub.test", "Accept": "application/json"}
TENANTS = "/v1/integration/operator/tenants"
SENTENCE = (
    "Acme is suspended, so you cannot sign in at the moment. Nothing is lost. For details, ask the operator of this"
    " installation."
)
OF_TOKENS = (
    "Acme is suspended, so its API tokens do not work at the moment. Nothing is lost. For details, ask the operator of"
    " this installation."
)


async def sign_in(client: httpx.AsyncClient, person: Person, password: str = PASSWORD) -> httpx.Response:
    given = {"email": person.email, "password": password}
    return await client.post("/auth/login", json=given, headers=ORIGIN)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]


async def test_each_way_in_is_refused_and_open_again_afterwards(
    client: httpx.AsyncClient, people: People
) -> None:
    token = await seeded.headers(people.erin)
    cookie = {"Cookie": f"hub_session={await seeded.cookie(people.erin)}", **ORIGIN}
    for headers in (token, cookie):
        assert (await client.get("/v1/integration/status", headers=headers)).status_code == 200

    await suspended.suspend(people)
    assert said(await client.get("/v1/integration/status", headers=token)) == (403, OF_TOKENS)
    assert said(await client.get("/v1/integration/status", headers=cookie)) == (403, SENTENCE)
    assert said(await client.post("/v1/integration/events", json={}, headers=cookie)) == (403, SENTENCE)
    client.cookies.clear()
    assert said(await sign_in(client, people.erin)) == (403, SENTENCE)
    here = {"tenant_id": str(people.erin.tenant_id)}
    assert said(await client.post("/auth/switch", json=here, headers=cookie)) == (403, SENTENCE)
    answer = await client.get("/v1/integration/status", headers=token)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Tenant suspended"

    await suspended.resume(people)
    for headers in (token, cookie):
        assert (await client.get("/v1/integration/status", headers=headers)).status_code == 200
    assert (await sign_in(client, people.erin)).status_code == 200


async def test_who_does_not_know_the_password_learns_nothing(
    client: httpx.AsyncClient, people: People
) -> None:
    await suspended.suspend(people)
    wrong, unknown = (
        await sign_in(client, people.erin, "not the password"),
        await sign_in(
            client,
            Person("X", "nobody@acme.example", Role.OWNER, people.erin.tenant_id, "", people.erin.user_id),
        ),
    )
    assert said(wrong) == said(unknown) == (401, "E-mail or password is wrong.")


async def test_whoever_has_another_tenant_goes_on_there(client: httpx.AsyncClient, people: People) -> None:
    await seeded.join(people.erin, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    cookie = await seeded.cookie(people.erin)
    headers = {"Cookie": f"hub_session={cookie}", **ORIGIN}
    async with suspended.while_suspended(people):
        assert (await client.get("/auth/me", headers=headers)).json()["tenant_name"] == "Mallet"
        here = {"tenant_id": str(people.erin.tenant_id)}
        assert said(await client.post("/auth/switch", json=here, headers=headers)) == (403, SENTENCE)
        login = await sessions.login_of(digest(cookie), ip="192.0.2.1")
        assert login is not None
        assert [(p.name, p.is_suspended) for p in login.places] == [("Acme", True), ("Mallet", False)]
        assert (await sign_in(client, people.erin)).status_code == 200
        assert (await client.get("/auth/me")).json()["tenant_name"] == "Mallet"
    # Their session is still the one that they left in Acme.
    assert (await client.get("/auth/me", headers=headers)).json()["tenant_name"] == "Acme"


async def test_an_invitation_waits_with_its_tenant(client: httpx.AsyncClient, people: People) -> None:
    given = {"email": "new@acme.example", "role": "engineer"}
    made = await client.post(
        "/v1/integration/invitations", json=given, headers=await seeded.headers(people.alice)
    )
    accept = {"token": made.json()["link"].rpartition("/")[2], "name": "New", "password": PASSWORD}
    async with suspended.while_suspended(people):
        answer = await client.post("/auth/invitations/accept", json=accept, headers=ORIGIN)
        assert said(answer) == (
            403,
            "Acme is suspended, so nobody can join it at the moment. The invitation stays as it is.",
        )
    answer = await client.post("/auth/invitations/accept", json=accept, headers=ORIGIN)
    assert answer.status_code == 200


async def test_a_person_can_still_sign_out(client: httpx.AsyncClient, people: People) -> None:
    cookie = await seeded.cookie(people.erin)
    await suspended.suspend(people)
    headers = {"Cookie": f"hub_session={cookie}", **ORIGIN}
    assert (await client.post("/auth/logout", headers=headers)).status_code == 200
    assert await sessions.holder_of(digest(cookie), ip="") is None


async def test_no_operator_is_left_without_a_tenant(client: httpx.AsyncClient, people: People) -> None:
    operator = await seeded.headers(people.alice)
    acme = f"{TENANTS}/{people.alice.tenant_id}"
    why = (
        "Alice Moreau would be left without an active tenant, and could not operate this installation any more. Make them a"
        " member of another tenant first."
    )
    assert said(await client.post(f"{acme}/suspend", headers=operator)) == (409, why)
    assert said(await client.post(f"{acme}/delete", json={"name": "Acme"}, headers=operator)) == (409, why)
    await seeded.join(people.alice, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    assert (await client.post(f"{acme}/suspend", headers=operator)).status_code == 200
    # The other one is her last now; the token was one of Acme's.
    moved = {"Cookie": f"hub_session={await seeded.cookie(people.alice)}", **ORIGIN}
    answer = await client.post(f"{TENANTS}/{people.mallory.tenant_id}/suspend", headers=moved)
    assert said(answer) == (409, why)


async def test_both_audit_logs_tell_who_suspended_it(client: httpx.AsyncClient, people: People) -> None:
    async with suspended.while_suspended(people):
        pass
    statement = select(AuditEntry.tenant_id, AuditEntry.action, AuditEntry.actor_id).where(
        col(AuditEntry.action).in_(["tenant.suspended", "tenant.resumed"])
    )
    async with db.system("a test looks") as session:
        found = set((await session.exec(statement)).all())
    assert found == {
        (whose, action, people.alice.user_id)
        for whose in (INSTALLATION, people.alice.tenant_id)
        for action in ("tenant.suspended", "tenant.resumed")
    }
    refused = await client.get("/v1/integration/audit", headers=await seeded.headers(people.vera))
    assert "tenant.suspended" in [one["action"] for one in refused.json()["items"]]


@pytest.mark.both_databases
async def test_a_suspended_tenants_past_is_kept(people: People) -> None:
    """What is deleted after a time is not deleted while its tenant cannot use it."""
    async with db.begin(people.erin.tenant_id) as session:
        job = jobs.start(session, people.erin.actor, "webhooks.x", title="X", href="/", arguments={})
        job_id = job.id

    async def kept() -> bool:
        await cleaning.delete_below(Job.id, lowest_at(utcnow() + timedelta(days=1)))  # type: ignore[arg-type]
        async with db.read(people.erin.tenant_id) as session:
            return await session.get(Job, (people.erin.tenant_id, job_id)) is not None

    async with suspended.while_suspended(people):
        assert await kept()
    assert not await kept()


@pytest.mark.both_databases
async def test_every_rule_of_retention_keeps_or_ends_what_a_suspended_tenant_has(people: People) -> None:
    """Counts are deleted along an index that all tenants share; idempotency keys run out by themselves."""
    long_ago = utcnow() - timedelta(days=400)
    for person in (people.alice, people.mallory):
        await failing.deliveries_of(person, 1)
    async with db.system("rows for a test", write=True) as session:
        for endpoint in (await session.exec(select(WebhookEndpoint))).all():
            of = endpoint.tenant_id
            session.add(WebhookHour(tenant_id=of, endpoint_id=endpoint.id, hour=long_ago, succeeded=1))
            session.add(EventKey(tenant_id=of, key="a", event_id=new_id(), expires_at=long_ago))

    async def left() -> tuple[set[UUID], int]:
        await retention.apply([rule for one in capabilities.every() for rule in one.retention])
        async with db.system("a test looks") as session:
            counts = (await session.exec(select(WebhookHour.tenant_id))).all()
            keys = (await session.exec(select(func.count()).select_from(EventKey))).one()
        return set(counts), keys

    async with suspended.while_suspended(people):
        assert await left() == ({people.alice.tenant_id}, 0)
    assert await left() == (set(), 0)


def test_what_ends_by_itself_says_so() -> None:
    """What has an end of its own runs out; what is kept for a time after it was made waits for its tenant."""
    rules = [rule for one in capabilities.every() for rule in one.retention]
    ends = {(rule.model.__name__, rule.by) for rule in rules if rule.runs_out}
    assert ends >= {
        ("Invitation", "expires_at"),
        ("LoginSession", "last_seen_at"),
        ("PrivacyFile", "expires_at"),
    }
    kept = {(rule.model.__name__, rule.by) for rule in rules if not rule.runs_out}
    assert kept == {
        ("ApiUsage", "minute"),
        ("AuditVerification", "id"),
        ("Event", "id"),
        ("Execution", "id"),
        ("Job", "id"),
        ("PlanRun", "id"),
        ("PrivacyRequest", "expires_at"),
        ("PrivacyRequest", "id"),
        ("SyncIntent", "id"),
        ("SyncJob", "id"),
        ("SyncQuarantine", "id"),
        ("WebhookHour", "hour"),
    }
