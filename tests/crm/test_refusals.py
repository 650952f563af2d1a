"""What REST says when a sync cannot be started or a CRM cannot be connected: status, title and detail of each refusal."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import update

from hub_app.governance.schemas.consents import ConsentSettingPatch
from hub_app.governance.service import consent_settings
from hub_app.identity.schemas.operator import OperatedTenantPatch
from hub_app.identity.service import operated
from hub_app.kernel import db
from hub_app.kernel.ids import new_id
from hub_app.sync.tables import SyncConnection, SyncJob, SyncRecord, SyncVersion
from tests import people as seeded
from tests.crm.acme import Acme
from tests.peers.tave import KEY
from tests.people import Person

pytestmark = [
    pytest.mark.both_databases,
    pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000"),
]
HERE = "/api/crm/integrations"
FULL = {"job_type": "full_import"}


class Rest:
    """Calls of one person after the other."""

    def __init__(self, client: httpx.AsyncClient, acme: Acme) -> None:
        self.client = client
        self.acme = acme

    async def send(self, who: Person, method: str, path: str, *scopes: str, **body: Any) -> httpx.Response:
        headers = await seeded.headers(who, *scopes)
        return await self.client.request(method, path, json=body or None, headers=headers)

    async def connect(self, who: Person, **changes: Any) -> httpx.Response:
        return await self.send(who, "POST", HERE, **document(self.acme, **changes))


def document(acme: Acme, **changes: Any) -> dict[str, Any]:
    auth = {"api_key": KEY, "base_url": acme.tave.base}
    return {"crm_provider": "tave", "connection_name": "Studio", "auth_config": auth} | changes


@pytest.fixture
def rest_of(client: httpx.AsyncClient, acme: Acme) -> Rest:
    return Rest(client, acme)


def said(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, problem["title"], problem["detail"]


def fields(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {one["field"]: one["message"] for one in answer.json()["errors"]}


async def becomes(connection_id: UUID, status: str) -> None:
    async with db.system("a connection's state", write=True) as session:
        changed = update(SyncConnection).where(SyncConnection.id == connection_id).values(status=status)  # type: ignore[arg-type]
        await session.exec(changed)


async def put_on(acme: Acme, tier: str) -> None:
    given = OperatedTenantPatch.model_validate({"tier": tier})
    await operated.update_tenant(acme.people.alice.actor, acme.tenant_id, given)


async def test_what_is_not_connected_is_not_synced(rest_of: Rest, acme: Acme) -> None:
    made = await acme.connect()
    for status in ("pending_auth", "disconnected"):
        await becomes(made.id, status)
        for path in ("sync", "sync/preview"):
            answer = await rest_of.send(acme.people.erin, "POST", f"{HERE}/{made.id}/{path}", **FULL)
            expected = (400, "Integration not connected", "Please complete the authentication setup first")
            assert said(answer) == expected
    assert await acme.rows(SyncJob) == []


async def test_of_two_at_once_one_starts(rest_of: Rest, acme: Acme) -> None:
    made = await acme.connect()
    path = f"{HERE}/{made.id}/sync"
    answers = await asyncio.gather(*(rest_of.send(acme.people.erin, "POST", path, **FULL) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            expected = (409, "Sync already in progress", "Please wait for the current sync to complete")
            assert said(answer) == expected
    assert len(await acme.rows(SyncJob)) == 1


async def test_a_running_job_is_told_before_what_is_wrong_with_the_connection(
    rest_of: Rest, acme: Acme
) -> None:
    made = await acme.connect()
    path = f"{HERE}/{made.id}/sync"
    await rest_of.send(acme.people.erin, "POST", path, **FULL)
    await becomes(made.id, "pending_auth")
    assert said(await rest_of.send(acme.people.erin, "POST", path, **FULL))[0] == 409


@pytest.mark.parametrize(("tier", "most"), [("free", 0), ("starter", 1), ("professional", 3), ("scale", 5)])
async def test_each_tier_has_its_limit(tier: str, most: int, rest_of: Rest, acme: Acme) -> None:
    await put_on(acme, tier)
    for number in range(most):
        answer = await rest_of.connect(acme.people.adam, connection_name=f"Studio {number}")
        assert answer.status_code == 201, answer.text
    answer = await rest_of.connect(acme.people.adam, connection_name="One more")
    sentence = f"Your {tier} plan allows {most} integrations. Upgrade to add more."
    assert said(answer) == (402, "Integration limit reached", sentence)
    assert len(await acme.rows(SyncConnection)) == most


async def test_a_limit_holds_for_two_at_once(rest_of: Rest, acme: Acme) -> None:
    await put_on(acme, "starter")
    names = ("First", "Second")
    both = await asyncio.gather(*(rest_of.connect(acme.people.adam, connection_name=one) for one in names))
    assert sorted(one.status_code for one in both) == [201, 402]


async def test_another_tenants_connection_is_none(rest_of: Rest, acme: Acme) -> None:
    made = await acme.connect()
    for one in (made.id, new_id()):
        for method, path in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/sync"),
            ("POST", "/test"),
            ("GET", "/sync-jobs"),
        ):
            body = FULL if path == "/sync" else {"connection_name": "Mine"} if method == "PATCH" else {}
            answer = await rest_of.send(acme.people.mallory, method, f"{HERE}/{one}{path}", **body)
            assert (said(answer)[0], said(answer)[2]) == (404, "Integration not found")
    assert (await acme.integration()).connection_name == "Studio"


async def test_viewers_look_and_engineers_sync(rest_of: Rest, acme: Acme) -> None:
    made, people = await acme.connect(), acme.people
    here = f"{HERE}/{made.id}"
    assert (await rest_of.send(people.vera, "GET", here)).status_code == 200
    refused = [
        await rest_of.send(people.vera, "POST", f"{here}/sync", **FULL),
        await rest_of.send(people.vera, "POST", f"{here}/sync/preview", **FULL),
        await rest_of.send(people.vera, "POST", f"{here}/reconciliation/check"),
        await rest_of.send(people.erin, "PATCH", here, connection_name="Mine"),
        await rest_of.send(people.erin, "DELETE", here),
        await rest_of.send(people.erin, "POST", f"{here}/test"),
        await rest_of.send(people.erin, "POST", f"{here}/pause"),
        await rest_of.connect(people.erin, connection_name="Mine"),
    ]
    assert [one.status_code for one in refused] == [403] * len(refused)
    assert "engineer" in said(refused[0])[2].lower()
    assert (await rest_of.send(people.erin, "POST", f"{here}/sync", **FULL)).status_code == 201


async def test_without_a_login_nothing_is_told(client: httpx.AsyncClient, acme: Acme) -> None:
    assert (await client.post(HERE, json=document(acme))).status_code == 401


async def test_tokens_do_what_their_scopes_allow(rest_of: Rest, acme: Acme) -> None:
    made = await acme.connect()
    adam, here = acme.people.adam, f"{HERE}/{made.id}"
    assert (await rest_of.send(adam, "GET", here, "read:crm")).status_code == 200
    assert (await rest_of.send(adam, "POST", f"{here}/sync", "read:crm", **FULL)).status_code == 403
    assert (await rest_of.send(adam, "GET", here, "read:webhooks")).status_code == 403
    assert (await rest_of.send(adam, "POST", f"{here}/sync", "write:crm", **FULL)).status_code == 201


async def test_bad_settings_name_their_field(rest_of: Rest, acme: Acme) -> None:
    adam = acme.people.adam
    for minutes in (14, 1441, "soon"):
        answer = await rest_of.connect(adam, sync_config={"sync_interval_minutes": minutes})
        assert list(fields(answer)) == ["sync_config.sync_interval_minutes"]
    unknown = fields(await rest_of.connect(adam, crm_provider="shoebox"))
    assert unknown["crm_provider"].startswith("is not a CRM that Hub knows. It must be one of tave")
    assert "colour" in fields(await rest_of.connect(adam, colour="red"))
    auth = {"api_key": KEY, "token": "x"}
    assert (
        fields(await rest_of.connect(adam, auth_config=auth))["auth_config.token"] == "is not a known field"
    )
    assert fields(await rest_of.connect(adam, auth_config={}))["auth_config.api_key"] == "is required"
    assert await acme.rows(SyncConnection) == []


async def test_a_job_that_there_is_not_names_its_field(rest_of: Rest, acme: Acme) -> None:
    made = await acme.connect()
    erin, path = acme.people.erin, f"{HERE}/{made.id}/sync"
    for job_type in ("field_mapping_update", "undo", "everything"):
        assert "job_type" in fields(await rest_of.send(erin, "POST", path, job_type=job_type))
    # It is import_only.
    assert "job_type" in fields(await rest_of.send(erin, "POST", path, job_type="export_to_crm"))
    config = {"resources": ["contracts"]}
    answer = await rest_of.send(erin, "POST", path, job_type="full_import", job_config=config)
    assert "job_config.resources" in fields(answer)


async def test_where_consent_is_asked_for_it_has_to_be_given(rest_of: Rest, acme: Acme) -> None:
    await consent_settings.change_settings(acme.people.alice.actor, ConsentSettingPatch(ask_explicitly=True))
    assert "consent" in fields(await rest_of.connect(acme.people.adam))
    assert await acme.rows(SyncConnection) == []
    answer = await rest_of.connect(acme.people.adam, consent={"description": "Alice agreed on the phone."})
    assert answer.status_code == 201, answer.text


async def test_one_name_is_used_once_for_each_provider(rest_of: Rest, acme: Acme) -> None:
    assert (await rest_of.connect(acme.people.adam)).status_code == 201
    assert (await rest_of.connect(acme.people.adam)).status_code == 409
    assert (await rest_of.connect(acme.people.adam, connection_name="Other")).status_code == 201
    first, second = reversed(await acme.rows(SyncConnection))
    renamed = await rest_of.send(acme.people.adam, "PATCH", f"{HERE}/{first.id}", connection_name=second.name)
    assert renamed.status_code == 409


async def test_a_patch_of_nothing_and_of_null(rest_of: Rest, acme: Acme) -> None:
    made, adam = await acme.connect(), acme.people.adam
    headers = await seeded.headers(adam)
    answer = await rest_of.client.patch(f"{HERE}/{made.id}", json={}, headers=headers)
    assert said(answer)[::2] == (400, "No fields to update")
    assert "connection_name" in fields(
        await rest_of.send(adam, "PATCH", f"{HERE}/{made.id}", connection_name=None)
    )
    config = {"sync_interval_minutes": None}
    answer = await rest_of.send(adam, "PATCH", f"{HERE}/{made.id}", sync_config=config)
    assert "sync_config.sync_interval_minutes" in fields(answer)


async def test_an_older_name_of_a_rule_is_taken(rest_of: Rest, acme: Acme) -> None:
    config = {"conflict_resolution": "wedsync_wins"}
    made = (await rest_of.connect(acme.people.adam, sync_config=config)).json()["integration"]
    assert made["sync_config"]["conflict_resolution"] == "hub_wins"
    changed = await rest_of.send(
        acme.people.adam, "PATCH", f"{HERE}/{made['id']}", sync_config={"conflict_resolution": "crm_wins"}
    )
    assert changed.json()["sync_config"]["conflict_resolution"] == "crm_wins"


async def test_all_settings_have_defaults_and_their_names(rest_of: Rest, acme: Acme) -> None:
    made = (await rest_of.connect(acme.people.adam)).json()["integration"]
    assert made["sync_config"] == {
        "auto_sync_enabled": False,
        "deleted_records": "keep",
        "sync_interval_minutes": 60,
        "sync_direction": "import_only",
        "import_historical_data": True,
        "conflict_resolution": "manual_review",
    }
    job = (await rest_of.send(acme.people.erin, "POST", f"{HERE}/{made['id']}/sync", **FULL)).json()[
        "sync_job"
    ]
    names = {"job_type", "job_status", "job_config", "progress_percent", "records_processed", "records_total"}
    assert names | {"error_details"} <= set(job)
    assert "sync_error_details" in made


async def test_deleting_ends_its_job_and_keeps_records_with_their_history(rest_of: Rest, acme: Acme) -> None:
    made = await acme.connect()
    await acme.sync(made.id)
    before = len(await acme.rows(SyncRecord)), len(await acme.rows(SyncVersion))
    assert before[0] > 0
    await rest_of.send(acme.people.erin, "POST", f"{HERE}/{made.id}/sync", **FULL)
    answer = await rest_of.send(acme.people.adam, "DELETE", f"{HERE}/{made.id}")
    assert answer.status_code == 204
    assert (await acme.rows(SyncJob), await acme.rows(SyncConnection)) == ([], [])
    assert (len(await acme.rows(SyncRecord)), len(await acme.rows(SyncVersion))) == before
    assert (await rest_of.send(acme.people.adam, "GET", f"{HERE}/{made.id}")).status_code == 404
