"""The use cases of connectors. Each takes an Actor, checks it, does one transaction, audits and signals."""

from sqlmodel import col, or_, select

from hub_app.connectors.service.lookup import READ
from hub_app.connectors.tables import Connector
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.search import Found


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
