"""Adding actions from an OpenAPI document to a connector that is there."""

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.imports import ImportOut
from hub_app.connectors.service import actions, connectors
from hub_app.connectors.state.importing import Importing
from hub_app.connectors.state.where import address, connector_id
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid
from hub_app.ui.guard import current_actor, guarded


class Additions(Importing, rx.State):
    """What a document offers this connector; `other_base` is the document's own base URL, when it is another one."""

    other_base: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def load(self) -> None:
        self._drop()

    async def _propose(self, found: ImportOut) -> None:
        there = await connectors.get_connector(await current_actor(self), connector_id(self))
        base = found.connector.oauth_config.base_url
        self.other_base = "" if base in {"", there.oauth_config.base_url} else base
        self._offer(found.connector.actions, frozenset(one.id for one in there.actions))

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def begin_anew(self) -> None:
        self._drop()

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def add(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Add what is ticked; one of the same id takes the place of the one that is there."""
        self.busy, self.errors = True, {}
        yield None
        chosen = self._chosen(data)
        if not chosen:
            raise Invalid.field("action", "must be chosen: tick at least one")

        given = [Action.model_validate(one) for one in chosen]
        await actions.add_actions(await current_actor(self), connector_id(self), given, replace=True)
        self._drop()
        yield rx.toast.success(
            "1 action is saved." if len(chosen) == 1 else f"{len(chosen)} actions are saved."
        )
        yield rx.redirect(address(self))
