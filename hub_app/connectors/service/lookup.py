"""Finding a connector and its actions within the tenant."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.tables import Connector, ConnectorAction
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound

READ = "read:connectors"
WRITE = "write:connectors"
# The action's id and its JMESPath have other names in the table.
ACTION_COLUMNS = Action.model_fields.keys() & ConnectorAction.model_fields.keys() - {"id"}
# More than anyone chooses from in a list.
_MOST_NAMES = 1000


class Declared(NamedTuple):
    """An action's name, and those of its parameters."""

    name: str
    parameters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """Connectors by id with their names, and actions by connector and id."""

    names: Mapping[UUID, str]
    actions: Mapping[tuple[UUID, str], Declared]


async def find_action(session: AsyncSession, connector: Connector, slug: str) -> ConnectorAction:
    """An action by its id within the connector; NotFound when there is none."""
    statement = select(ConnectorAction).where(
        ConnectorAction.connector_id == connector.id, ConnectorAction.slug == slug
    )
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound("Action not found")
    return found


async def find_actions(session: AsyncSession, wanted: Collection[tuple[UUID, str]]) -> Known:
    """Those of the connectors and actions, by connector and action id, that the tenant has."""
    ids = {connector for connector, _ in wanted}
    names = await session.exec(select(Connector.id, Connector.display_name).where(col(Connector.id).in_(ids)))
    declared = select(
        col(ConnectorAction.connector_id),
        col(ConnectorAction.slug),
        col(ConnectorAction.name),
        col(ConnectorAction.parameters),
    ).where(
        col(ConnectorAction.connector_id).in_(ids),
        col(ConnectorAction.slug).in_({action for _, action in wanted}),
    )
    actions = {
        (connector, slug): Declared(name, frozenset(str(one["name"]) for one in parameters))
        for connector, slug, name, parameters in (await session.exec(declared)).all()
    }
    return Known(dict(names.all()), actions)


async def connector_names(actor: Actor) -> dict[UUID, str]:
    """The names of the tenant's connectors, in alphabetical order; at most 1,000."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = (
        select(Connector.id, Connector.display_name).order_by(col(Connector.display_name)).limit(_MOST_NAMES)
    )
    async with db.read(actor.tenant_id) as session:
        return dict((await session.exec(statement)).all())


def action_out(row: ConnectorAction) -> Action:
    """An action as it was declared."""
    declared = row.model_dump(include=ACTION_COLUMNS)
    return Action.model_validate({"id": row.slug, "response": row.selection, **declared})


def changed(session: AsyncSession, connector_id: UUID) -> None:
    """Tell open screens, once the change has committed."""
    db.notify(session, f"connector:{connector_id}")
