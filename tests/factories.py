"""A connector with actions, a credential and an execution; a plan that calls it; a client."""

from uuid import UUID

from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn
from hub_app.connectors.schemas.runs import TestIn
from hub_app.connectors.service import connectors, credentials, runs
from hub_app.crm.schemas.records import RecordIn
from hub_app.crm.service import records
from hub_app.plans.schemas import PlanIn
from hub_app.plans.service import plans
from tests.people import Person

_ACTIONS: list[dict[str, object]] = [
    {
        "id": "list_orders",
        "name": "List orders",
        "description": "The shop's orders, newest first.",
        "endpoint": "/orders",
        "parameters": [
            {"name": "status", "description": "open, paid or shipped", "default": "open"},
            {"name": "limit", "type": "integer", "default": 20},
        ],
        "response": "data[].{id: id, total: total}",
        "pagination": {"type": "page", "items": "data"},
        "cache_seconds": 60,
    },
    {"id": "ship_order", "name": "Ship an order", "method": "POST", "endpoint": "/orders/{order}/ship"},
]


async def connector(person: Person, base_url: str, *, key: str) -> UUID:
    """A connector to this address, where it was tried once."""
    given = ConnectorIn.model_validate(
        {
            "name": "shop_api",
            "display_name": "Shop API of Acme",
            "auth_type": "api_key",
            "oauth_config": {"base_url": base_url},
            "actions": _ACTIONS,
        }
    )
    made = await connectors.create_connector(person.actor, given)
    await credentials.set_credential(person.actor, made.id, CredentialIn(type="api_key", value=key))
    await runs.test_connector(person.actor, made.id, TestIn(endpoint="/orders"))
    return made.id


async def plan(person: Person, connector_id: UUID) -> UUID:
    """A plan of two steps, which nothing starts by itself."""
    integration = str(connector_id)
    given = PlanIn.model_validate(
        {
            "name": "Ship what is paid",
            "steps": [
                {"id": "orders", "integration_id": integration, "action": "list_orders"},
                {
                    "id": "ship",
                    "integration_id": integration,
                    "action": "ship_order",
                    "params": {"order": "{{ steps.orders.data[0].id }}"},
                },
            ],
        }
    )
    return (await plans.create_plan(person.actor, given)).id


async def client(person: Person) -> UUID:
    """A client that somebody made."""
    given = RecordIn(fields={"name": "Sarah Chen of Acme", "email": "sarah@chen.example", "status": "Booked"})
    return (await records.create_record(person.actor, given)).id
