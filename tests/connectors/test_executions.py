"""Executions: their list, what each one tells, and when they go."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, col, func, select, update

from hub_app.connectors.capability import CAPABILITY
from hub_app.connectors.schemas.runs import ExecutionFilter, TestIn
from hub_app.connectors.service import executions, runs
from hub_app.connectors.tables import CachedAnswer, Execution, RunKey
from hub_app.kernel import db, retention, signals
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.paging import PageRequest
from tests.connectors.conftest import Params, Shop

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
LIST: Params = {"id": "list", "endpoint": "/items", "parameters": ["q"], "cache_seconds": 60}
BAD: Params = {"id": "bad", "method": "POST", "endpoint": "/faults/broken", "parameters": ["name"]}


async def count(model: type[SQLModel]) -> int:
    async with db.system("a test counts") as session:
        return (await session.exec(select(func.count()).select_from(model))).one()


async def test_an_execution_tells_what_was_sent_and_what_came(shop: Shop) -> None:
    connector_id = await shop.connector(BAD, scheme="prefixed")
    out = await shop.run(connector_id, "bad", {"name": "Ada"})
    told = await executions.get_execution(shop.people.vera.actor, out.execution_id)
    assert (told.integration_id, told.action, told.trigger, told.actor) == (
        connector_id, "bad", "run", shop.people.erin.name,
    )  # fmt: skip
    assert (told.method, told.url) == ("POST", f"{shop.api.base('prefixed')}/faults/broken")
    assert told.request_headers["x-api-key"].startswith("Key ••••••")
    assert told.request_headers["content-type"] == "application/json"
    assert told.request_body == '{"name":"Ada"}'
    assert told.response_headers["content-type"].startswith("text/plain")
    assert (told.response_body, told.truncated) == ("The API has a bad day.", False)
    assert (told.status_code, told.ok, told.error_kind, told.pages) == (500, False, "status", 0)


async def test_a_long_answer_is_kept_in_part_and_given_whole(shop: Shop) -> None:
    connector_id = await shop.connector(
        {"id": "it", "method": "POST", "endpoint": "/echo", "parameters": ["text"]}
    )
    out = await shop.run(connector_id, "it", {"text": "ü" * 100_000})
    assert isinstance(out.data, dict)
    assert len(str(out.data["body"])) > 100_000
    (told,) = await shop.executions()
    assert told.truncated
    assert len(told.response_body.encode()) <= 65_536
    assert len(told.request_body.encode()) <= 65_536


async def test_the_list_is_newest_first_filtered_and_paged(shop: Shop) -> None:
    connector_id, other = await shop.connector(LIST, BAD), await shop.connector(BAD)
    made = [(await shop.run(connector_id, "list", {"q": str(n)})).execution_id for n in range(3)]
    made.append((await shop.run(connector_id, "bad")).execution_id)
    elsewhere = (await shop.run(other, "bad")).execution_id
    tested = (await runs.test_connector(shop.actor, connector_id, TestIn(endpoint="/items"))).execution_id
    viewer = shop.people.vera.actor

    async def listed(chosen: ExecutionFilter, **more: object) -> list[object]:
        found = await executions.list_executions(viewer, chosen, PageRequest(), **more)  # type: ignore[arg-type]
        return [one.id for one in found.items]

    newest_first = [tested, elsewhere, *reversed(made)]
    assert await listed(ExecutionFilter()) == newest_first
    assert await listed(ExecutionFilter(), connector_id=connector_id) == [tested, *reversed(made)]
    assert await listed(ExecutionFilter(outcome="failed")) == [elsewhere, made[3]]
    assert await listed(ExecutionFilter(action="list", outcome="succeeded")) == list(reversed(made[:3]))
    assert await listed(ExecutionFilter(trigger="test")) == [tested]
    now = utcnow()
    assert await listed(ExecutionFilter(since=now + timedelta(seconds=1))) == []
    assert (
        await listed(ExecutionFilter(since=now - timedelta(minutes=5), until=now + timedelta(seconds=1)))
        == newest_first
    )
    first = await executions.list_executions(viewer, ExecutionFilter(), PageRequest(limit=4))
    second = await executions.list_executions(viewer, ExecutionFilter(), PageRequest(4, first.next_cursor))
    assert [one.id for one in [*first.items, *second.items]] == newest_first
    assert second.next_cursor is None
    assert first.items[0].id == tested


async def test_another_tenants_executions_are_not_there(shop: Shop) -> None:
    connector_id = await shop.connector(LIST)
    out = await shop.run(connector_id, "list")
    mallory = shop.people.mallory.actor
    with pytest.raises(NotFound, match="Execution not found"):
        await executions.get_execution(mallory, out.execution_id)
    with pytest.raises(NotFound, match="Integration not found"):
        await executions.list_executions(mallory, ExecutionFilter(), PageRequest(), connector_id=connector_id)
    found = await executions.list_executions(mallory, ExecutionFilter(), PageRequest())
    assert found.items == []


async def test_who_watches_hears_of_an_execution(shop: Shop) -> None:
    connector_id = await shop.connector(LIST)
    for topic in (connector_id, shop.actor.tenant_id):
        with signals.watch(f"executions:{topic}") as changed:
            await shop.run(connector_id, "list", fresh=True)
            assert await changed.wait(10)


@pytest.mark.settings(execution_retention_days=30)
async def test_what_has_had_its_time_is_deleted(shop: Shop) -> None:
    connector_id = await shop.connector(LIST)
    for n in range(3):
        await shop.run(connector_id, "list", {"q": str(n)}, key=f"k-{n}")
    await retention.apply(CAPABILITY.retention)
    assert [await count(model) for model in (Execution, RunKey, CachedAnswer)] == [3, 3, 3]
    first = (await shop.executions())[-1].id
    async with db.system("a month passes", write=True) as session:
        old = lowest_at(utcnow() - timedelta(days=31))
        await session.exec(update(Execution).where(col(Execution.id) == first).values(id=old))
        past = utcnow() - timedelta(seconds=1)
        await session.exec(update(RunKey).values(expires_at=past))
        await session.exec(update(CachedAnswer).values(expires_at=past))
    await retention.apply(CAPABILITY.retention)
    assert [await count(model) for model in (Execution, RunKey, CachedAnswer)] == [2, 0, 0]
