"""The queue of runs of plans, fair between tenants."""

from hub_app.connectors.tables import PlanRun
from hub_app.kernel.queue import Queue

TOPIC = "plan_runs"
QUEUE = Queue(
    table=PlanRun.__table__,  # type: ignore[attr-defined]
    lane="tenant_id",
    columns=("tenant_id", "id", "lease"),
)
