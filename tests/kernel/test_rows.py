"""A row by its id: the tenant's own, as it is now, locked against other changes when somebody means to change it."""

import asyncio

import pytest
from sqlmodel import col

from hub_app.kernel import db, rows
from hub_app.kernel.errors import NotFound
from hub_app.kernel.ids import new_id
from hub_app.webhooks.tables import WebhookEndpoint
from tests.kernel.conftest import Two, endpoint


async def test_it_is_the_tenants_own_and_holds_what_is_asked(two: Two) -> None:
    async with db.begin(two.ours) as session:
        session.add(made := endpoint(two.ours, "one"))
    async with db.read(two.ours) as session:
        assert (await rows.get(session, WebhookEndpoint, made.id)).name == "one"
        for row_id, only in ((new_id(), "one"), (made.id, "two")):
            with pytest.raises(NotFound, match="Integration not found"):
                await rows.get(session, WebhookEndpoint, row_id, col(WebhookEndpoint.name) == only)
    async with db.read(two.theirs) as session:
        with pytest.raises(NotFound):
            await rows.get(session, WebhookEndpoint, made.id)


async def test_whoever_locks_it_sees_what_the_one_before_did(two: Two) -> None:
    async with db.begin(two.ours) as session:
        session.add(made := endpoint(two.ours, "one"))
    locked = asyncio.Event()

    async def first() -> None:
        async with db.begin(two.ours) as session:
            row = await rows.get(session, WebhookEndpoint, made.id, lock=True)
            locked.set()
            await asyncio.sleep(0.2)
            row.description = "by the first"

    async def second() -> str:
        await locked.wait()
        async with db.begin(two.ours) as session:
            return (await rows.get(session, WebhookEndpoint, made.id, lock=True)).description

    assert (await asyncio.gather(first(), second()))[1] == "by the first"
