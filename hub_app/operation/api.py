"""REST of operation: health for everybody, the rest for operators."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import PlainTextResponse

from hub_app.kernel import figures, forwarded
from hub_app.kernel.access import CurrentActor, OptionalActor, address_of
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.operation.schemas import (
    FailureFilter,
    FailureOut,
    Health,
    Installation,
    Life,
    QueueFilter,
    QueueOut,
    Readiness,
    RetriedOut,
    RetryIn,
    Status,
    TaskOut,
)
from hub_app.operation.service import health, metrics, queues, schedule

router = router_of("/v1/integration", "Tenant and health")
measures = router_of("/metrics", "Operator")
installation = router_of("/v1/integration/operator", "Operator")
operator = router_of("/v1/integration/operator/queues", "Operator")
Chosen = Annotated[FailureFilter, Depends()]
Period = Annotated[QueueFilter, Depends()]


@router.get("/status", summary="What the tenant has connected, counted")
async def get_status(actor: CurrentActor) -> Status:
    return await health.status(actor)


@router.get(
    "/health",
    summary="Whether Hub works",
    description="Part by part for those who are signed in, with what is wrong for operators.",
    response_model_exclude_none=True,
    responses={503: {"model": Health, "description": "Something does not work"}},
)
async def get_health(actor: OptionalActor, response: Response) -> Health:
    found = await health.told(actor)
    if found.status != "ok":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return found


@router.get(
    "/health/live",
    summary="Whether this process answers",
    description="For supervisors that restart hung processes. Needs neither the database nor authentication.",
)
async def get_live() -> Life:
    return Life()


@router.get(
    "/health/ready",
    summary="Whether this process can serve requests",
    description="For load balancers: the database responds and has this version's schema, and the process is not shutting down."
    " 503 otherwise.",
    responses={503: {"model": Readiness, "description": "Send requests elsewhere"}},
)
async def get_ready(response: Response) -> Readiness:
    ready, detail = await health.ready()
    if not ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Readiness(ready=ready, detail=detail)


@measures.get(
    "",
    summary="Read metrics in Prometheus' format",
    description="On Hub's own machine without a token, unless a proxy stands before Hub: the request was forwarded, `PUBLIC_URL`"
    " names another host, or `TRUSTED_PROXIES` is set. Else with the operator's API token.",
    response_class=PlainTextResponse,
    responses={200: {"content": {figures.CONTENT_TYPE: {}}}},
)
async def get_metrics(request: Request, actor: OptionalActor) -> Response:
    direct = metrics.is_open() and forwarded.is_direct(address_of(request), request.headers.raw)
    return Response(await metrics.text(actor, direct=direct), media_type=figures.CONTENT_TYPE)


@installation.get(
    "/health",
    summary="Get the state of the installation",
    description="Every check, the database, and the processes that are alive. Only operators can call this.",
)
async def get_installation(actor: CurrentActor) -> Installation:
    return await health.describe(actor)


@installation.get(
    "/schedule",
    summary="List periodic tasks",
    description="When each runs, when it last did, and what came of it. Only operators can call this.",
)
async def list_tasks(actor: CurrentActor) -> list[TaskOut]:
    return await schedule.list_tasks(actor)


@installation.post(
    "/schedule/{task}/run",
    summary="Run a periodic task now",
    description="One process that works in the background begins at once. Only operators can call this.",
    status_code=202,
)
async def run_task(actor: CurrentActor, task: str) -> None:
    await schedule.run_now(actor, task)


@operator.get(
    "",
    summary="List queues",
    description="What waits, is on hold, runs, and failed in the period, in all and by tenant. Only operators can call this.",
)
async def list_queues(actor: CurrentActor, chosen: Period) -> list[QueueOut]:
    return await queues.list_queues(actor, chosen)


@operator.get(
    "/{queue}",
    summary="Get a queue",
    description="What waits, is on hold, runs, and failed in the period, in all and by tenant. Only operators can call this.",
)
async def get_queue(actor: CurrentActor, queue: str, chosen: Period) -> QueueOut:
    return await queues.get_queue(actor, queue, chosen)


@operator.get(
    "/{queue}/failures",
    summary="List what failed in a queue",
    description="Newest first: whose it is, its kind, when it failed and how often it was tried. Only operators can call this.",
)
async def list_failures(actor: CurrentActor, queue: str, chosen: Chosen, page: Paging) -> Page[FailureOut]:
    return Page.of(await queues.list_failures(actor, queue, chosen, page))


@operator.post(
    "/{queue}/failures/{tenant_id}/{work_id}/retry",
    summary="Retry failed work",
    description="As the tenant's own people can: a delivery is sent again, a job or a run goes on where it stopped."
    " Audited in the installation's log and in the tenant's. Only operators can call this.",
    status_code=204,
)
async def retry(actor: CurrentActor, queue: str, tenant_id: UUID, work_id: UUID) -> None:
    await queues.retry(actor, queue, tenant_id, work_id)


@operator.post(
    "/{queue}/retry",
    summary="Retry all failed work of a tenant",
    description="Audited in the installation's log and in the tenant's. Only operators can call this.",
    status_code=202,
)
async def retry_all(actor: CurrentActor, queue: str, given: RetryIn) -> RetriedOut:
    return RetriedOut(detail=await queues.retry_all(actor, queue, given))
