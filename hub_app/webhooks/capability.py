"""What webhooks bring."""

from datetime import timedelta
from functools import partial
from typing import Any

from sqlmodel import select

from hub_app.kernel import search
from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.retention import Retention
from hub_app.kernel.scopes import Family
from hub_app.kernel.settings import get_settings
from hub_app.webhooks import api, service, worker
from hub_app.webhooks.delivery.store import QUEUE
from hub_app.webhooks.personal import PERSONAL
from hub_app.webhooks.service import backlog, resuming
from hub_app.webhooks.tables import (
    Event,
    EventKey,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookHour,
    WebhookSecret,
)


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.webhooks.pages import register

    register(app)


# What waited for as long as its tenant was suspended is older than others when it is sent.
_WAITED_FOR = (
    select(WebhookDelivery.id)
    .where(
        WebhookDelivery.tenant_id == Event.tenant_id,
        WebhookDelivery.event_id == Event.id,
        WebhookDelivery.status == "pending",
    )
    .exists()
)

CAPABILITY = Capability(
    routers=[api.customer, api.webhooks, api.sent, api.published],
    pages=_add_pages,
    acts={
        "webhook.endpoint.opened": "Endpoint settings viewed",
        "webhook.deliveries_resent": "Deliveries resent",
    },
    scopes={
        "webhooks": Family("webhook endpoints, deliveries and event types"),
        "events": Family("events", "publish events"),
    },
    navigation=[NavEntry("Endpoints", "/webhooks/endpoints", "webhook", group="Webhooks", order=1)],
    working=worker.running,
    backlogs=[backlog.BACKLOG],
    jobs=worker.JOBS,
    resumed=resuming.resumed,
    retention=[
        Retention(EventKey, by="expires_at", runs_out=True),
        Retention(WebhookSecret, by="expires_at", runs_out=True),
        Retention(WebhookHour, by="hour", after=timedelta(days=90)),
        Retention(
            Event,
            after=lambda: timedelta(days=get_settings().webhook_retention_days),
            only=[~_WAITED_FOR],
            needed_as="event",
        ),
    ],
    search=search.by_name(
        WebhookEndpoint,
        "Endpoint",
        "/webhooks/endpoints/{id}",
        name="name",
        also=["origin"],
        scope=service.READ,
    ),
    health={
        "webhooks": partial(
            QUEUE.health,
            "Deliveries are sent when they are due.",
            "Deliveries that are due have waited for more than two minutes. Check that a process with the role"
            " all or worker runs, and see its log.",
        )
    },
    health_pages={"webhooks": "/operator/queues?queue=deliveries"},
    status={"webhooks": service.status},
    personal=PERSONAL,
)
