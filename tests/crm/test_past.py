"""The time machine: a record at any moment of its past, and what was restored is kept by the next import."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.crm.service import records
from hub_app.kernel.errors import NotFound
from hub_app.sync.journal import difference, put_back
from hub_app.sync.service.past import NotYetMade
from hub_app.sync.tables import SyncVersion
from tests import people as seeded
from tests.crm.acme import ALL, Acme

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"
)
CLIENTS: dict[str, Any] = {"resources": ["clients"]}
HERE = "/api/crm/records"


async def told(acme: Acme, external_id: str) -> dict[int, datetime]:
    """When each version of a record was made, by its number; the first of a number counts."""
    record = await acme.record(external_id)
    found = [one for one in await acme.rows(SyncVersion) if one.record_id == record.id]
    return {one.number: one.created_at for one in reversed(found)}


@pytest.mark.both_databases
async def test_any_moment_is_shown_as_it_was(acme: Acme) -> None:
    made = await acme.connect()
    one = acme.tave.add(firstName="Ada", lastName="One", email="one@berg.example")
    await acme.sync(made.id, **CLIENTS)
    before = datetime.now(UTC)
    await acme.edit(one, email="two@berg.example")
    await acme.edit(one, phone="+4930111111")
    acme.tave.edit(one, lastName="Three")
    await acme.sync(made.id, "incremental_sync", **CLIENTS)
    record = await acme.record(one)

    past = await records.get_past(acme.actor, record.id, moment=before)
    assert past.fields["email"] == "one@berg.example"
    assert "phone" not in past.fields
    changes = {change.field: (change.before, change.after) for change in past.changes}
    assert changes["email"] == ("two@berg.example", "one@berg.example")
    assert changes["last_name"] == ("Three", "One")
    assert changes["phone"] == ("+4930111111", None)
    # To its edges: at the moment of a version it is as that made it, and just before as it was.
    moments = await told(acme, one)
    at = await records.get_past(acme.actor, record.id, moment=moments[2])
    assert (at.made_by.version, at.fields["email"]) == (2, "two@berg.example")
    just_before = await records.get_past(acme.actor, record.id, moment=moments[2] - timedelta(microseconds=1))
    assert just_before.fields["email"] == "one@berg.example"
    # From version to version, there and back.
    numbers = [at.made_by.version]
    while at.later_id is not None:
        at = await records.get_past(acme.actor, record.id, version_id=at.later_id)
        numbers.append(at.made_by.version)
    assert numbers == sorted(set(numbers))
    assert not at.changes
    while at.earlier_id is not None:
        at = await records.get_past(acme.actor, record.id, version_id=at.earlier_id)
    assert at.made_by.kind == "created"
    with pytest.raises(NotYetMade, match="was made later"):
        await records.get_past(acme.actor, record.id, moment=before - timedelta(days=1))


@pytest.mark.both_databases
async def test_what_was_restored_is_kept_by_the_next_import_until_it_changes_there(acme: Acme) -> None:
    made = await acme.connect(sync_direction="bidirectional")
    one = acme.tave.add(firstName="Ada", lastName="Berg", email="one@berg.example")
    await acme.sync(made.id, **CLIENTS)
    record = await acme.record(one)
    first = (await records.list_versions(acme.actor, record.id, ALL)).items[-1].id
    acme.tave.edit(one, email="two@berg.example", cellPhone={"e164": "+4930222222"})
    await acme.sync(made.id, "incremental_sync", **CLIENTS)

    # To a former value, and to no value at all.
    await records.restore_record(acme.actor, record.id, first, fields=["email", "phone"])
    values = (await acme.values())[one]
    assert (values["email"], values.get("phone")) == ("one@berg.example", None)
    await acme.sync(made.id, "full_import", **CLIENTS)
    values = (await acme.values())[one]
    assert (values["email"], values.get("phone")) == ("one@berg.example", None)
    # It travels as any change made here does.
    await acme.sync(made.id, "incremental_sync", **CLIENTS)
    document = acme.tave.document(one)
    assert (document["email"], document["cellPhone"]) == ("one@berg.example", None)
    # And a later change there is one.
    acme.tave.edit(one, email="three@berg.example")
    await acme.sync(made.id, "incremental_sync", **CLIENTS)
    assert (await acme.values())[one]["email"] == "three@berg.example"
    # The restoring can be taken back itself.
    versions = (await records.list_versions(acme.actor, record.id, ALL)).items
    restored = next(version for version in versions if version.kind == "restored")
    past = await records.get_past(acme.actor, record.id, version_id=restored.id)
    assert past.earlier_id is not None
    former = await records.get_past(acme.actor, record.id, version_id=past.earlier_id)
    assert former.fields["phone"] == "+4930222222"


async def test_the_archive_and_what_was_erased_are_told_as_they_were(acme: Acme) -> None:
    made = await acme.connect()
    one = acme.tave.add(firstName="Ada", lastName="Berg", email="one@berg.example")
    await acme.sync(made.id, **CLIENTS)
    record = await acme.record(one)
    before = datetime.now(UTC)
    await acme.archive(one)
    assert (await records.get_past(acme.actor, record.id, moment=before)).archived_at is None
    assert (await records.get_past(acme.actor, record.id)).archived_at is not None


@pytest.mark.both_databases
async def test_rest_tells_a_moment_and_only_to_its_tenant(acme: Acme, client: httpx.AsyncClient) -> None:
    made = await acme.connect()
    one = acme.tave.add(firstName="Ada", lastName="Berg", email="one@berg.example")
    await acme.sync(made.id, **CLIENTS)
    record = await acme.record(one)
    headers = await seeded.headers(acme.people.vera)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    answer = await client.get(f"{HERE}/{record.id}/at", params={"time": now}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["fields"]["email"] == "one@berg.example"
    assert answer.headers["etag"]
    early = await client.get(
        f"{HERE}/{record.id}/at", params={"time": "2020-01-01T00:00:00Z"}, headers=headers
    )
    assert (early.status_code, early.json()["title"]) == (404, "Not made yet")
    neither = await client.get(f"{HERE}/{record.id}/at", headers=headers)
    assert neither.status_code == 400
    with pytest.raises(NotFound):
        await records.get_past(acme.people.mallory.actor, record.id)


values = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), max_size=3)


@given(st.lists(values, min_size=1, max_size=8))
def test_what_came_later_is_taken_back_to_any_version(states: list[dict[str, int]]) -> None:
    """What the time machine stands on."""
    changes = [difference(old, new) for old, new in zip([{}, *states], states, strict=False)]
    now = states[-1]
    for at in range(len(states) - 1, -1, -1):
        assert now == states[at]
        now = put_back(now, *changes[at])
