"""Deleting a tenant: seven days in which it can be restored, then it is gone from every table, and its audit log is not."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy import update
from sqlmodel import SQLModel, col, select

from hub_app.identity.capability import CAPABILITY
from hub_app.identity.service import accounts, emptying
from hub_app.identity.tables import LoginSession, Membership, PasswordReset, Tenant, User
from hub_app.kernel import audit_check, cleaning, db
from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from tests import people as seeded
from tests.large.filling import Filling, fill
from tests.locks import until_somebody_waits
from tests.people import People

pytestmark = pytest.mark.both_databases
TENANTS = "/v1/integration/operator/tenants"
AUDIT = {"audit_entry", "audit_head", "audit_person", "audit_start"}


@pytest.fixture
async def operator(people: People) -> dict[str, str]:
    """Alice's headers, with another tenant to be in."""
    await seeded.join(people.alice, people.mallory.tenant_id, Role.OWNER)
    return await seeded.headers(people.alice)


async def passed(tenant_id: UUID, days: float) -> None:
    async with db.system("time passes", write=True) as session:
        tenant = await session.get_one(Tenant, tenant_id)
        assert tenant.delete_at is not None
        tenant.delete_at -= timedelta(days=days)
        session.add(tenant)


async def delete(client: httpx.AsyncClient, headers: dict[str, str], tenant_id: UUID, name: str) -> None:
    answer = await client.post(f"{TENANTS}/{tenant_id}/delete", json={"name": name}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "deleting"
    left = utcnow() + timedelta(days=7)
    assert abs(left - datetime.fromisoformat(answer.json()["delete_at"])) < timedelta(minutes=1)


async def count(tenant_id: UUID) -> dict[str, int]:
    """The tenant's rows, by table: of each table that names a tenant."""
    found: dict[str, int] = {}
    async with db.system("a test counts") as session:
        for table in SQLModel.metadata.sorted_tables:
            if "tenant_id" in table.c:
                rows = sa.select(sa.func.count()).where(table.c.tenant_id == tenant_id)
                found[table.name] = (await session.execute(rows)).scalar_one()
    return found


async def exists(tenant_id: UUID) -> bool:
    async with db.system("a test looks") as session:
        return await session.get(Tenant, tenant_id) is not None


async def filled() -> UUID:
    """A tenant with rows in every table, more than three steps of cleaning in most."""
    given = Filling(tenant_id=UUID(int=1), parents={}, tenants=1, rows=350, by_hand=150)
    await fill(replace(given, only=frozenset({"tenant"})))
    async with db.system("a test looks") as session:
        tenant_id = (await session.exec(select(Tenant.id).where(Tenant.tier == "free"))).one()
    others = frozenset(t.name for t in SQLModel.metadata.sorted_tables) - AUDIT - {"tenant"}
    await fill(replace(given, tenant_id=tenant_id, only=others))
    async with db.system("what a filling leaves empty", write=True) as session:
        user = (await session.exec(select(User.id).where(~col(User.is_operator)).limit(1))).one()
        await session.exec(update(LoginSession).values(tenant_id=tenant_id))
        await session.exec(sa.delete(PasswordReset))
        reset = PasswordReset(user_id=user, tenant_id=tenant_id, token_hash="x", expires_at=utcnow())
        session.add(reset)
        tenant = await session.get_one(Tenant, tenant_id)
        tenant.state, tenant.delete_at = "deleting", utcnow()
    return tenant_id


async def test_it_is_gone_from_every_table_and_others_are_not(people: People) -> None:
    tenant_id = await filled()
    before, neighbours = await count(tenant_id), await count(people.mallory.tenant_id)
    assert not [name for name, rows in before.items() if not rows and name not in AUDIT]
    await emptying.delete_due()
    assert not await exists(tenant_id)
    after = await count(tenant_id)
    assert {name for name, rows in after.items() if rows} <= AUDIT, after
    assert await count(people.mallory.tenant_id) == neighbours
    async with db.system("a test looks") as session:
        left = (await session.exec(select(User.email))).all()
    assert sorted(left) == sorted(p.email for p in vars(people).values())


@pytest.mark.usefixtures("people")
async def test_cut_off_in_the_middle_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is cut off, what is left goes the next time; and it can no longer be restored."""
    tenant_id = await filled()
    whole = cleaning._delete_found  # noqa: SLF001 - the step in which it dies
    steps, deaths = 0, {2, 9, 31, 77}

    async def dying(*args: object) -> bool:
        nonlocal steps
        steps += 1
        if steps in deaths:
            raise OSError("The process was killed.")
        return await whole(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(cleaning, "_delete_found", dying)
    for _ in deaths:
        with pytest.raises(RuntimeError, match=str(tenant_id)):
            await emptying.delete_due()
        async with db.system("a test looks") as session:
            assert (await session.get_one(Tenant, tenant_id)).state == "emptying"
    await emptying.delete_due()
    assert not await exists(tenant_id)
    assert {name for name, rows in (await count(tenant_id)).items() if rows} <= AUDIT


async def test_after_seven_days_it_goes_and_its_audit_log_verifies(
    client: httpx.AsyncClient, people: People, operator: dict[str, str]
) -> None:
    acme = people.erin.tenant_id
    await seeded.join(people.vera, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    usage = (await client.get(f"{TENANTS}/{acme}/usage", headers=operator)).json()
    assert (usage["members"], usage["accounts"]) == (4, 2)
    await delete(client, operator, acme, "Acme")
    moved = {"Cookie": f"hub_session={await seeded.cookie(people.alice)}"}
    await passed(acme, 6.9)
    await emptying.delete_due()
    assert (await client.get(f"{TENANTS}/{acme}", headers=moved)).json()["state"] == "deleting"
    await passed(acme, 0.2)
    await emptying.delete_due()
    assert (await client.get(f"{TENANTS}/{acme}", headers=moved)).status_code == 404

    async with db.system("a test looks") as session:
        left = (await session.exec(select(User.name).order_by(User.name))).all()
    # Adam and Erin belonged nowhere else; Alice operates Hub, Vera is in Mallet.
    assert left == ["Alice Moreau", "Mallory Crane", "Vera Lind"]
    report = await audit_check.verify({people.mallory.tenant_id: "Mallet"})
    assert report.whole, report
    entries = await count(acme)
    assert entries["audit_entry"] > 2
    assert entries["audit_person"] > 0
    assert entries["audit_head"] == 1
    assert not any(rows for name, rows in entries.items() if name not in AUDIT)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_joins_another_tenant_just_then_keeps_the_account(
    client: httpx.AsyncClient, people: People, operator: dict[str, str]
) -> None:
    """On two connections: their membership of Mallet is not committed when Acme's members are taken out of it."""
    await delete(client, operator, people.erin.tenant_id, "Acme")
    await passed(people.erin.tenant_id, 7.1)
    joined, go_on = asyncio.Event(), asyncio.Event()

    async def join() -> None:
        async with db.system("an invitation is accepted", write=True) as session:
            erin = await session.get_one(User, people.erin.user_id)
            assert await accounts.hold(session, erin) is not None
            role = Role.ENGINEER.value
            session.add(
                Membership(tenant_id=people.mallory.tenant_id, user_id=people.erin.user_id, role=role)
            )
            await session.flush()
            joined.set()
            await go_on.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(join())
        await joined.wait()
        tasks.create_task(emptying.delete_due())
        await until_somebody_waits()
        go_on.set()
    assert not await exists(people.erin.tenant_id)
    async with db.system("a test looks") as session:
        left = (await session.exec(select(User.name).order_by(User.name))).all()
        places = (
            await session.exec(select(Membership.tenant_id).where(Membership.user_id == people.erin.user_id))
        ).all()
    assert left == ["Alice Moreau", "Erin Novak", "Mallory Crane"]
    assert places == [people.mallory.tenant_id]


async def test_it_can_be_restored_until_then(
    client: httpx.AsyncClient, people: People, operator: dict[str, str]
) -> None:
    """As it was: active, or suspended."""
    acme = f"{TENANTS}/{people.erin.tenant_id}"
    erin = await seeded.headers(people.erin)
    await delete(client, operator, people.erin.tenant_id, "Acme")
    moved = {"Cookie": f"hub_session={await seeded.cookie(people.alice)}", "Origin": "http://hub.test"}
    assert (await client.get("/auth/me", headers=erin)).status_code == 403
    assert (await client.post(f"{acme}/resume", headers=moved)).status_code == 409
    restored = await client.post(f"{acme}/restore", headers=moved)
    assert (restored.json()["state"], restored.json()["delete_at"]) == ("active", None)
    assert (await client.get("/auth/me", headers=erin)).status_code == 200
    assert (await client.post(f"{acme}/restore", headers=moved)).status_code == 409

    assert (await client.post(f"{acme}/suspend", headers=moved)).status_code == 200
    answer = await client.post(f"{acme}/delete", json={"name": "Acme"}, headers=moved)
    assert answer.json()["state"] == "deleting"
    assert (await client.post(f"{acme}/restore", headers=moved)).json()["state"] == "suspended"


async def test_its_name_is_typed_again(
    client: httpx.AsyncClient, people: People, operator: dict[str, str]
) -> None:
    url = f"{TENANTS}/{people.erin.tenant_id}/delete"
    for name in ("", "acme", "Mallet"):
        answer = await client.post(url, json={"name": name}, headers=operator)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "name")
    assert (await client.get("/auth/me", headers=operator)).status_code == 200


def test_a_periodic_task_does_it() -> None:
    assert [task.run for task in CAPABILITY.periodic] == [emptying.delete_due]
