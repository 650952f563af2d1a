"""What webhooks bring."""

from typing import Any

from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.webhooks import api, service, worker


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.webhooks.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.customer, api.webhooks, api.sent, api.published],
    pages=_add_pages,
    navigation=[NavEntry("Endpoints", "/webhooks/endpoints", "webhook", group="Webhooks", order=1)],
    running=worker.running,
    jobs=worker.JOBS,
    periodic=worker.PERIODIC,
    search=service.search,
    health={"webhooks": service.health},
    status={"webhooks": service.status},
)
