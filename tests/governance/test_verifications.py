"""Verifications of the audit log: what they find, who hears of it, and who may see it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlmodel import col, select

from hub_app.governance.service import verifications
from hub_app.kernel import audit, audit_mac, audit_results, audit_runs, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.notices import notices_for
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import AuditEntry, AuditVerification, Schedule
from hub_app.kernel.tenancy import INSTALLATION
from tests import people as seeded
from tests.kernel import tampering
from tests.kernel.tampering import literal
from tests.kernel.ticks import Ticks
from tests.people import People, Person

LIST = "/v1/integration/operator/audit-verifications"
LOG = "/v1/integration/operator/audit"
OWN = "/v1/integration/audit/verification"
pytestmark = pytest.mark.both_databases


async def change_something_of(person: Person) -> None:
    mine = f"tenant_id = {literal(person.tenant_id)} and sequence = 1"
    await tampering.forge("update audit_entry set action = 'nothing.happened' where " + mine)  # noqa: S608 - an attacker's


async def own(client: httpx.AsyncClient, person: Person) -> dict[str, object]:
    answer = await client.get(OWN, headers=await seeded.headers(person))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_operator_has_it_verified_and_reads_what_was_found(
    client: httpx.AsyncClient, people: People
) -> None:
    alice = await seeded.headers(people.alice)
    assert (await own(client, people.vera))["whole"] is None
    asked = await client.post(LIST, headers=alice)
    assert (asked.status_code, asked.json()["outcome"]) == (202, "waiting")
    assert (await client.post(LIST, headers=alice)).status_code == 409
    await verifications.verify_daily()
    (one,) = (await client.get(LIST, headers=alice)).json()["items"]
    assert {k: one[k] for k in ("outcome", "source", "asked_by_name", "findings")} == {
        "outcome": "whole", "source": "operator", "asked_by_name": "Alice Moreau", "findings": []
    }  # fmt: skip
    assert one["id"] == asked.json()["id"]
    assert one["entries"] >= 5
    assert (await own(client, people.vera))["whole"] is True
    acts = (await client.get(LOG, headers=alice)).json()["items"]
    assert ("audit.verification_requested", "Alice Moreau") in {(a["action"], a["actor_name"]) for a in acts}


async def test_asking_makes_the_schedulers_task_due(people: People) -> None:
    async with db.system("a schedule", write=True) as session:
        session.add(Schedule(name=verifications.TASK, due_at=utcnow() + timedelta(days=1)))
    await verifications.verify_now(people.alice.actor)
    async with db.system("a test looks") as session:
        assert (await session.exec(select(Schedule.due_at))).one() <= utcnow()


async def test_operators_hear_of_a_change_until_a_later_verification_is_whole(
    client: httpx.AsyncClient, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    await audit_runs.run("command")
    assert await verifications.health() == (True, "The audit log was intact when it was last verified.")
    await tampering.keep()
    await change_something_of(people.alice)
    await verifications.verify_daily()
    assert "Entry 1 was changed or forged" in caplog.text
    assert (await verifications.health())[0] is False
    (notice,) = await notices_for(people.alice.actor)
    assert "entries were changed" in notice.text
    assert await notices_for(people.adam.actor) == []
    alice = await seeded.headers(people.alice)
    (finding,) = (await client.get(LIST, headers=alice)).json()["items"][0]["findings"]
    assert finding["log"] == "Acme"
    assert "Entry 1 was changed" in finding["sentences"][0]
    health = await client.get("/v1/integration/health", headers=alice)
    assert (health.status_code, health.json()["checks"]["audit"]["ok"]) == (503, False)
    await tampering.put_back()
    await verifications.verify_daily()
    assert await notices_for(people.alice.actor) == []
    assert (await verifications.health())[0] is True


async def test_a_tenant_is_told_about_its_own_log_alone(client: httpx.AsyncClient, people: People) -> None:
    await change_something_of(people.alice)
    await verifications.verify_daily()
    told = await own(client, people.vera)
    assert told["whole"] is False
    assert "Entry 1 was changed" in str(told["findings"])
    others = await own(client, people.mallory)
    assert (others["whole"], others["findings"]) == (True, [])


async def test_a_log_that_was_begun_later_is_not_called_verified(
    client: httpx.AsyncClient, people: People
) -> None:
    await verifications.verify_daily()
    async with db.system("time passes", write=True) as session:
        row = (await session.exec(select(AuditVerification))).one()
        row.started_at = utcnow() - timedelta(days=1)
        audit_results.prove(row)
        session.add(row)
    assert (await own(client, people.vera)) == {"verified_at": None, "whole": None, "findings": []}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_row_that_cannot_be_read_is_a_change_of_nobody_knows_whose_log(
    client: httpx.AsyncClient, people: People
) -> None:
    await tampering.forge("update audit_entry set created_at = 'nonsense' where sequence = 1")
    await verifications.verify_daily()
    alice = await seeded.headers(people.alice)
    (one,) = (await client.get(LIST, headers=alice)).json()["items"]
    assert one["outcome"] == "changed"
    assert "cannot have written" in one["note"]


async def test_one_that_was_cut_off_is_noted_and_keeps_nobody_from_the_next(people: People) -> None:
    await verifications.verify_now(people.alice.actor)
    with pytest.raises(Conflict):
        await verifications.verify_now(people.alice.actor)
    async with db.system("its process died long ago", write=True) as session:
        row = (await session.exec(select(AuditVerification))).one()
        row.outcome, row.created_at = "running", utcnow() - audit_runs.CUT_OFF
        audit_results.prove(row)
        session.add(row)
    await verifications.verify_now(people.alice.actor)
    await verifications.verify_daily()
    async with db.system("a test looks") as session:
        found = (
            await session.exec(select(AuditVerification.outcome).order_by(col(AuditVerification.id)))
        ).all()
    assert found == ["failed", "whole"]


_FORGED = (
    "insert into audit_verification (id, created_at, source, outcome, started_at, finished_at, entries, problems, note, mac)"
    " values ({}, '{}', 'scheduler', 'whole', '{}', '{}', 9, '{{}}', '', {})"
)


def forged_result(at: datetime, code: str = "'00000000:00'") -> str:
    moment = f"{at:%Y-%m-%d %H:%M:%S.%f}"
    return _FORGED.format(f"'{'f' * 32}'", moment, moment, moment, code)


_IN_A_YEAR = datetime(2099, 1, 1, tzinfo=UTC)
_OF_ANOTHER = "(select mac from audit_verification limit 1)"
_HIDDEN = "update audit_verification set {} where outcome = 'changed'"


@pytest.mark.parametrize(
    "statement",
    [
        forged_result(_IN_A_YEAR),
        forged_result(_IN_A_YEAR, _OF_ANOTHER),
        forged_result(_IN_A_YEAR, "''"),
        _HIDDEN.format("outcome = 'whole', problems = '{}'"),
        _HIDDEN.format("outcome = 'failed'"),
        _HIDDEN.format("outcome = 'running', finished_at = null"),
    ],
    ids=[
        "put in",
        "with another's code",
        "without a code",
        "made whole",
        "made one that says nothing",
        "made open",
    ],
)
async def test_a_forged_result_is_told_and_silences_nothing(
    client: httpx.AsyncClient, people: People, statement: str
) -> None:
    await change_something_of(people.alice)
    await verifications.verify_daily()
    await tampering.forge(statement)
    (notice,) = await notices_for(people.alice.actor)
    assert "Results of audit verifications were changed" in notice.text
    healthy, told = await verifications.health()
    assert (healthy, "were changed outside of Hub" in told) == (False, True)
    gauges = {one.name: one.value for one in await verifications.gauges()}
    assert gauges["hub_audit_intact"] == 0
    listed = (await client.get(LIST, headers=await seeded.headers(people.alice))).json()["items"]
    assert [(one["outcome"], one["source"]) for one in listed if one["note"]] == [("forged", "unknown")]
    _, report = await audit_runs.run("command")
    assert report is not None
    assert any("result" in one and "changed or forged" in one for one in report.problems[INSTALLATION])
    assert next(one["id"] for one in listed if one["note"]) in str(report.problems[INSTALLATION])
    assert await notices_for(people.alice.actor) != []


async def test_a_result_of_the_future_is_none_whoever_wrote_it(people: People) -> None:
    await audit_runs.run("command")
    async with db.system("a clock was wrong", write=True) as session:
        row = (await session.exec(select(AuditVerification))).one()
        row.created_at = utcnow() + timedelta(days=1)
        audit_results.prove(row)
        session.add(row)
    assert (await verifications.health())[0] is False
    assert len(await notices_for(people.alice.actor)) == 1


@pytest.mark.settings(secret_keys_old="another key of the tests")
async def test_a_result_under_a_former_key_is_believed(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = audit_mac.newest()
    with monkeypatch.context() as before:
        former = audit_mac._derived("another key of the tests")  # noqa: SLF001 - what was written before the exchange
        before.setattr(audit_mac, "newest", lambda: former)
        await audit_runs.run("command")
    assert former != now
    assert await notices_for(people.alice.actor) == []
    monkeypatch.setenv("SECRET_KEYS_OLD", "")
    get_settings.cache_clear()
    (notice,) = await notices_for(people.alice.actor)
    assert "name a key that Hub does not have" in notice.text


async def test_what_was_changed_by_hand_is_not_vouched_for_later(people: People) -> None:
    """A damaging result that is made to look as if it had been cut off long ago stays a forgery."""
    await change_something_of(people.alice)
    await verifications.verify_daily()
    long_ago = "2020-01-01 00:00:00.000000"
    await tampering.forge(
        f"update audit_verification set outcome = 'running', finished_at = null, created_at = '{long_ago}'"  # noqa: S608
    )
    _, report = await audit_runs.run("command")
    assert report is not None
    assert "changed or forged (audit_verification)" in str(report.problems[INSTALLATION])


async def test_a_forged_row_that_is_open_keeps_nobody_waiting(people: People) -> None:
    await verifications.verify_now(people.alice.actor)
    await tampering.forge("update audit_verification set asked_by = null")
    await verifications.verify_now(people.alice.actor)


async def test_the_installations_log_is_the_operators(client: httpx.AsyncClient, people: People) -> None:
    stranger = replace(
        people.alice.actor, tenant_id=INSTALLATION, user_id=None, name="", email="x@example.com"
    )
    async with db.system("somebody nobody knows", write=True) as session:
        await audit.record(session, stranger, "session.sign_in_failed")
    alice = await seeded.headers(people.alice)
    shown = (await client.get(LOG, params={"action": "session"}, headers=alice)).json()["items"]
    assert [one["actor_email"] for one in shown] == ["x@example.com"]
    assert (await client.get(f"{LOG}/{shown[0]['id']}", headers=alice)).json() == shown[0]
    export = await client.get(f"{LOG}/export", params={"format": "csv"}, headers=alice)
    assert "x@example.com" in export.text
    newest = (await client.get(LOG, headers=alice)).json()["items"][0]
    assert newest["action"] == "audit.exported"
    async with db.read(people.alice.tenant_id) as session:
        assert "session.sign_in_failed" not in (await session.exec(select(AuditEntry.action))).all()


async def test_none_of_it_is_for_anybody_else(client: httpx.AsyncClient, people: People) -> None:
    entry = "01890000-0000-7000-8000-000000000000"
    narrow = await seeded.headers(people.alice, "read:audit")
    for headers in (await seeded.headers(people.adam), await seeded.headers(people.mallory), narrow):
        for path in (LIST, LOG, f"{LOG}/export", f"{LOG}/{entry}"):
            answer = await client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["detail"]) == (403, "Operator required"), path
        assert (await client.post(LIST, headers=headers)).status_code == 403
    async with db.system("a test looks") as session:
        assert (await session.exec(select(AuditVerification))).all() == []


async def test_others_get_their_turn_while_the_log_is_read(people: People) -> None:
    async with db.begin(people.alice.tenant_id) as session:
        for _ in range(1500):
            await audit.record(session, people.alice.actor, "thing.changed")
    await asyncio.sleep(0)
    async with Ticks() as ticks:
        await verifications.verify_daily()
    assert ticks.longest_share < 0.05
