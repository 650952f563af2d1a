"""Executions: a live, filtered page of them, of one connector or of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import reflex as rx

from hub_app.connectors.schemas.runs import ExecutionFilter, ExecutionOut
from hub_app.connectors.service import connectors, executions, lookup
from hub_app.connectors.state.address import TRIGGERS, ConnectorAddress
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import BrowsedState, page_of
from hub_app.ui.live import follow

_ROWS = 25
# Below the console.
_LAST = 8


@dataclass(frozen=True)
class ExecutionRow:
    id: str
    href: str
    what: str
    connector: str
    call: str
    outcome: str
    answer: str
    cached: bool
    trigger: str
    actor: str
    duration: str
    at: str


class ExecutionsState(BrowsedState, rx.State):
    """One page of executions. `watch` keeps it up to date while it is open."""

    rows: rx.Field[list[ExecutionRow]] = rx.field(default_factory=list)
    connector: str = ""
    connectors: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    action: str = ""
    actions: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    outcome: str = ""
    trigger: str = ""
    span: str = ""
    filtered: bool = False
    _address = ConnectorAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = ConnectorAddress.at(self)
        if not address.shows_executions:
            self.rows, self.loaded = [], False
            return
        actor = await current_actor(self)
        self.connector, self.action, self.outcome = address.connector, address.action, address.outcome
        self.trigger, self.span, self.filtered = address.trigger, address.span, address.is_filtered
        self.selected = address.execution
        try:
            if address.is_of_all:
                known = await lookup.connector_names(actor)
                self.connectors = [("", "All"), *((str(one), name) for one, name in known.items())]
            self.actions = await _actions(actor, address)
            self._show(await _page_at(actor, address), address)
        except NotFound:
            # What the page is about is gone, and it says so itself.
            self._show(Slice([]), address)

    def _show(self, found: Slice[ExecutionRow], address: ConnectorAddress) -> None:
        self.rows = found.items
        self._turned(found, address)
        self._beside_selected(self.rows)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes, at most once a second. Reflex ends this when the page is left or the filter changes."""
        address = ConnectorAddress.at(self)
        if not address.shows_executions:
            return
        topic = f"executions:{address.shown_connector or (await current_actor(self)).tenant_id}"

        async def show(found: Slice[ExecutionRow]) -> None:
            self._show(found, address)

        await follow(self, topic, lambda actor: _page_at(actor, address), show)


async def _page_at(actor: Actor, address: ConnectorAddress) -> Slice[ExecutionRow]:
    if address.tab == "run" and not address.is_of_all:
        return await _last_runs(actor, address)
    chosen = address.filter_of_executions()
    found = await executions.list_executions(
        actor, chosen, page_of(address, rows=_ROWS), connector_id=address.connector_id
    )
    known = await lookup.connector_names(actor) if address.is_of_all else {}
    return found.holding([_row(one, known, address) for one in found.items])


async def _last_runs(actor: Actor, address: ConnectorAddress) -> Slice[ExecutionRow]:
    """Those of the action that the console shows: no filter of the other lists holds here."""
    connector = await connectors.get_connector(actor, read_id(address.shown_connector))
    action = address.shown_action(connector)
    if action is None:
        return Slice([])
    found = await executions.list_executions(
        actor, ExecutionFilter(action=action.id), PageRequest(limit=_LAST), connector_id=connector.id
    )
    return found.holding([_row(one, {}, address) for one in found.items])


async def _actions(actor: Actor, address: ConnectorAddress) -> list[tuple[str, str]]:
    """The actions to filter by: those of one connector."""
    if address.connector_id is None:
        return []
    connector = await connectors.get_connector(actor, address.connector_id)
    return [("", "All"), *((one.id, one.name) for one in connector.actions)]


def _row(one: ExecutionOut, known: Mapping[UUID, str], address: ConnectorAddress) -> ExecutionRow:
    return ExecutionRow(
        id=str(one.id),
        href=address.url(execution=str(one.id)),
        what=one.action or "Test",
        connector=known.get(one.integration_id, ""),
        call=f"{one.method} {urlsplit(one.url).path}",
        outcome="succeeded" if one.ok else "failed",
        answer=words.answer(one.status_code, one.error_kind),
        cached=one.cached,
        trigger=TRIGGERS[one.trigger],
        actor=one.actor,
        duration=words.duration(one.duration_ms),
        at=words.iso(one.created_at),
    )
