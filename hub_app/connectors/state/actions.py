"""The actions of a connector: the list, their order, deleting one."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.service import actions, connectors
from hub_app.connectors.state.where import address, connector_id, tab_of
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.mixins import DialogState
from hub_app.ui.urls import query


@dataclass(frozen=True)
class ActionRow:
    key: str
    href: str
    name: str
    method: str
    endpoint: str
    traits: str
    is_first: bool
    is_last: bool


class Actions(DialogState, rx.State):
    """All of a connector's actions, in their order."""

    rows: rx.Field[list[ActionRow]] = rx.field(default_factory=list)
    loaded: bool = False
    chosen: str = ""
    chosen_name: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        if tab_of(self) != "actions" or query(self, "action") or query(self, "new"):
            self.rows, self.loaded = [], False
            return
        try:
            found = await connectors.get_connector(await current_actor(self), connector_id(self))
        except NotFound:
            return  # The page says so.
        self._show(found.actions)

    def _show(self, found: Sequence[Action]) -> None:
        last = len(found) - 1
        self.rows = [_row(self, one, first=n == 0, last=n == last) for n, one in enumerate(found)]
        self.loaded = True

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def move(self, key: str, step: int) -> None:
        """Move an action by so many places, up when negative."""
        by = step if isinstance(step, int) else 0
        actor, one = await current_actor(self), connector_id(self)
        self._show(await actions.move_action(actor, one, str(key), by))

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def ask_delete(self, key: str) -> None:
        found = next((one for one in self.rows if one.key == key), None)
        if found is None:
            raise NotFound("This action is gone already. Reload the page.")
        self._open("delete")
        self.chosen, self.chosen_name = found.key, found.name

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def delete(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        del data
        self.busy = True
        yield None
        actor, one = await current_actor(self), connector_id(self)
        self._show(await actions.delete_action(actor, one, self.chosen))
        name = self.chosen_name
        self._open("")
        yield rx.toast.success(f"{name} is deleted. Its executions stay.")


def _row(state: rx.State, one: Action, *, first: bool, last: bool) -> ActionRow:
    return ActionRow(
        key=one.id,
        href=address(state, action=one.id),
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
        traits.append("all pages")
    if one.cache_seconds:
        traits.append(f"kept {one.cache_seconds} s")
    return traits
