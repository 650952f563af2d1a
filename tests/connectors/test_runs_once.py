"""Idempotency keys and the cache: what is called once only, and what is called again."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import func, select, update

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import connectors, idempotency, response_cache, runs
from hub_app.connectors.tables import CachedAnswer, RunKey
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hub_app.kernel.ids import new_id
from tests.connectors.conftest import Params, Shop

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
ADD: Params = {"id": "add", "method": "POST", "endpoint": "/items", "parameters": ["name"]}
HELD: Params = {"id": "held", "method": "POST", "endpoint": "/faults/held", "parameters": ["name"]}
LIST: Params = {
    "id": "list",
    "endpoint": "/items",
    "parameters": ["q"],
    "response": "total",
    "cache_seconds": 60,
}


async def pass_time(model: type[RunKey | CachedAnswer]) -> None:
    async with db.system("time passes", write=True) as session:
        await session.exec(update(model).values(expires_at=utcnow() - timedelta(seconds=1)))


async def test_the_same_key_gives_the_first_answer_word_for_word(shop: Shop) -> None:
    connector_id = await shop.connector(ADD)
    first = await shop.run(connector_id, "add", {"name": "One"}, key="k-1")
    again = await shop.run(connector_id, "add", {"name": "One"}, key="k-1")
    assert again == first
    assert shop.api.count == 1
    assert len(await shop.executions()) == 1
    assert (await shop.run(connector_id, "add", {"name": "One"}, key="k-2")).data != first.data


async def test_many_runs_with_one_key_at_once_make_one_call(shop: Shop) -> None:
    connector_id = await shop.connector(HELD)
    running = [
        asyncio.create_task(shop.run(connector_id, "held", {"name": "One"}, key="k")) for _ in range(10)
    ]
    done, pending = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    while len(pending) > 1:
        more, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        done |= more
    for one in done:
        with pytest.raises(Conflict, match="A run with this Idempotency-Key is in progress"):
            one.result()
    shop.api.released.set()
    (last,) = pending
    first = await last
    assert await shop.run(connector_id, "held", {"name": "One"}, key="k") == first
    assert (first.ok, shop.api.count) == (True, 1)


async def test_a_key_stands_for_its_parameters(shop: Shop) -> None:
    connector_id = await shop.connector(ADD)
    await shop.run(connector_id, "add", {"name": "One"}, key="k")
    with pytest.raises(Conflict, match="used with other parameters"):
        await shop.run(connector_id, "add", {"name": "Two"}, key="k")
    assert shop.api.count == 1


async def test_a_key_is_its_users_and_its_actions(shop: Shop) -> None:
    connector_id = await shop.connector(ADD, {**ADD, "id": "add_too"})
    await shop.run(connector_id, "add", {"name": "One"}, key="k")
    await shop.run(connector_id, "add_too", {"name": "One"}, key="k")
    await runs.run_action(shop.admin, connector_id, "add", RunIn(params={"name": "One"}), key="k")
    assert shop.api.count == 3


async def test_a_key_is_free_again_when_nothing_was_sent(shop: Shop) -> None:
    """Refused parameters, a connector without a credential."""
    connector_id = await shop.connector(ADD, scheme="bearer")
    with pytest.raises(Invalid):
        await shop.run(connector_id, "add", {"other": "One"}, key="k")
    await connectors.replace_connector(
        shop.admin,
        connector_id,
        ConnectorIn.model_validate(shop.document(ADD, scheme="basic")),
    )
    failed = await shop.run(connector_id, "add", {"name": "One"}, key="k")
    assert failed.error is not None
    assert failed.error.kind == "credential"
    await shop.credential(connector_id, "basic")
    assert (await shop.run(connector_id, "add", {"name": "One"}, key="k")).ok


async def test_a_failed_calls_answer_stands_too(shop: Shop) -> None:
    connector_id = await shop.connector({**ADD, "endpoint": "/faults/broken"})
    first = await shop.run(connector_id, "add", key="k")
    assert first.status_code == 500
    assert await shop.run(connector_id, "add", key="k") == first
    assert shop.api.count == 1


@pytest.mark.settings(connector_timeout_seconds=30)
async def test_a_run_that_died_frees_its_key_in_minutes(shop: Shop) -> None:
    connector_id = await shop.connector(ADD)
    died = await idempotency.claim(shop.actor, connector_id, "add", "k", {"name": "One"}, new_id())
    assert isinstance(died, idempotency.Claim)
    with pytest.raises(Conflict, match="in progress"):
        await shop.run(connector_id, "add", {"name": "One"}, key="k")
    async with db.read(shop.actor.tenant_id) as session:
        (held,) = (await session.exec(select(RunKey))).all()
    assert held.expires_at < utcnow() + timedelta(minutes=10)
    await pass_time(RunKey)
    out = await shop.run(connector_id, "add", {"name": "Two"}, key="k")
    assert (out.ok, shop.api.count) == (True, 1)
    # The dead one comes back too late to change anything.
    async with db.begin(shop.actor.tenant_id) as session:
        await idempotency.give_back(session, died)
    assert await shop.run(connector_id, "add", {"name": "Two"}, key="k") == out


async def test_a_key_is_forgotten_after_a_day(shop: Shop) -> None:
    connector_id = await shop.connector(ADD)
    await shop.run(connector_id, "add", {"name": "One"}, key="k")
    async with db.read(shop.actor.tenant_id) as session:
        (held,) = (await session.exec(select(RunKey))).all()
    assert timedelta(hours=23) < held.expires_at - utcnow() < timedelta(hours=25)
    await pass_time(RunKey)
    await shop.run(connector_id, "add", {"name": "Two"}, key="k")
    assert shop.api.count == 2


async def test_an_answer_is_kept_for_its_time(shop: Shop) -> None:
    connector_id = await shop.connector(LIST)
    first = await shop.run(connector_id, "list")
    again = await shop.run(connector_id, "list")
    assert (first.cached, again.cached, again.ok) == (False, True, True)
    assert (again.data, again.status_code, again.pages) == (25, 200, 1)
    assert shop.api.count == 1
    execution = (await shop.executions())[0]
    assert (execution.id, execution.cached, execution.status_code, execution.ok) == (
        again.execution_id, True, 200, True,
    )  # fmt: skip
    assert execution.url == f"{shop.api.base()}/items"
    await pass_time(CachedAnswer)
    assert not (await shop.run(connector_id, "list")).cached
    assert (await shop.run(connector_id, "list")).cached
    assert shop.api.count == 2


async def test_other_parameters_have_other_answers(shop: Shop) -> None:
    connector_id = await shop.connector(LIST)
    assert (await shop.run(connector_id, "list")).data == 25
    assert (await shop.run(connector_id, "list", {"q": "item 2"})).data == 7
    assert (await shop.run(connector_id, "list", {"q": None})).cached


async def test_fresh_passes_by_the_cache_and_renews_it(shop: Shop) -> None:
    connector_id = await shop.connector(LIST, ADD)
    await shop.run(connector_id, "list")
    await shop.run(connector_id, "add", {"name": "New"})
    assert (await shop.run(connector_id, "list")).data == 25
    assert (await shop.run(connector_id, "list", fresh=True)).data == 26
    again = await shop.run(connector_id, "list")
    assert (again.data, again.cached) == (26, True)


async def test_a_failure_is_not_kept(shop: Shop) -> None:
    connector_id = await shop.connector({"id": "it", "endpoint": "/faults/broken", "cache_seconds": 60})
    await shop.run(connector_id)
    await shop.run(connector_id)
    assert shop.api.count == 2


async def test_another_credential_or_action_has_other_answers(shop: Shop) -> None:
    connector_id = await shop.connector(LIST, scheme="bearer")
    await shop.run(connector_id, "list")
    assert (await shop.run(connector_id, "list")).cached
    await shop.credential(connector_id, "bearer")
    assert not (await shop.run(connector_id, "list")).cached
    document = {**shop.document({**LIST, "response": "data[0].id"}, scheme="bearer"), "name": "shop_1"}
    await connectors.replace_connector(shop.admin, connector_id, ConnectorIn.model_validate(document))
    changed = await shop.run(connector_id, "list")
    assert (changed.cached, changed.data) == (False, 1)


async def test_an_answer_that_was_kept_is_its_tenants(shop: Shop) -> None:
    mallory = shop.people.mallory.actor
    connector_id = await shop.connector(LIST)
    await shop.run(connector_id, "list")
    with pytest.raises(NotFound):
        await runs.run_action(mallory, connector_id, "list", RunIn())
    with pytest.raises(NotFound):
        await response_cache.clear_cache(mallory, connector_id)
    assert (await shop.run(connector_id, "list")).cached


async def test_the_cache_is_emptied_by_hand(shop: Shop) -> None:
    connector_id, other = await shop.connector(LIST), await shop.connector(LIST)
    await shop.run(connector_id, "list")
    await shop.run(other, "list")
    with pytest.raises(Forbidden, match="Engineer role required"):
        await response_cache.clear_cache(shop.people.vera.actor, connector_id)
    await response_cache.clear_cache(shop.actor, connector_id)
    assert not (await shop.run(connector_id, "list")).cached
    assert (await shop.run(other, "list")).cached


@pytest.mark.both_databases
async def test_many_runs_at_once_keep_one_answer(shop: Shop) -> None:
    connector_id = await shop.connector(LIST)
    out = await asyncio.gather(*(shop.run(connector_id, "list") for _ in range(8)))
    assert [one.data for one in out] == [25] * 8
    async with db.read(shop.actor.tenant_id) as session:
        assert (await session.exec(select(func.count()).select_from(CachedAnswer))).one() == 1
    assert len(await shop.executions()) == 8
