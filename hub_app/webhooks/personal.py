"""What webhooks hold about people: the contents of events, and what receivers answered."""

from datetime import datetime

from hub_app.kernel.personal import ERASED, Personal, leaves
from hub_app.webhooks.tables import (
    Event,
    EventKey,
    EventType,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookHour,
    WebhookSecret,
)

_WORDS = "Words of Hub's own, or names of event types"
_CREDENTIAL = "What opens doors: a program's, and nobody's data"


def _end_event(event: Event, now: datetime) -> None:
    event.erased_at = now


def _end_delivery(delivery: WebhookDelivery, now: datetime) -> None:
    """What is still to be sent is not sent any more."""
    if delivery.status == "pending":
        delivery.status, delivery.lease, delivery.finished_at = "failed", None, now
        delivery.error_kind = "erased"


PERSONAL = [
    Personal(
        model=Event,
        what="Events",
        page="/webhooks/endpoints",
        whole={"payload": leaves('{"erased":true}'), "idempotency_key": leaves(None)},
        nothing={_WORDS: ["type"]},
        settle=_end_event,
    ),
    Personal(
        model=WebhookDelivery,
        what="Deliveries",
        page="/webhooks/endpoints",
        nothing={_WORDS: ["event_type", "status", "trigger", "error_kind"]},
        part_of=("event", "event_id"),
        settle=_end_delivery,
        topics=lambda row: [f"deliveries:{row.endpoint_id}"],
    ),
    Personal(
        model=WebhookAttempt,
        what="Attempts of deliveries",
        page="/webhooks/endpoints",
        whole={"error_detail": leaves(""), "response_headers": leaves({}), "response_body": leaves("")},
        nothing={_WORDS: ["trigger", "error_kind"]},
        part_of=("webhook_delivery", "delivery_id"),
    ),
    Personal(model=EventKey, what="Idempotency keys", whole={"key": leaves("")}, deleted=True),
    Personal(
        model=WebhookEndpoint,
        what="Endpoints",
        page="/webhooks/endpoints",
        alone={"name": leaves(ERASED), "description": leaves(""), "disabled_reason": leaves("")},
        nothing={
            _WORDS: ["events", "retry_policy"],
            _CREDENTIAL: ["url", "headers"],
            "A host": ["origin"],
        },
        topics=lambda row: ["endpoints", f"endpoint:{row.id}"],
    ),
    Personal(
        model=EventType,
        what="Event types",
        page="/webhooks/endpoints",
        alone={"description": leaves("")},
        nothing={_WORDS: ["name"]},
    ),
    Personal(model=WebhookSecret, what="Signing secrets", nothing={_CREDENTIAL: ["secret"]}),
    Personal(model=WebhookHour, what="Counts"),
]
