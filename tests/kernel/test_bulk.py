"""Rows found by keys of many tenants."""

import pytest

from hub_app.kernel import bulk, db
from hub_app.kernel.ids import new_id
from hub_app.kernel.tenancy import TenancyError
from hub_app.webhooks.tables import Event, WebhookEndpoint
from tests.kernel.conftest import Two

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("lock", [False, True])
async def test_rows_are_found_by_their_keys_and_only_together_with_their_tenant(two: Two, lock: bool) -> None:  # noqa: FBT001 - a parameter of the test
    keys = {(two.ours, two.our_endpoint), (two.theirs, two.their_endpoint), (two.ours, new_id())}
    keys |= {(two.theirs, two.our_endpoint)}
    async with db.system("a test looks", write=lock) as session:
        found = await bulk.select_by_key(session, WebhookEndpoint, keys, ["name", "created_at"], lock=lock)
        assert await bulk.select_by_key(session, WebhookEndpoint, [], ["name"]) == {}
    assert {row_id: row["name"] for row_id, row in found.items()} == {
        two.our_endpoint: "mine",
        two.their_endpoint: "other",
    }
    assert all(row["created_at"].tzinfo is not None for row in found.values())


async def test_more_keys_than_a_statement_has_room_for(two: Two) -> None:
    """SQLite takes 32,766 values, PostgreSQL 65,535; all keys are one value."""
    async with db.system("a test writes", write=True) as session:
        made = [Event(tenant_id=two.ours, type="a.b", payload="1") for _ in range(3)]
        session.add_all(made)
    keys = [(two.ours, new_id()) for _ in range(70_000)] + [(two.ours, one.id) for one in made]
    async with db.system("a test looks") as session:
        assert (await bulk.select_by_key(session, Event, keys, ["type"])).keys() == {one.id for one in made}


async def test_a_tenants_session_looks_up_no_keys_of_others(two: Two) -> None:
    async with db.read(two.ours) as session:
        with pytest.raises(TenancyError):
            await bulk.select_by_key(session, WebhookEndpoint, [(two.theirs, two.their_endpoint)], ["name"])
