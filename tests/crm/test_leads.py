"""Clients that are sent to a CRM as leads: once, whatever becomes of the job, and only those that somebody chose."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub_app.crm.schemas.integrations import IntegrationIn, IntegrationOut
from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.schemas.leads import LeadsIn
from hub_app.crm.schemas.records import RecordIn
from hub_app.crm.service import integrations, leads, reconciliation, records
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests import people as seeded
from tests.crm.acme import Acme
from tests.peers.lightblue import ENQUIRY_KEY
from tests.peers.lightblue import Counterpart as LightBlue
from tests.peers.shootq import KEY, ShootQ

pytestmark = [
    pytest.mark.settings(
        outbound_allowed_networks="127.0.0.1/32",
        crm_rate_limits="tave=100000/1000000 shootq=100000/1000000 lightblue=100000/1000000",
        sync_retry_seconds="0.2",
    ),
]
SARAH = {
    "name": "Sarah Chen",
    "email": "sarah@chen.example",
    "phone": "+442079460958",
    "event_date": "2027-06-24",
    "lead_source": "Wedding fair",
    "notes": "A barn, 80 guests",
}


@pytest.fixture
async def shootq() -> AsyncGenerator[ShootQ]:
    async with ShootQ() as running:
        yield running


async def connected(acme: Acme, provider: str, entered: dict[str, str], **more: Any) -> IntegrationOut:
    given = {"crm_provider": provider, "connection_name": provider, "auth_config": entered, **more}
    made = await integrations.create_integration(acme.admin, IntegrationIn.model_validate(given))
    assert made.integration.connection_status == "connected", made.integration.sync_error_details
    return made.integration


async def client_of(acme: Acme, **fields: Any) -> UUID:
    given = RecordIn.model_validate({"resource": "clients", "fields": {**SARAH, **fields}})
    return (await records.create_record(acme.actor, given)).id


async def send(acme: Acme, connection_id: UUID, *ids: UUID, dry_run: bool = False) -> SyncJobOut:
    job = await leads.send_leads(acme.actor, connection_id, LeadsIn(record_ids=list(ids), dry_run=dry_run))
    return await acme.finish(job.id)


async def test_a_client_is_sent_once_in_the_words_of_the_crm(acme: Acme, shootq: ShootQ) -> None:
    made = await connected(acme, "shootq", shootq.entered, auth_type="api_key")
    sarah = await client_of(acme)
    previewed = await send(acme, made.id, sarah, dry_run=True)
    assert (previewed.job_status, shootq.leads) == ("completed", [])
    assert [one.kind for one in await acme.findings(previewed.id)] == ["push_new"]
    job = await send(acme, made.id, sarah)
    assert (job.job_status, job.counts["leads"]["pushed"]) == ("completed", 1)
    (lead,) = shootq.leads
    assert lead == {
        "contact": {
            "first_name": "Sarah",
            "last_name": "Chen",
            "emails": [{"type": "Main", "email": "sarah@chen.example"}],
            "phones": [{"type": "Cell", "number": "+442079460958"}],
        },
        "event": {
            "type": "Wedding",
            "date": "06/24/2027",
            "referred_by": "Wedding fair",
            "remarks": "A barn, 80 guests",
            "extra": {"Hub reference": str(sarah)},
        },
    }
    shown = await records.get_record(acme.actor, sarah)
    assert [(one.integration_name, one.state) for one in shown.sources] == [("shootq", "sent")]
    again = await send(acme, made.id, sarah)
    assert (again.job_status, again.records_skipped, len(shootq.leads)) == ("completed", 1, 1)
    # An edit is nothing that the CRM waits for.
    await records.update_record(acme.actor, sarah, {"phone": "+442079460959"})
    assert not (await records.get_record(acme.actor, sarah)).sources[0].waits_to_be_sent
    assert KEY not in str(await acme.logs(job.id))


async def test_a_lead_whose_answer_was_lost_is_not_sent_again(acme: Acme, shootq: ShootQ) -> None:
    made = await connected(acme, "shootq", shootq.entered, auth_type="api_key")
    sarah, tom = await client_of(acme), await client_of(acme, name="Tom Ray", email="tom@ray.example")
    shootq.loses = True
    job = await send(acme, made.id, sarah, tom)
    assert job.job_status == "completed", job
    assert sorted(one["contact"]["first_name"] for one in shootq.leads) == ["Sarah", "Tom"]
    told = " ".join(one.message for one in await acme.logs(job.id))
    assert "Sarah Chen may have arrived" in told, told
    await send(acme, made.id, sarah, tom)
    assert len(shootq.leads) == 2


async def test_an_enquiry_whose_answer_was_lost_is_sent_again_and_known_there(acme: Acme) -> None:
    async with LightBlue(5) as peer:
        made = await connected(acme, "lightblue", {**peer.entered(), "enquiry_key": ENQUIRY_KEY})
        sarah = await client_of(acme)
        peer.loses = True
        job = await send(acme, made.id, sarah)
        assert job.job_status == "completed", job
        (enquiry,) = peer.enquiries
        assert (enquiry["ContactNameFirst"], enquiry["ContactNameLast"]) == ("Sarah", "Chen")
        assert enquiry["ID"] == str(sarah)
        assert peer.paths.count("/api.php") == 2
        sources = (await records.get_record(acme.actor, sarah)).sources
        assert [one.state for one in sources] == ["sent"]
        # It reads its pages as before; nothing is compared with what was sent.
        assert (await acme.sync(made.id)).job_status == "completed"
        found = await reconciliation.get_reconciliation(acme.actor, made.id)
        assert "leads" not in {one.resource for one in found.resources}
        assert [one.state for one in (await records.get_record(acme.actor, sarah)).sources] == ["sent"]


async def test_a_wrong_key_of_the_contact_form_is_told_when_it_is_entered(acme: Acme) -> None:
    async with LightBlue(5) as peer:
        given = {
            "crm_provider": "lightblue",
            "connection_name": "Light Blue",
            "auth_config": {**peer.entered(), "enquiry_key": "not-it"},
        }
        made = await integrations.create_integration(acme.admin, IntegrationIn.model_validate(given))
        assert made.integration.connection_status == "error"
        assert "key of the contact form" in (made.integration.sync_error_details or "")


async def test_what_the_crm_refuses_is_told_and_the_next_one_is_sent(acme: Acme, shootq: ShootQ) -> None:
    made = await connected(acme, "shootq", shootq.entered, auth_type="api_key")
    nameless = await client_of(acme, email=None)
    sarah = await client_of(acme)
    job = await send(acme, made.id, nameless, sarah)
    assert (job.records_failed, len(shootq.leads)) == (1, 1)
    assert any("without an email address" in one.message for one in await acme.logs(job.id))


async def test_a_wrong_key_stops_the_job_and_the_connection(acme: Acme, shootq: ShootQ) -> None:
    made = await connected(acme, "shootq", {**shootq.entered, "api_key": "no"}, auth_type="api_key")
    job = await send(acme, made.id, await client_of(acme))
    assert (job.job_status, shootq.leads) == ("failed", [])
    assert (await integrations.get_integration(acme.actor, made.id)).connection_status == "error"


async def test_who_may_send_what_and_where(acme: Acme, shootq: ShootQ, client: httpx.AsyncClient) -> None:
    made = await connected(acme, "shootq", shootq.entered, auth_type="api_key")
    files = await connected(acme, "shootq", {}, connection_name="Files")
    tave = await acme.connect()
    sarah = await client_of(acme)
    with pytest.raises(Invalid, match="has no key"):
        await leads.send_leads(acme.actor, files.id, LeadsIn(record_ids=[sarah]))
    with pytest.raises(Invalid, match="takes none"):
        await leads.send_leads(acme.actor, tave.id, LeadsIn(record_ids=[sarah]))
    with pytest.raises(Forbidden):
        await leads.send_leads(acme.people.vera.actor, made.id, LeadsIn(record_ids=[sarah]))
    with pytest.raises(NotFound):
        await leads.send_leads(acme.people.mallory.actor, made.id, LeadsIn(record_ids=[sarah]))
    await records.archive_record(acme.actor, sarah, archived=True)
    with pytest.raises(Invalid, match="not archived"):
        await leads.send_leads(acme.actor, made.id, LeadsIn(record_ids=[sarah]))
    tom = await client_of(acme, name="Tom Ray")
    assert [one.name for one in await leads.targets(acme.actor, tom)] == ["shootq"]
    answer = await client.post(
        f"/api/crm/integrations/{made.id}/leads",
        json={"record_ids": [str(tom)]},
        headers=await seeded.headers(acme.people.erin),
    )
    assert (answer.status_code, answer.json()["sync_job"]["job_type"]) == (201, "export_to_crm")
    await acme.finish(UUID(answer.json()["sync_job"]["id"]))
    assert await leads.targets(acme.actor, tom) == []


async def test_an_undo_says_that_what_was_sent_stays_there(acme: Acme, shootq: ShootQ) -> None:
    made = await connected(acme, "shootq", shootq.entered, auth_type="api_key")
    sarah = await client_of(acme)
    job = await send(acme, made.id, sarah)
    with pytest.raises(Conflict, match="cannot be taken back"):
        await acme.undo(job.id)
