"""What has had its time goes in small steps, with what hangs on it, and lets everybody else through."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import UniqueConstraint, event
from sqlmodel import SQLModel, col, func, select

from hub_app.kernel import capabilities, cleaning, db, retention
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at, new_id
from hub_app.kernel.retention import Retention
from hub_app.kernel.tables import Job
from hub_app.webhooks.tables import Event, EventKey, WebhookAttempt, WebhookDelivery
from tests.kernel.conftest import Two

pytestmark = pytest.mark.both_databases

# More would keep others waiting for longer than a delivery takes.
MOST_ROWS = 100
LONG_AGO = utcnow() - timedelta(days=50)


def delivery(endpoint_id: UUID, of: Event) -> WebhookDelivery:
    return WebhookDelivery(
        tenant_id=of.tenant_id,
        endpoint_id=endpoint_id,
        event_id=of.id,
        event_type=of.type,
        status="succeeded",
        due_at=LONG_AGO,
        expires_at=LONG_AGO,
    )


def attempt(of: WebhookDelivery) -> WebhookAttempt:
    return WebhookAttempt(
        tenant_id=of.tenant_id,
        delivery_id=of.id,
        number=1,
        trigger="schedule",
        started_at=LONG_AGO,
        duration_ms=1,
    )


async def add(tenant_id: UUID, endpoint_id: UUID, *, events: int, deliveries: int, attempts: int) -> None:
    """Old events with so many deliveries each, and attempts of each delivery."""
    start = lowest_at(LONG_AGO).int
    async with db.system("rows for a test", write=True) as session:
        made = [
            Event(tenant_id=tenant_id, id=UUID(int=start + n), type="a.b", payload="1") for n in range(events)
        ]
        session.add_all(made)
        await session.flush()
        sent = [delivery(endpoint_id, one) for one in made for _ in range(deliveries)]
        session.add_all(sent)
        await session.flush()
        session.add_all(attempt(one) for one in sent for _ in range(attempts))


async def count(model: type[SQLModel]) -> int:
    async with db.system("a test counts") as session:
        return (await session.exec(select(func.count()).select_from(model))).one()


class Steps(list[Counter[str]]):
    """The rows deleted from each table, transaction by transaction, and how long each that deleted any took."""

    def __init__(self) -> None:
        super().__init__([Counter()])
        self.seconds: list[float] = []
        self.began = 0.0
        self.looks: list[str] = []
        """The statements that looked for what is to go."""


@contextmanager
def deletions() -> Iterator[Steps]:
    engine = db.current().engine.sync_engine
    steps = Steps()

    def began(_conn: Any) -> None:
        steps.began = time.monotonic()

    def executed(_conn: Any, cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 - SQLAlchemy calls it
        if statement.lower().startswith("delete from "):
            steps[-1][statement.split()[2]] += len(given) if many else cursor.rowcount
        elif "AS reached" in statement:
            steps.looks.append(statement)

    def committed(_conn: Any) -> None:
        if steps[-1]:
            steps.seconds.append(time.monotonic() - steps.began)
        steps.append(Counter())

    event.listen(engine, "begin", began)

    event.listen(engine, "after_cursor_execute", executed)
    event.listen(engine, "commit", committed)
    try:
        yield steps
    finally:
        event.remove(engine, "begin", began)
        event.remove(engine, "after_cursor_execute", executed)
        event.remove(engine, "commit", committed)


@pytest.mark.parametrize(
    ("events", "deliveries", "attempts"), [(250, 1, 1), (1, 250, 1), (1, 2, 250), (3, 60, 3)]
)
async def test_no_step_deletes_more_than_a_few_rows_of_a_table(
    two: Two, events: int, deliveries: int, attempts: int
) -> None:
    """However they hang together: the cascades of the database have nothing left to do."""
    await add(two.ours, two.our_endpoint, events=events, deliveries=deliveries, attempts=attempts)
    with deletions() as steps:
        await cleaning.delete_below(col(Event.id), lowest_at(utcnow()))
    assert [await count(model) for model in (Event, WebhookDelivery, WebhookAttempt)] == [0, 0, 0]
    assert max(max(step.values(), default=0) for step in steps) <= MOST_ROWS
    total = sum(steps, Counter[str]())
    assert total == {
        "event": events,
        "webhook_delivery": events * deliveries,
        "webhook_attempt": events * deliveries * attempts,
    }


async def test_whoever_writes_meanwhile_gets_their_turn(two: Two) -> None:
    """Ten writes come between the steps; none waits until the cleaning is over."""
    await add(two.theirs, two.their_endpoint, events=1500, deliveries=1, attempts=0)
    task = asyncio.create_task(cleaning.delete_below(col(Event.id), lowest_at(utcnow())))
    for _ in range(10):
        async with db.begin(two.ours) as session:
            session.add(Event(tenant_id=two.ours, type="a.b", payload="1"))
        assert not task.done()
    await task
    assert await count(Event) == 10


async def test_cleaning_has_a_small_part_of_the_databases_time(two: Two) -> None:
    """Between two steps it rests several times as long as a step took, however slow the machine is."""
    await add(two.theirs, two.their_endpoint, events=1000, deliveries=1, attempts=0)
    with deletions() as steps:
        began = time.monotonic()
        await cleaning.delete_below(col(Event.id), lowest_at(utcnow()))
        took = time.monotonic() - began
    assert len(steps.seconds) >= 10
    assert sum(steps.seconds) < took / 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_comes_later_to_write_goes_before_cleaning(two: Two) -> None:
    """Where one writes at a time, a step does not stand in line: it waits until nobody writes, for a second at most."""
    await add(two.theirs, two.their_endpoint, events=300, deliveries=0, attempts=0)
    writing, enough = asyncio.Event(), asyncio.Event()

    async def write_for_long() -> None:
        async with db.begin(two.ours):
            writing.set()
            await enough.wait()

    async def write() -> int:
        async with db.begin(two.ours):
            return sum(step["event"] for step in steps)

    with deletions() as steps:
        first = asyncio.create_task(write_for_long())
        await writing.wait()
        task = asyncio.create_task(cleaning.delete_below(col(Event.id), lowest_at(utcnow())))
        await asyncio.sleep(0.3)
        second = asyncio.create_task(write())
        await asyncio.sleep(0.05)
        enough.set()
        assert await second == 0
        await asyncio.gather(first, task)
    assert await count(Event) == 0


async def test_every_tenant_is_cleaned_and_what_is_young_stays(two: Two) -> None:
    await add(two.ours, two.our_endpoint, events=3, deliveries=1, attempts=0)
    await add(two.theirs, two.their_endpoint, events=150, deliveries=0, attempts=0)
    async with db.begin(two.ours) as session:
        session.add(Event(tenant_id=two.ours, type="a.b", payload="1"))
    await cleaning.delete_below(col(Event.id), lowest_at(utcnow() - timedelta(days=1)))
    assert (await count(Event), await count(WebhookDelivery)) == (1, 0)


async def test_by_a_time_of_any_tenant(two: Two) -> None:
    """Through an index that all tenants share, of a table whose key is not an id."""
    async with db.system("rows for a test", write=True) as session:
        for tenant in (two.ours, two.theirs):
            for n in range(130):
                expires_at = utcnow() + timedelta(days=1 if n % 2 else -1)
                session.add(EventKey(tenant_id=tenant, key=str(n), event_id=new_id(), expires_at=expires_at))
    await cleaning.delete_below(col(EventKey.expires_at), utcnow())
    assert await count(EventKey) == 130


async def test_what_a_condition_keeps_is_passed_over_once(two: Two) -> None:
    """Old jobs that wait stay, many of them in front of those that go."""
    start = lowest_at(LONG_AGO).int
    async with db.system("rows for a test", write=True) as session:
        for n in range(450):
            status = "succeeded" if n % 3 == 0 else "pending"
            session.add(
                Job(
                    tenant_id=two.ours,
                    id=UUID(int=start + n),
                    kind="a.b",
                    family="a",
                    title="A",
                    status=status,
                )
            )
    with deletions() as steps:
        await cleaning.delete_below(col(Job.id), lowest_at(utcnow()), col(Job.status) != "pending")
    assert await count(Job) == 300
    assert len(steps.looks) > 1
    assert ["job.id >= " in one for one in steps.looks] == [False] + [True] * (len(steps.looks) - 1)


async def test_the_history_of_a_row_goes_before_it(two: Two) -> None:
    """An endpoint's history, when the endpoint is to be deleted; the neighbour's stays."""
    await add(two.ours, two.our_endpoint, events=120, deliveries=2, attempts=1)
    await add(two.theirs, two.their_endpoint, events=5, deliveries=1, attempts=1)
    with deletions() as steps:
        await cleaning.delete_history(col(WebhookDelivery.endpoint_id), two.ours, two.our_endpoint)
    assert max(max(step.values(), default=0) for step in steps) <= MOST_ROWS
    assert (await count(WebhookDelivery), await count(WebhookAttempt), await count(Event)) == (5, 5, 125)


async def test_a_column_without_an_index_is_a_mistake_of_ours(two: Two) -> None:
    assert two
    with pytest.raises(RuntimeError, match="No index of event leads to its created_at"):
        await cleaning.delete_below(col(Event.created_at), utcnow())


def test_every_cascade_has_an_index() -> None:
    """Else deleting one row reads all of a table that hangs on it. A tenant's rows that people make are few."""
    from tests.large.filling import BY_HAND

    capabilities.load_tables()
    for table in SQLModel.metadata.sorted_tables:
        # One over some of the rows leads to those alone.
        whole = [one for one in table.indexes if one.dialect_options["sqlite"]["where"] is None]
        indexes = [[c.name for c in index.columns] for index in (*whole, table.primary_key)]
        uniques = [
            [c.name for c in one.columns] for one in table.constraints if isinstance(one, UniqueConstraint)
        ]
        for constraint in table.foreign_key_constraints:
            wanted = list(constraint.column_keys)
            if table.name in BY_HAND and wanted[0] == "tenant_id":
                wanted = wanted[:1]
            served = any(names[: len(wanted)] == wanted for names in (*indexes, *uniques))
            assert served, f"{table.name} has no index for {wanted}"


