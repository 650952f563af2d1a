"""The audit log of what the other samples did, and one entry of it."""

from hub_app.governance.schemas import AuditFilter
from hub_app.governance.service import audit_log
from hub_app.kernel.paging import PageRequest
from tests.examples import Samples
from tests.people import People

FORM = {"action": "taken.over"}


async def make(people: People, _receiver: str) -> Samples:
    found = await audit_log.list_entries(people.adam.actor, AuditFilter(), PageRequest(limit=1))
    return Samples(
        {
            "/governance/audit": [
                "/governance/audit",
                f"/governance/audit?entry={found.items[0].id}",
                "/governance/audit?action=nothing.such",
            ]
        }
    )
