"""The audit log of what the other samples did, and one entry of it; a person who is looked for."""

from hub_app.governance.schemas import AuditFilter, PersonIn
from hub_app.governance.service import audit_log, privacy
from hub_app.kernel.paging import PageRequest
from tests.examples import Samples
from tests.people import People

FORM = {"action": "taken.over", "words": "taken,over"}


async def make(people: People, _receiver: str) -> Samples:
    found = await audit_log.list_entries(people.adam.actor, AuditFilter(), PageRequest(limit=1))
    erin = await privacy.find(people.alice.actor, PersonIn(email=people.erin.email))
    await privacy.start_export(people.adam.actor, PersonIn(email="nobody@client.example"))
    return Samples(
        {
            "/governance/privacy": ["/governance/privacy", f"/governance/privacy?request={erin.id}"],
            "/governance/audit": [
                "/governance/audit",
                f"/governance/audit?entry={found.items[0].id}",
                "/governance/audit?action=nothing.such",
            ],
        }
    )
