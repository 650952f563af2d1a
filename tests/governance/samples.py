"""The audit log of what the other samples did, and one entry of it; a member and a client who are looked for."""

from hub_app.governance.schemas import AuditFilter, PersonIn
from hub_app.governance.service import audit_log, privacy
from hub_app.kernel.paging import PageRequest
from tests.examples import Samples
from tests.people import People

FORM = {"action": "taken.over", "words": "taken, over"}


async def make(people: People, _receiver: str) -> Samples:
    found = await audit_log.list_entries(people.adam.actor, AuditFilter(), PageRequest(limit=1))
    adam, jane = people.adam.actor, PersonIn(email="jane.roe@client.example")
    member = await privacy.find(adam, PersonIn(email=people.erin.email))
    client = await privacy.find(adam, jane)
    await privacy.start_export(adam, jane)
    return Samples(
        {
            "/governance/audit": [
                "/governance/audit",
                f"/governance/audit?entry={found.items[0].id}",
                "/governance/audit?action=nothing.such",
            ],
            "/governance/privacy": [
                "/governance/privacy",
                f"/governance/privacy?request={member.id}",
                f"/governance/privacy?request={client.id}",
            ],
        },
        [(f"/governance/privacy?request={client.id}", "Erase")],
    )
