"""What operation brings."""

from typing import Any

from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.operation import api


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.operation.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.router, api.measures, api.installation, api.operator],
    pages=_add_pages,
    navigation=[
        NavEntry("Queues", "/operator/queues", "layers", group="Operator", order=4),
        NavEntry("Scheduler", "/operator/scheduler", "calendar_clock", group="Operator", order=5),
        NavEntry("Health", "/operator/health", "heart_pulse", group="Operator", order=6),
    ],
)
