"""A connector with an execution, and one whose consent was revoked."""

from uuid import UUID

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.schemas.runs import ExecutionFilter
from hub_app.connectors.service import connectors, executions
from hub_app.governance.schemas.consents import ConsentFilter
from hub_app.governance.service import consent_giving, consent_log
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
    stopped = f"/connectors/{await _stopped(people, receiver)}"
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
                stopped,
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


async def _stopped(people: People, receiver: str) -> UUID:
    """Another connector, the consent to which was revoked."""
    given = {
        "name": "weather",
        "display_name": "Weather",
        "oauth_config": {"base_url": f"{receiver}/weather"},
    }
    made = await connectors.create_connector(people.adam.actor, ConnectorIn.model_validate(given))
    chosen = ConsentFilter(resource_id=str(made.id))
    (consent,) = (await consent_log.list_consents(people.adam.actor, chosen, PageRequest())).items
    await consent_giving.revoke_consent(people.adam.actor, consent.id)
    return made.id
