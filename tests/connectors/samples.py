"""A connector with an execution."""

from hub_app.connectors.schemas.runs import ExecutionFilter
from hub_app.connectors.service import executions
from hub_app.kernel.paging import PageRequest
from tests import factories
from tests.examples import Samples
from tests.people import People

FORM = {
    "display_name": "Taken over",
    "base_url": "https://evil.example",
    "auth_type": "none",
    "api_key": "of-somebody-else",
    "action_name": "Taken over",
    "method": "GET",
    "endpoint": "/orders",
}


async def make(people: People, receiver: str) -> Samples:
    made = await factories.connector(people.adam, f"{receiver}/api", key="key_of_the_examples")
    found = await executions.list_executions(people.adam.actor, ExecutionFilter(), PageRequest(limit=1))
    connector, execution = f"/connectors/{made}", f"/connectors/executions?execution={found.items[0].id}"
    tabs = ("run", "connection", "credentials", "import", "executions")
    return Samples(
        {
            "/connectors/[connector_id]": [
                connector,
                f"{connector}?action=list_orders",
                f"{connector}?new=1",
                *(f"{connector}?tab={tab}" for tab in tabs),
                "/connectors/unknown",
            ],
            "/connectors/new": [
                "/connectors/new",
                *(f"/connectors/new?from={start}" for start in ("hand", "openapi", "github")),
            ],
            "/connectors/executions": [
                "/connectors/executions",
                execution,
                f"{execution}&part=request",
                f"{execution}&part=headers",
            ],
        },
        [(f"{connector}?tab=connection", "Delete connector"), (f"{connector}?tab=credentials", "Remove")],
    )
