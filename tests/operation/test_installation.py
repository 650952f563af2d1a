"""How the installation is, its periodic tasks, and what load balancers ask."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete
from sqlmodel import select

from hub_app.kernel import db, migrations, processes, scheduler
from hub_app.kernel.clock import utcnow
from hub_app.kernel.retention import every_task
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import AuditEntry, HubProcess, Schedule
from hub_app.kernel.tenancy import INSTALLATION
from tests import people as seeded
from tests.people import People

OPERATOR = "/v1/integration/operator"
SCHEDULE = f"{OPERATOR}/schedule"
LIVE, READY = "/v1/integration/health/live", "/v1/integration/health/ready"
pytestmark = pytest.mark.both_databases


async def scheduled(**columns: object) -> None:
    """The scheduler's row of retention, as it may be found."""
    async with db.system("a schedule", write=True) as session:
        row = {"due_at": utcnow() + timedelta(hours=1), **columns}
        session.add(Schedule.model_validate({"name": "retention", **row}))


async def shown(client: httpx.AsyncClient, people: People) -> dict[str, object]:
    answer = await client.get(SCHEDULE, headers=await seeded.headers(people.alice))
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()
    return {name: one[name] for name in ("state", "last", "every_seconds")}


@pytest.mark.parametrize(
    ("began", "ended", "error", "due", "expected"),
    [
        (None, None, "", 1, ("waiting", None)),
        (-2, -1, "", 1, ("waiting", "succeeded")),
        (-2, -1, "what went wrong, with Alice's address", 1, ("waiting", "failed")),
        (-2, None, "", 1, ("running", None)),
        (-9, -10, "", 1, ("waiting", "stopped")),
        (-2, -1, "", -1, ("overdue", "succeeded")),
    ],
)
async def test_how_a_task_stands(
    client: httpx.AsyncClient,
    people: People,
    began: int | None,
    ended: int | None,
    error: str,
    due: int,
    expected: tuple[str, str | None],
) -> None:
    """Hours from now. The process that works in the background began five hours ago."""

    def at(hours: int | None) -> object:
        return None if hours is None else utcnow() + timedelta(hours=hours)

    async with db.system("a process", write=True) as session:
        session.add(
            HubProcess(
                role="worker", host="a", pid=1, created_at=utcnow() - timedelta(hours=5), seen_at=utcnow()
            )
        )
    await scheduled(started_at=at(began), finished_at=at(ended), error=error, due_at=at(due))
    assert await shown(client, people) == {"state": expected[0], "last": expected[1], "every_seconds": 3600}
    answer = await client.get(SCHEDULE, headers=await seeded.headers(people.alice))
    assert "Alice" not in answer.text


async def test_a_task_is_run_now_and_audited(client: httpx.AsyncClient, people: People) -> None:
    await scheduled()
    alice = await seeded.headers(people.alice)
    assert (await client.post(f"{SCHEDULE}/retention/run", headers=alice)).status_code == 202
    assert (await client.post(f"{SCHEDULE}/nothing/run", headers=alice)).status_code == 404
    async with db.system("a test looks") as session:
        assert (await session.exec(select(Schedule.due_at))).one() <= utcnow()
        entries = select(AuditEntry).where(AuditEntry.action == "operator.task_run")
        (entry,) = (await session.exec(entries)).all()
    assert (entry.tenant_id, entry.target_id, entry.actor_id) == (
        INSTALLATION, "retention", people.alice.user_id
    )  # fmt: skip


async def test_one_that_runs_is_not_run_twice(client: httpx.AsyncClient, people: People) -> None:
    async with processes.running():
        await scheduled(started_at=utcnow())
        alice = await seeded.headers(people.alice)
        assert (await client.post(f"{SCHEDULE}/retention/run", headers=alice)).status_code == 409


async def test_every_task_says_what_it_does(people: People) -> None:
    assert people
    assert [task.name for task in every_task() if not task.about.endswith(".")] == []
    async with scheduler.running(every_task()), db.system("a test looks") as session:
        names = set((await session.exec(select(Schedule.name))).all())
    assert names == {task.name for task in every_task()}


async def test_what_runs_and_on_what(client: httpx.AsyncClient, people: People) -> None:
    async with db.system("a process that was killed", write=True) as session:
        session.add(HubProcess(role="worker", host="dead", pid=7, seen_at=utcnow() - timedelta(minutes=5)))
    async with processes.running():
        answer = await client.get(f"{OPERATOR}/health", headers=await seeded.headers(people.alice))
    found = answer.json()
    assert [one["role"] for one in found["processes"]] == ["all"]
    database = found["database"]
    assert database["kind"].lower() == db.current().dialect
    assert database["size"] > 100_000
    assert database["revision"] == database["expected"]
    assert {"database", "scheduler", "audit", "webhooks", "plans"} <= found["checks"].keys()
    assert await processes.alive() == []


async def test_a_process_that_was_taken_for_gone_appears_again(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off from the database for an hour, its row is deleted when another process begins."""
    del database
    monkeypatch.setattr(processes, "_BEAT_SECONDS", 0.01)
    async with processes.running():
        (own,) = await processes.alive()
        async with db.system("another process begins", write=True) as session:
            await session.exec(delete(HubProcess))
        async with asyncio.timeout(60):
            while not (found := await processes.alive()):  # noqa: ASYNC110 - the database changes
                await asyncio.sleep(0.01)
        assert [(one.id, one.pid, one.created_at) for one in found] == [(own.id, own.pid, own.created_at)]
    assert await processes.alive() == []


async def test_it_is_live_without_a_database_and_ready_with_a_current_one(
    client: httpx.AsyncClient, database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.get(READY)).json() == {"ready": True, "detail": "Ready."}
    with monkeypatch.context() as ending:
        ending.setattr(processes, "_leaving", True)
        assert (await client.get(READY)).status_code == 503
        assert (await client.get(LIVE)).status_code == 200
    await migrations.downgrade(database, "0012")
    assert (await client.get(READY)).status_code == 503
    await migrations.upgrade(database)
    assert (await client.get(READY)).status_code == 200
    await db.disconnect()
    try:
        refused = await client.get(READY)
        assert (refused.status_code, refused.json()["ready"]) == (503, False)
        assert (await client.get(LIVE)).json() == {"status": "ok"}
    finally:
        await db.connect(database)


async def test_none_of_it_is_for_anybody_else(client: httpx.AsyncClient, people: People) -> None:
    await scheduled()
    narrow = await seeded.headers(people.alice, "read:*", "write:*")
    for headers in (await seeded.headers(people.adam), await seeded.headers(people.mallory), narrow):
        for path in (SCHEDULE, f"{OPERATOR}/health"):
            assert (await client.get(path, headers=headers)).status_code == 403
        assert (await client.post(f"{SCHEDULE}/retention/run", headers=headers)).status_code == 403
    async with db.system("a test looks") as session:
        assert (await session.exec(select(Schedule.due_at))).one() > utcnow()
