"""The audit log of what the other samples did, one entry of it, verifications, the consents to what was connected; a member
and a client who are looked for.
"""

from hub_app.governance.privacy.mentions import Person
from hub_app.governance.schemas.audit import AuditFilter
from hub_app.governance.schemas.consents import ConsentFilter, ConsentIn
from hub_app.governance.schemas.privacy import PersonIn
from hub_app.governance.service import audit_log, consent_giving, consent_log, privacy
from hub_app.governance.tables import PrivacyRequest
from hub_app.kernel import audit_runs, db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.vault import seal_field
from hub_app.webhooks.schemas import EventIn
from hub_app.webhooks.service import events
from tests.examples import Samples
from tests.people import People

FORM = {"action": "taken.over", "consent": "on", "words": "taken, over"}


async def make(people: People, _receiver: str) -> Samples:
    adam, one = people.adam.actor, PageRequest(limit=1)
    kept, _ = await audit_runs.run("command")
    alice = audit_log.of_installation(people.alice.actor)
    of_installation = await audit_log.list_entries(alice, AuditFilter(), one)
    found = await audit_log.list_entries(adam, AuditFilter(), one)
    given = (await consent_log.list_consents(adam, ConsentFilter(), one)).items[0]
    news = ConsentIn(
        consent_type="MARKETING", resource_type="slack_integration", resource_id="slack_conn_123"
    )
    recorded = await consent_giving.give_consent(adam, news)
    jane = PersonIn(email="jane.roe@client.example")
    await events.publish(adam, [EventIn(type="order.paid", data={"to": jane.email})])
    member = await privacy.find(adam, PersonIn(email=people.erin.email))
    client = await privacy.find(adam, jane)
    failed = PrivacyRequest(
        id=new_id(),
        tenant_id=adam.tenant_id,
        kind="erase",
        status="failed",
        job_id=new_id(),
        asked_by=adam.person,
        expires_at=utcnow() + privacy.EXPORT_LIFE,
        error="This person is now a member. Search for them again to erase them as one.",
    )
    seal_field(failed, "person", Person(email="kim.poe@client.example").model_dump_json())
    async with db.begin(adam.tenant_id) as session:
        session.add(failed)
    await privacy.start_export(adam, jane)
    consents = "/governance/consents"
    return Samples(
        {
            consents: [
                consents,
                f"{consents}?tab=history",
                f"{consents}?tab=history&consent={given.id}",
                f"{consents}?tab=history&consent={recorded.id}",
                f"{consents}?tab=history&type=ANALYTICS",
                f"{consents}?tab=settings",
            ],
            "/governance/audit": [
                "/governance/audit",
                f"/governance/audit?entry={found.items[0].id}",
                "/governance/audit?action=nothing.such",
            ],
            "/governance/privacy": [
                "/governance/privacy",
                f"/governance/privacy?request={member.id}",
                f"/governance/privacy?request={client.id}",
                f"/governance/privacy?request={failed.id}",
            ],
            "/operator/audit": [
                "/operator/audit",
                f"/operator/audit?entry={of_installation.items[0].id}",
            ],
            "/operator/audit-verification": [
                "/operator/audit-verification",
                f"/operator/audit-verification?run={kept.id}",
            ],
        },
        [
            (consents, "Revoke: consent for Shop API of Acme"),
            (consents, "Give again: consent for Weather"),
            (f"/governance/privacy?request={client.id}", "Erase"),
            (f"/governance/privacy?request={failed.id}", "Delete request"),
        ],
    )
