"""What jobs hold about people: who started them, and things that are named after somebody."""

from hub_app.kernel.personal import ERASED, Personal, leaves
from hub_app.kernel.tables import Job

_IDS = "Ids, times and counts, by which a job goes on"

PERSONAL = [
    Personal(
        model=Job,
        what="Jobs",
        alone={"title": leaves(ERASED), "result": leaves("")},
        names=["started_by"],
        nothing={
            _IDS: ["arguments", "checkpoint", "href"],
            "Words of Hub's own": ["kind", "family", "status"],
        },
        topics=lambda row: [f"jobs:{row.tenant_id}"],
    )
]
