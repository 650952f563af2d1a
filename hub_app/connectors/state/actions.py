"""The actions of a connector: the list, their order, deleting one."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import reflex as rx

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.service import actions, connectors
from hub_app.connectors.state.address import ConnectorAddress
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui.forms import RowDialogState, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.urls import url_with


@dataclass(frozen=True)
class ActionRow:
    id: str
    href: str
    name: str
    method: str
    endpoint: str
    traits: str
    is_first: bool
    is_last: bool


class ActionsState(RowDialogState, rx.State):
    """All of a connector's actions, in their order."""

    rows: rx.Field[list[ActionRow]] = rx.field(default_factory=list)
    loaded: bool = False

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        address = ConnectorAddress.at(self)
        if address.tab != "actions" or address.action or address.new:
            self.rows, self.loaded = [], False
            return
        with suppress(NotFound):  # The page says so.
            self._show((await connectors.get_connector(await current_actor(self), address.id)).actions)

    def _show(self, found: Sequence[Action]) -> None:
        last, here = len(found) - 1, ConnectorAddress.at(self).path
        self.rows = [_row(here, one, first=n == 0, last=n == last) for n, one in enumerate(found)]
        self.loaded = True

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def move(self, key: str, step: int) -> None:
        """Move an action by so many places, up when negative."""
        by = step if isinstance(step, int) else 0
        actor, one = await current_actor(self), ConnectorAddress.at(self).id
        self._show(await actions.move_action(actor, one, str(key), by))

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> str:
        actor, one = await current_actor(self), ConnectorAddress.at(self).id
        self._show(await actions.delete_action(actor, one, self.subject_id))
        return f"{self.subject_name} is deleted. Its executions are kept."


def _row(here: str, one: Action, *, first: bool, last: bool) -> ActionRow:
    return ActionRow(
        id=one.id,
        href=url_with(here, action=one.id),
        name=one.name,
        method=one.method,
        endpoint=one.endpoint,
        traits=" · ".join(_traits(one)),
        is_first=first,
        is_last=last,
    )


def _traits(one: Action) -> list[str]:
    count = len(one.parameters)
    traits = ["no parameters" if not count else "1 parameter" if count == 1 else f"{count} parameters"]
    if one.pagination.type != "none":
        traits.append("paginated")
    if one.cache_seconds:
        traits.append(f"cached for {one.cache_seconds} s")
    return traits
