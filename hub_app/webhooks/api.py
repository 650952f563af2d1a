"""REST of webhooks: the customer plane (a simple view of endpoints), the full plane, and publishing."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter, ValidationError

from hub_app.jobs.service import JobOut, job_out
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.webhooks.schemas import (
    BATCH_LIMIT,
    DeliveryDetail,
    DeliveryFilter,
    DeliveryOut,
    EndpointIn,
    EndpointOut,
    EndpointPatch,
    EventDetail,
    EventIn,
    EventOut,
    IntegrationIn,
    IntegrationOut,
    IntegrationPatch,
    Published,
    RecoverIn,
    SecretOut,
    TrialIn,
    TypeName,
)
from hub_app.webhooks.service import deliveries, endpoints, events, recovery, testing

customer = router_of("/customer/integrations", "Customer integrations")
webhooks = router_of("/v1/integration/webhooks", "Webhooks")
sent = router_of("/v1/integration/deliveries", "Deliveries")
published = router_of("/v1/integration/events", "Events")

_EVENT_EXAMPLE = {
    "type": "task.created",
    "data": {"id": "tsk_8812", "title": "Deliver album proofs"},
    "idempotency_key": "task-8812-created",
}
_ONE = TypeAdapter(EventIn)
_BATCH: TypeAdapter[list[EventIn]] = TypeAdapter(
    Annotated[list[EventIn], Field(min_length=1, max_length=BATCH_LIMIT)]
)


@customer.get("", summary="List your webhook endpoints")
async def list_integrations(actor: CurrentActor, page: Paging) -> Page[IntegrationOut]:
    found = await endpoints.list_endpoints(actor, page)
    return Page.of(found.holding([endpoints.integration_out(e) for e in found.items]))


@customer.post("", summary="Register a webhook endpoint", status_code=201, responses=tagged(201))
async def create_integration(actor: CurrentActor, given: IntegrationIn, answer: Response) -> IntegrationOut:
    wanted = EndpointIn(name=given.name, url=given.webhook_url, enabled=given.enabled)
    return tag(
        answer,
        endpoints.integration_out(await endpoints.create_endpoint(actor, wanted, url_field="webhook_url")),
    )


@customer.get("/{integration_id}", summary="Read one webhook endpoint", responses=tagged())
async def get_integration(actor: CurrentActor, integration_id: UUID, answer: Response) -> IntegrationOut:
    return tag(answer, endpoints.integration_out(await endpoints.get_endpoint(actor, integration_id)))


@customer.patch(
    "/{integration_id}",
    summary="Change a webhook endpoint",
    description="A `webhook_url` with another host deletes the headers that the endpoint may have.",
    responses=tagged() | CHECKED,
)
async def update_integration(
    actor: CurrentActor, integration_id: UUID, given: IntegrationPatch, expected: IfMatch, answer: Response
) -> IntegrationOut:
    changes = given.changes()
    if "webhook_url" in changes:
        changes["url"] = changes.pop("webhook_url")
    wanted = EndpointPatch.model_validate(changes)
    changed = await endpoints.update_endpoint(
        actor, integration_id, wanted, expected=expected, url_field="webhook_url"
    )
    return tag(answer, endpoints.integration_out(changed))


@customer.delete(
    "/{integration_id}",
    summary="Delete a webhook endpoint with its deliveries",
    status_code=204,
    responses=CHECKED,
)
async def delete_integration(actor: CurrentActor, integration_id: UUID, expected: IfMatch) -> None:
    await endpoints.delete_endpoint(actor, integration_id, expected=expected)


@webhooks.get("", summary="List endpoints")
async def list_webhooks(actor: CurrentActor, page: Paging) -> Page[EndpointOut]:
    found = await endpoints.list_endpoints(actor, page)
    return Page.of(found.holding([endpoints.endpoint_out(e) for e in found.items]))


@webhooks.post("", summary="Create an endpoint", status_code=201, responses=tagged(201))
async def create_webhook(actor: CurrentActor, given: EndpointIn, answer: Response) -> EndpointOut:
    return tag(answer, endpoints.endpoint_out(await endpoints.create_endpoint(actor, given)))


@webhooks.get("/{webhook_id}", summary="Read an endpoint", responses=tagged())
async def get_webhook(actor: CurrentActor, webhook_id: UUID, answer: Response) -> EndpointOut:
    return tag(answer, endpoints.endpoint_out(await endpoints.get_endpoint(actor, webhook_id)))


@webhooks.patch(
    "/{webhook_id}",
    summary="Change an endpoint",
    description="A `url` with another host deletes the `headers`, unless they come along.",
    responses=tagged() | CHECKED,
)
async def update_webhook(
    actor: CurrentActor, webhook_id: UUID, given: EndpointPatch, expected: IfMatch, answer: Response
) -> EndpointOut:
    return tag(
        answer,
        endpoints.endpoint_out(await endpoints.update_endpoint(actor, webhook_id, given, expected=expected)),
    )


@webhooks.delete(
    "/{webhook_id}", summary="Delete an endpoint with its deliveries", status_code=204, responses=CHECKED
)
async def delete_webhook(actor: CurrentActor, webhook_id: UUID, expected: IfMatch) -> None:
    await endpoints.delete_endpoint(actor, webhook_id, expected=expected)


@webhooks.get("/{webhook_id}/deliveries", summary="List an endpoint's deliveries")
async def list_deliveries(
    actor: CurrentActor, webhook_id: UUID, page: Paging, chosen: Annotated[DeliveryFilter, Depends()]
) -> Page[DeliveryOut]:
    found = await deliveries.list_deliveries(actor, webhook_id, chosen, page)
    return Page.of(found.holding([deliveries.delivery_out(d) for d in found.items]))


@webhooks.post(
    "/{webhook_id}/test", operation_id="test_webhook", summary="Send a test event now and see the response"
)
async def send_test(actor: CurrentActor, webhook_id: UUID, given: TrialIn | None = None) -> DeliveryDetail:
    return await testing.send_test(actor, webhook_id, given or TrialIn())


@webhooks.get("/{webhook_id}/secret", summary="Reveal the signing secret")
async def get_webhook_secret(actor: CurrentActor, webhook_id: UUID) -> SecretOut:
    return await endpoints.reveal_secret(actor, webhook_id)


@webhooks.post(
    "/{webhook_id}/secret/rotate", summary="Make a new signing secret; the old one signs for 24 more hours"
)
async def rotate_webhook_secret(actor: CurrentActor, webhook_id: UUID) -> SecretOut:
    return await endpoints.rotate_secret(actor, webhook_id)


@webhooks.post(
    "/{webhook_id}/recover",
    summary="Resend deliveries that failed since a given time",
    description="Starts a job and answers with it; `GET /v1/integration/jobs/{job_id}` tells its progress.",
    status_code=202,
)
async def recover_webhook(actor: CurrentActor, webhook_id: UUID, given: RecoverIn) -> JobOut:
    return job_out(await recovery.recover(actor, webhook_id, given.since, failed_only=True))


@webhooks.post(
    "/{webhook_id}/replay",
    summary="Send all deliveries since a time again, also those that succeeded",
    description="Starts a job and answers with it; `GET /v1/integration/jobs/{job_id}` tells its progress.",
    status_code=202,
)
async def replay_webhook(actor: CurrentActor, webhook_id: UUID, given: RecoverIn) -> JobOut:
    return job_out(await recovery.recover(actor, webhook_id, given.since, failed_only=False))


@sent.get("/{delivery_id}", summary="Read a delivery with its attempts")
async def get_delivery(actor: CurrentActor, delivery_id: UUID) -> DeliveryDetail:
    return await deliveries.get_delivery(actor, delivery_id)


@sent.post("/{delivery_id}/resend", summary="Send a delivery again", status_code=202)
async def resend_delivery(actor: CurrentActor, delivery_id: UUID) -> DeliveryOut:
    return await deliveries.resend(actor, delivery_id)


async def _events_in(request: Request) -> list[EventIn]:
    """The body read straight from its bytes: publishing is the hot path."""
    body = await request.body()
    try:
        return _BATCH.validate_json(body) if body.lstrip()[:1] == b"[" else [_ONE.validate_json(body)]
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None


_EVENT_SCHEMA = _ONE.json_schema()
_BATCH_SCHEMA = {"type": "array", "items": _EVENT_SCHEMA, "minItems": 1, "maxItems": BATCH_LIMIT}
_PUBLISH_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [_EVENT_SCHEMA, _BATCH_SCHEMA]},
                "examples": {
                    "one": {"summary": "One event", "value": _EVENT_EXAMPLE},
                    "batch": {"summary": "A batch", "value": [_EVENT_EXAMPLE]},
                },
            }
        },
    }
}


@published.post(
    "",
    summary="Publish one event or a batch of up to 1,000",
    description="An event with an `idempotency_key` used within the last 24 hours is not published again: "
    "its first id comes back.",
    status_code=202,
    openapi_extra=_PUBLISH_BODY,
)
async def publish_events(
    actor: CurrentActor, given: Annotated[list[EventIn], Depends(_events_in)]
) -> Published:
    return Published(ids=await events.publish(actor, given))


@published.get("", summary="List published events")
async def list_events(
    actor: CurrentActor, page: Paging, event_type: Annotated[TypeName | None, Query(alias="type")] = None
) -> Page[EventOut]:
    found = await events.list_events(actor, page, event_type=event_type)
    items = [EventOut(id=e.id, type=e.type, created_at=e.created_at) for e in found.items]
    return Page.of(found.holding(items))


@published.get("/{event_id}", summary="Read an event with its data")
async def get_event(actor: CurrentActor, event_id: UUID) -> EventDetail:
    return await events.get_event(actor, event_id)
