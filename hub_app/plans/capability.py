"""What plans bring."""

from datetime import timedelta
from functools import partial
from typing import Any

from sqlmodel import col

from hub_app.connectors.service.lookup import READ
from hub_app.kernel import search
from hub_app.kernel.capability import Capability
from hub_app.kernel.event_listeners import Listener
from hub_app.kernel.jobs import JobKind
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.retention import Retention
from hub_app.kernel.settings import get_settings
from hub_app.plans import api, service, worker
from hub_app.plans.personal import PERSONAL
from hub_app.plans.service import backlog, runs, triggers
from hub_app.plans.tables import Plan, PlanRun


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.plans.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.router, api.of_runs],
    pages=_add_pages,
    navigation=[NavEntry("Plans", "/connectors/plans", "list_checks", group="Connectors", order=3)],
    working=worker.running,
    jobs={backlog.RESUME: JobKind(backlog.do_resume, backlog.RESUME_TITLE)},
    backlogs=[backlog.BACKLOG],
    periodic=worker.PERIODIC,
    resumed=runs.resumed,
    retention=[
        Retention(
            PlanRun,
            after=lambda: timedelta(days=get_settings().execution_retention_days),
            only=[col(PlanRun.status) != "pending"],
        )
    ],
    needs={"event": triggers.wait_for_event},
    listener=Listener(wants=triggers.may_start, handle=triggers.start_on_events),
    search=search.by_name(Plan, "Plan", "/connectors/plans/{id}", name="name", scope=READ),
    # To those outside, plans belong to connectors: they share a scope, too.
    health={
        "plans": partial(
            runs.QUEUE.health,
            "Runs of plans go on when they are due.",
            "Runs of plans that are due have waited for more than two minutes. Check that a process with the role"
            " all or worker runs, and see its log.",
        )
    },
    health_pages={"plans": "/operator/queues?queue=plan_runs"},
    status={"connectors": service.status},
    users={"connector": service.count_users_of_connector},
    addresses={"plan_run": runs.address_of_run},
    personal=PERSONAL,
)
