"""Trying what is declared of a custom CRM, before it is connected or changed."""

from hub_app.crm.schemas.integrations import SourceTried, SourceTryIn
from hub_app.crm.service import custom
from hub_app.kernel.access import CurrentActor
from hub_app.kernel.routes import router_of

router = router_of("/api/crm/custom-sources", "CRM")


@router.post(
    "/try",
    summary="Try what is declared of a custom CRM",
    description="Reads the first page of each list through the connector, and tells what was found where. Nothing is kept.",
)
async def try_custom_source(actor: CurrentActor, given: SourceTryIn) -> SourceTried:
    return await custom.try_source(actor, given)
