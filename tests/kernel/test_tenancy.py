"""The ORM's wall: whatever a query forgets, a tenant's session reads and writes its own rows only."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, make_transient_to_detached
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import db
from hub_app.kernel.tenancy import TenancyError
from hub_app.webhooks.tables import Event, WebhookDelivery, WebhookEndpoint
from tests.kernel.conftest import Two, endpoint

pytestmark = pytest.mark.both_databases

E: Any = WebhookEndpoint
Statement = sa.Select[tuple[UUID]]

alias: Any = aliased(E)
READS: dict[str, Callable[[], object]] = {
    "entity": lambda: sa.select(E.id).select_from(E),
    "column": lambda: sa.select(E.id),
    "alias": lambda: sa.select(alias.id),
    "subquery": lambda: sa.select(sa.select(E.id).subquery().c.id),
    "cte": lambda: sa.select(sa.select(E.id).cte().c.id),
    "in": lambda: sa.select(E.id).where(col(E.id).in_(sa.select(alias.id))),
    "union": lambda: sa.union_all(sa.select(E.id), sa.select(E.id).where(E.name == "other")),
    "join": lambda: sa.select(E.id).join(alias, alias.name == E.name),
    "outer join": lambda: sa.select(E.id).outerjoin(alias, sa.true()),
}


@pytest.mark.parametrize("name", READS)
async def test_a_forgetful_query_sees_one_tenant(two: Two, name: str) -> None:
    async with db.read(two.ours) as session:
        found = set((await session.execute(READS[name]())).scalars())  # type: ignore[call-overload]
    assert found == {two.our_endpoint}


async def test_counts_existence_and_get_see_one_tenant(two: Two) -> None:
    async with db.read(two.ours) as session:
        assert (await session.execute(sa.select(sa.func.count()).select_from(E))).scalar_one() == 1
        others = sa.select(alias.id).where(alias.name == "other")
        assert (await session.execute(sa.select(E.id).where(others.exists()))).all() == []
        assert (await session.execute(sa.select(E.id).where(E.id == two.their_endpoint))).all() == []
        assert await session.get(E, (two.theirs, two.their_endpoint)) is None
        assert await session.get(E, (two.ours, two.our_endpoint)) is not None


async def test_updates_and_deletes_touch_one_tenant(two: Two) -> None:
    async with db.begin(two.ours) as session:
        changed = await session.exec(sa.update(E).values(description="x"))
        assert changed.rowcount == 1
        removed = await session.exec(sa.delete(E).where(col(E.name) == "other"))
        assert removed.rowcount == 0
    async with db.read(two.theirs) as session:
        assert (await session.exec(select(E.description))).all() == [""]


async def test_a_foreign_row_is_not_written(two: Two) -> None:
    with pytest.raises(TenancyError):
        async with db.begin(two.ours) as session:
            session.add(endpoint(two.theirs, "smuggled"))


async def test_a_row_cannot_be_relabelled(two: Two) -> None:
    with pytest.raises(TenancyError):
        async with db.begin(two.ours) as session:
            row = (await session.exec(select(E))).one()
            row.tenant_id = two.theirs
            session.add(row)


async def test_a_forged_row_does_not_attach(two: Two) -> None:
    row = endpoint(two.theirs, "forged")
    row.id = two.their_endpoint
    make_transient_to_detached(row)
    with pytest.raises(TenancyError):
        async with db.begin(two.ours) as session:
            session.add(row)


async def test_a_new_row_gets_the_sessions_tenant(two: Two) -> None:
    row = E(name="unlabelled", origin="https://example.com", retry_policy="NONE")
    async with db.begin(two.ours) as session:
        session.add(row)
    assert row.tenant_id == two.ours


HOLES: dict[str, Callable[[AsyncSession, Two], object]] = {
    "core select": lambda s, _: s.execute(sa.select(E.__table__)),
    "core update": lambda s, _: s.execute(sa.update(E.__table__).values(name="x")),
    "core delete": lambda s, _: s.execute(sa.delete(E.__table__)),
    "text": lambda s, _: s.execute(sa.text("select 1")),
    "text within": lambda s, _: s.execute(sa.select(E.id).where(sa.text("1=1"))),
    "orm insert": lambda s, two: s.execute(sa.insert(E), [endpoint(two.theirs, "x").model_dump()]),
    "bulk update by key": lambda s, two: s.execute(
        sa.update(E), [{"tenant_id": two.theirs, "id": two.their_endpoint, "name": "x"}]
    ),
    "connection": lambda s, _: s.connection(),
}


@pytest.mark.parametrize("name", HOLES)
async def test_what_would_pass_by_the_guard_is_refused(two: Two, name: str) -> None:
    async with db.begin(two.ours) as session:
        with pytest.raises(TenancyError):
            await HOLES[name](session, two)  # type: ignore[misc]


async def test_a_foreign_parent_is_refused_by_the_key_itself(two: Two) -> None:
    with pytest.raises(IntegrityError):
        async with db.begin(two.ours) as session:
            event = Event(tenant_id=two.ours, type="a.b", payload="{}")
            session.add(event)
            await session.flush()
            now = event.created_at
            session.add(
                WebhookDelivery(
                    tenant_id=two.ours,
                    endpoint_id=two.their_endpoint,
                    event_id=event.id,
                    event_type="a.b",
                    due_at=now,
                    expires_at=now,
                )
            )


async def test_a_read_session_cannot_write(two: Two) -> None:
    with pytest.raises(TenancyError):
        async with db.read(two.ours) as session:
            session.add(endpoint(two.ours, "late"))
            await session.flush()


async def test_a_unit_keeps_its_tenant(two: Two) -> None:
    async with db.begin(two.ours):
        with pytest.raises(TenancyError):
            async with db.begin(two.theirs):
                pass
        with pytest.raises(TenancyError):
            async with db.system("no way out"):
                pass


async def test_alternating_tenants_are_not_mixed_by_the_statement_cache(two: Two) -> None:
    for _ in range(3):
        for tenant, mine in ((two.ours, two.our_endpoint), (two.theirs, two.their_endpoint)):
            async with db.read(tenant) as session:
                assert (await session.exec(select(E.id))).all() == [mine]
