"""The connection of a connector: where its API is, and how Hub signs in there."""

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx
from reflex.event import EventCallback, EventSpec

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import connectors
from hub_app.connectors.state.connections import own_connections
from hub_app.connectors.state.connector import Connector
from hub_app.connectors.state.form import beside_fields, connector_of, document_of, values_of
from hub_app.connectors.state.where import connector_id, tab_of
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui.guard import FormState, current_actor, guarded


class ConnectorSettings(FormState, rx.State):
    """What the form of the connection starts with. `version` changes with each save, so that it begins anew."""

    loaded: bool = False
    values: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    connections: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    version: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.errors, self.busy, self.loaded = {}, False, False
        if tab_of(self) == "connection":
            await self._load()

    async def _load(self) -> None:
        actor = await current_actor(self)
        try:
            found = await connectors.get_connector(actor, connector_id(self))
        except NotFound:
            return  # The page says so.
        self.values, self.version = values_of(found), found.updated_at.isoformat()
        self.connections = await own_connections(actor)
        self.loaded = True

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def save(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | EventCallback[()] | None]:
        """Save the connection; the actions stay as they are."""
        self.busy, self.errors = True, {}
        yield None
        actor, one = await current_actor(self), connector_id(self)
        before = await connectors.get_connector(actor, one)
        wanted: ConnectorIn = connector_of(data, document_of(before))
        with beside_fields():
            after = await connectors.replace_connector(actor, one, wanted)
        self.busy = False
        await self._load()
        lost = len(before.credentials) > len(after.credentials)
        dropped = " Its credentials were deleted: save new ones." if lost else ""
        yield rx.toast.success(f"{after.display_name} is saved.{dropped}")
        yield Connector.refresh
