"""Selects that are made once: they find a tenant's own rows in every table that they read from."""

import pytest
import sqlalchemy as sa

from hub_app.kernel import db
from hub_app.kernel.lookups import Lookup, columns_of
from hub_app.kernel.tenancy import TenancyError
from hub_app.webhooks.tables import WebhookEndpoint
from tests.kernel.conftest import Two

pytestmark = pytest.mark.both_databases

_ENDPOINT = columns_of(WebhookEndpoint)
_NAMED = Lookup(lambda one_of: sa.select(_ENDPOINT.id, _ENDPOINT.name).where(one_of(_ENDPOINT.name)))


async def test_only_the_tenants_own_rows_are_found(two: Two) -> None:
    for tenant_id, found in (
        (two.ours, (two.our_endpoint, "mine")),
        (two.theirs, (two.their_endpoint, "other")),
    ):
        async with db.read(tenant_id) as session:
            assert await _NAMED.fetch(session, ["mine", "other", "neither"]) == [found]
            assert await _NAMED.fetch(session, []) == []


async def test_more_texts_than_a_statement_has_room_for(two: Two) -> None:
    async with db.read(two.ours) as session:
        found = await _NAMED.fetch(session, [*(f"name {n}" for n in range(70_000)), "mine"])
    assert [name for _, name in found] == ["mine"]


async def test_what_the_session_has_yet_to_write_is_found(two: Two) -> None:
    async with db.begin(two.ours) as session:
        session.add(
            WebhookEndpoint(tenant_id=two.ours, name="new", origin="https://a.example", retry_policy="NONE")
        )
        assert [name for _, name in await _NAMED.fetch(session, ["new"])] == ["new"]


async def test_system_work_has_no_tenant_to_look_for(two: Two) -> None:
    del two
    async with db.system("a test looks") as session:
        with pytest.raises(TenancyError):
            await _NAMED.fetch(session, ["mine"])