async def test_retention_goes_by_the_id_or_by_a_column_of_time_and_spares_what_a_condition_keeps(
    two: Two,
) -> None:
    async with db.begin(two.ours) as session:
        for status, age in (("succeeded", 31), ("pending", 31), ("succeeded", 29)):
            at = lowest_at(utcnow() - timedelta(days=age, seconds=len(status)))
            session.add(Job(id=at, kind="a.b", family="a", title=f"{status} {age}", status=status))
        for key, hours in (("old", -3), ("recent", -1), ("to come", 1)):
            session.add(EventKey(key=key, event_id=new_id(), expires_at=utcnow() + timedelta(hours=hours)))
    rules = [
        Retention(Job, after=lambda: timedelta(days=30), only=[col(Job.status) != "pending"]),
        Retention(EventKey, by="expires_at", after=timedelta(hours=2)),
    ]
    await retention.apply(rules)
    async with db.read(two.ours) as session:
        assert {one.title for one in (await session.exec(select(Job))).all()} == {
            "pending 31",
            "succeeded 29",
        }
        assert {one.key for one in (await session.exec(select(EventKey))).all()} == {"recent", "to come"}


async def test_a_rule_that_fails_keeps_no_other_from_its_turn(two: Two) -> None:
    async with db.begin(two.ours) as session:
        session.add(EventKey(key="old", event_id=new_id(), expires_at=LONG_AGO))
    rules = [Retention(Event, by="created_at"), Retention(EventKey, by="expires_at")]
    with pytest.raises(RuntimeError, match="could not be deleted: Event"):
        await retention.apply(rules)
    assert await count(EventKey) == 0
