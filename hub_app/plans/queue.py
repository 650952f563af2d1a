"""The queue of runs of plans, fair between tenants."""

from hub_app.kernel.queue import Queue
from hub_app.plans.tables import PlanRun

TOPIC = "plan_runs"
QUEUE = Queue(
    table=PlanRun.__table__,  # type: ignore[attr-defined]
    lane="tenant_id",
    columns=("tenant_id", "id", "lease"),
)
