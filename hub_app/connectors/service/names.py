"""What connectors are called, for screens that show many of them."""

from uuid import UUID

from sqlmodel import col, select

from hub_app.connectors.service.lookup import READ
from hub_app.connectors.tables import Connector
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role

# More than anyone chooses from in a list.
_MOST = 1000


async def connector_names(actor: Actor) -> dict[UUID, str]:
    """The names of the tenant's connectors, in alphabetical order; at most 1,000."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = (
        select(Connector.id, Connector.display_name).order_by(col(Connector.display_name)).limit(_MOST)
    )
    async with db.read(actor.tenant_id) as session:
        return dict((await session.exec(statement)).all())
