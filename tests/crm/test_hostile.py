"""A CRM that answers what no database takes: each odd record is set aside or kept as far as it can be, and the others arrive."""

from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import quarantine
from hub_app.sync.tables import SyncLink, SyncQuarantine
from tests.crm.acme import ALL, Acme, unexplained
from tests.crm.mapped import require
from tests.peers.tave import Tave
from tests.peers.tave.store import ADDRESS_BOOK

pytestmark = [
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000",
        sync_retry_seconds="0",
    ),
]
CLIENTS: dict[str, Any] = {"resources": ["clients"]}


@pytest.fixture
async def tave() -> AsyncGenerator[Tave]:
    async with Tave(contacts=8, jobs=0) as running:
        yield running


def instead(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw.replace(old, new)


ODD: dict[str, Callable[[bytes], bytes]] = {
    "nul": instead(b'"Odd"', rb'"O\u0000dd"'),
    "nul in a name of a field": instead(b'"firstName"', rb'"x\u0000":"y","firstName"'),
    "half a character": instead(b'"Odd"', rb'"O\ud800dd"'),
    "half a character in a name": instead(b'"firstName"', rb'"x\ud800":"y","firstName"'),
    "a long number": instead(b'"Odd"', b"1" + b"0" * 40),
    "a long text": instead(b'"Odd"', b'"' + b"O" * 2_000_000 + b'"'),
    "nested deeply": instead(b'"Odd"', b"[" * 700 + b"1" + b"]" * 700),
    "many fields": instead(
        b'"firstName"', b",".join(b'"f%d":"%d"' % (n, n) for n in range(50_000)) + b',"firstName"'
    ),
    "a long id": instead(b'"id"', b'"id":"' + b"x" * 230 + b'","was"'),
    "no object": lambda _: b'"text"',
    "the first day": lambda raw: orjson.dumps({**orjson.loads(raw), "modified": "0001-01-01T00:00:00+14:00"}),
    "the last day": lambda raw: orjson.dumps({**orjson.loads(raw), "modified": "9999-12-31T23:59:59-14:00"}),
}


def add_odd(tave: Tave, odd: Callable[[bytes], bytes]) -> str:
    """A contact without an e-mail address, as this API says it."""
    added = tave.add(firstName="Odd", lastName="Berg")
    row = tave.collections[ADDRESS_BOOK].rows[added]
    row.raw = odd(row.raw)
    tave.collections[ADDRESS_BOOK].changed()
    return added


async def imported(acme: Acme, connection_id: UUID, job_type: str = "full_import") -> SyncJobOut:
    job = await acme.sync(connection_id, job_type, **CLIENTS)
    assert (job.job_status, unexplained(job)) == ("completed", 0), job.error_details
    return job


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
async def test_the_others_arrive_and_what_is_set_aside_can_be_looked_at(
    acme: Acme, tave: Tave, odd: Callable[[bytes], bytes]
) -> None:
    made = await acme.connect()
    others = {one for one in tave.ids() if tave.document(one)["kind"] in {"person", "company"}}
    others -= {one for one in others if tave.document(one).get("hidden")}
    add_odd(tave, odd)
    await imported(acme, made.id)
    links = {one.external_id for one in await acme.rows(SyncLink)}
    assert others <= links
    # Everybody is looked at anew, and the odd one, who has no address, is set aside.
    await require(acme, made.id, "clients", "email")
    job = await imported(acme, made.id)
    assert job.counts["clients"]["quarantined"] >= 1
    for one in (await quarantine.list_quarantine(acme.actor, made.id, ALL)).items:
        await quarantine.get_quarantined(acme.actor, one.id)
    await imported(acme, made.id, "incremental_sync")


async def test_a_total_that_no_column_holds_is_no_total(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    tave.faults.set({"total_off_by": 10**15})
    job = await imported(acme, made.id)
    assert job.records_total is None
    assert await acme.rows(SyncLink)


async def test_a_time_in_the_future_hides_no_later_change(acme: Acme, tave: Tave) -> None:
    tave.age(timedelta(days=1))
    made = await acme.connect()
    tave.add(at=tave.now() + timedelta(days=4000), firstName="From", lastName="Tomorrow")
    ids = [tave.add(firstName=f"No {number}", lastName="Berg") for number in range(130)]
    await imported(acme, made.id)
    for one in ids:
        tave.edit(one, companyName="Changed")
    job = await imported(acme, made.id, "incremental_sync")
    assert job.records_updated == len(ids)


async def test_records_of_one_id_on_one_page_are_one(acme: Acme, tave: Tave) -> None:
    made = await acme.connect()
    first = tave.add(firstName="Mia", lastName="Berg")
    add_odd(tave, lambda _: tave.collections[ADDRESS_BOOK].rows[first].raw.replace(b"Mia", b"Ina"))
    job = await imported(acme, made.id)
    assert job.counts["clients"]["repeated"] >= 1
    assert [one.external_id for one in await acme.rows(SyncLink)].count(first) == 1
    assert not await acme.rows(SyncQuarantine)
