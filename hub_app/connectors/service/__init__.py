"""The use cases of connectors. Each takes an Actor, checks it, does one transaction, audits and signals."""

from sqlmodel import col, func, or_, select

from hub_app.connectors.service.lookup import READ
from hub_app.connectors.tables import Connector, ConnectorCredential
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.search import Found


async def status(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    of_connectors = select(func.count()).select_from(Connector)
    refused = select(func.count(func.distinct(ConnectorCredential.connector_id))).where(
        col(ConnectorCredential.is_valid).is_(False)
    )
    async with db.read(actor.tenant_id) as session:
        return {
            "connectors": (await session.exec(of_connectors)).one(),
            "connectors_refused": (await session.exec(refused)).one(),
        }


async def search(actor: Actor, text: str, limit: int) -> list[Found]:
    """Connectors whose name or base URL contains this text, in alphabetical order."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return []
    matches = or_(
        col(Connector.display_name).icontains(text, autoescape=True),
        col(Connector.base_url).icontains(text, autoescape=True),
    )
    statement = select(Connector).where(matches).order_by(col(Connector.display_name)).limit(limit)
    async with db.read(actor.tenant_id) as session:
        found = (await session.exec(statement)).all()
    return [Found(one.display_name, "Connector", f"/connectors/{one.id}") for one in found]
