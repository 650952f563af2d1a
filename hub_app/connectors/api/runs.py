"""REST of running actions, trying connectors, and the executions that are kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, status

from hub_app.connectors.schemas.actions import Slug
from hub_app.connectors.schemas.runs import (
    ExecutionDetail,
    ExecutionFilter,
    ExecutionOut,
    Key,
    RunIn,
    RunOut,
    TestIn,
    TestOut,
)
from hub_app.connectors.service import executions, response_cache, runs
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.paging import Page, PageRequest, page_request

router = APIRouter(prefix="/api/custom-integrations", tags=["Custom integrations"])
kept = APIRouter(prefix="/api/custom-integrations/executions", tags=["Executions"])

Paging = Annotated[PageRequest, Depends(page_request)]


@router.post(
    "/{integration_id}/test",
    operation_id="test_custom_integration",
    summary="Try a connector with one call",
    description="Tells whether the API accepts the credential, and marks it so.",
)
async def test_custom_integration(actor: CurrentActor, integration_id: UUID, given: TestIn) -> TestOut:
    return await runs.test_connector(actor, integration_id, given)


@router.post(
    "/{integration_id}/actions/{action_id}/run",
    operation_id="run_custom_integration_action",
    summary="Run an action",
    description="A parameter that is not in `params` is sent with the action's `default`, if it has one; `omit` names those "
    'that are left out all the same: `{"params": {"name": "A"}, "omit": ["page_size"]}`. `null` is sent as `null` in a '
    "JSON body; in a query, a header or a form, which have no word for it, the parameter is left out, and in a path it is "
    "refused. An `api_default` is never sent. "
    "Answers 200 when a call was made, whatever the API answered: `ok` and `error` tell. With an "
    "`Idempotency-Key` used within the last 24 hours for the same parameters the first answer comes back and no "
    "second call is made.",
)
async def run_action(
    actor: CurrentActor,
    integration_id: UUID,
    action_id: Slug,
    given: RunIn,
    idempotency_key: Annotated[Key | None, Header()] = None,
) -> RunOut:
    return await runs.run_action(actor, integration_id, action_id, given, key=idempotency_key)


@router.delete(
    "/{integration_id}/cache",
    operation_id="clear_custom_integration_cache",
    summary="Forget the answers kept of GET actions",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def clear_cache(actor: CurrentActor, integration_id: UUID) -> None:
    await response_cache.clear_cache(actor, integration_id)


@router.get(
    "/{integration_id}/executions",
    operation_id="list_custom_integration_executions",
    summary="List a connector's calls, newest first",
)
async def list_executions(
    actor: CurrentActor,
    integration_id: UUID,
    page: Paging,
    chosen: Annotated[ExecutionFilter, Depends()],
) -> Page[ExecutionOut]:
    found = await executions.list_executions(actor, chosen, page, connector_id=integration_id)
    return Page.of(found.holding([executions.execution_out(e) for e in found.items]))


@kept.get("", operation_id="list_executions", summary="List the calls of all connectors, newest first")
async def list_all_executions(
    actor: CurrentActor, page: Paging, chosen: Annotated[ExecutionFilter, Depends()]
) -> Page[ExecutionOut]:
    found = await executions.list_executions(actor, chosen, page)
    return Page.of(found.holding([executions.execution_out(e) for e in found.items]))


@kept.get(
    "/{execution_id}",
    operation_id="get_execution",
    summary="Read a call: what was sent, with hints for secrets, and the answer",
)
async def get_execution(actor: CurrentActor, execution_id: UUID) -> ExecutionDetail:
    return await executions.get_execution(actor, execution_id)
