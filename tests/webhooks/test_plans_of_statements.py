"""PostgreSQL keeps the plan of a statement that it has prepared. One made while tables were nearly empty reads all of them when
they are full, so what the dispatcher does is planned each time.
"""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa

from hub_app.kernel.batch import Batch
from hub_app.kernel.clock import utcnow
from hub_app.kernel.statements import Statement
from hub_app.webhooks.delivery import store
from hub_app.webhooks.delivery.claimed import ClaimedDelivery, Outcome, Result
from hub_app.webhooks.delivery.store import QUEUE
from tests.webhooks.conftest import Acme

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

# The driver prepares a statement at its sixth run, PostgreSQL settles on a plan after five more.
_RUNS = 15
_ROWS = 100_000
_SCANNED = Statement(
    "select relname, seq_tup_read from pg_stat_xact_user_tables where seq_tup_read > 0",
    {},
    (sa.String(), sa.Integer()),
)


async def turn(done: list[ClaimedDelivery], amount: int) -> tuple[list[ClaimedDelivery], dict[str, int]]:
    """Record these and claim more, as the dispatcher does; what was claimed, and how many rows scans of tables read."""
    now = utcnow()
    batch = Batch(None)
    store.add(batch, [Result(one, "succeeded", now, Outcome(now, 5, status_code=200)) for one in done])
    claim = batch.add(QUEUE.claiming(batch.dialect, now + timedelta(seconds=1), amount, per_partition=amount))
    batch.add(QUEUE.next_due_at(batch.dialect))
    scanned = batch.add(_SCANNED)
    found = await batch.commit()
    return [store.delivery_of(row) for row in QUEUE.claimed(found[claim], amount)], dict(found[scanned])


async def grow(database_url: str, endpoint_id: UUID) -> None:
    """A year passes, before PostgreSQL has looked at what is in its tables."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute(
            "insert into event (tenant_id, id, created_at, type, payload)"
            " select tenant_id, gen_random_uuid(), now(), 'old', '{}' from webhook_endpoint, generate_series(1, %s)",
            (_ROWS,),
        )
        await connection.execute(
            "insert into webhook_delivery (tenant_id, id, created_at, endpoint_id, event_id, event_type, status, attempts,"
            " tries, trigger, due_at, expires_at, error_kind)"
            " select tenant_id, gen_random_uuid(), now(), %s, id, 'old', 'succeeded', 1, 1, 'schedule', now(), now(), ''"
            " from event where type = 'old'",
            (endpoint_id,),
        )


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_turn_scans_no_table_that_has_grown_since_the_first_ones(
    acme: Acme, database_url: str
) -> None:
    endpoint_id = await acme.endpoint()
    done: list[ClaimedDelivery] = []
    for _ in range(_RUNS):
        await acme.publish(3)
        done, _ = await turn(done, 200)
        assert len(done) == 3
    await grow(database_url, endpoint_id)
    await acme.publish(200)
    done, scanned = await turn(done, 200)
    assert len(done) == 200
    _, more = await turn(done, 200)
    assert {name: count for name, count in (scanned | more).items() if count > 1000} == {}
