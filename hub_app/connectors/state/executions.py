"""Executions: a live, filtered page of them, of one connector or of all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.schemas.runs import ExecutionOut
from hub_app.connectors.service import connectors, executions, lookup
from hub_app.connectors.state.console import Console
from hub_app.connectors.state.place import HERE, OUTCOMES, SPANS, TRIGGERS, Place
from hub_app.kernel import signals
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.mixins import PagedState

# A signal may be lost with its connection (hub_app/kernel/signals.py).
_POLL_SECONDS = 5
_PAUSE_SECONDS = 1
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


class Executions(PagedState, rx.State):
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
    selected: str = ""
    above: str = ""
    below: str = ""
    """The addresses of the executions beside the open one, on this page."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        place = Place.of(self)
        if not place.shows_executions:
            self.rows, self.loaded = [], False
            return
        if place.tab == "run" and not place.action:
            place = replace(place, action=(await self.get_state(Console)).action)
        actor = await current_actor(self)
        self.connector, self.action, self.outcome = place.connector, place.action, place.outcome
        self.trigger, self.span, self.filtered = place.trigger, place.span, place.filtered
        self.selected = place.execution
        try:
            known = await lookup.connector_names(actor)
            if place.base == HERE:
                self.connectors = [("", "All"), *((str(one), name) for one, name in known.items())]
            self.actions = await _actions(actor, place)
            self._show(await _page_at(actor, place, known), place)
        except NotFound:
            # What the page is about is gone, and it says so itself.
            self._show(Slice([]), place)

    def _show(self, found: Slice[ExecutionRow], place: Place) -> None:
        self._turned(found, place.base, **place.kept())
        self.rows = rows = found.items
        at = next((n for n, row in enumerate(rows) if row.id == self.selected), None)
        self.above = rows[at - 1].href if at else ""
        self.below = rows[at + 1].href if at is not None and at + 1 < len(rows) else ""

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes, at most once a second. Reflex ends this when the page is left or the filter changes."""
        place = Place.of(self)
        if not place.shows_executions:
            return
        if place.tab == "run" and not place.action:
            place = replace(place, action=self.action)
        shown = list(self.rows)
        tenant = (await current_actor(self)).tenant_id
        with signals.watch(f"executions:{place.connector or tenant}") as changed:
            while True:
                await changed.wait(_POLL_SECONDS)
                # Read anew each time: the session may have ended, the role may be another.
                actor = await current_actor(self)
                try:
                    found = await _page_at(actor, place, await lookup.connector_names(actor))
                except NotFound:
                    return  # What the page showed was deleted; loading it again says so.
                if found.items != shown:
                    shown = found.items
                    async with self:
                        self._show(found, place)
                await asyncio.sleep(_PAUSE_SECONDS)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter_connector(self, connector: str) -> EventSpec:
        return self._filter(connector=str(connector), action=None)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter_action(self, action: str) -> EventSpec:
        return self._filter(action=str(action))

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter_outcome(self, outcome: str) -> EventSpec:
        return self._filter(outcome=outcome if outcome in OUTCOMES else None)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter_trigger(self, trigger: str) -> EventSpec:
        return self._filter(trigger=trigger if trigger in TRIGGERS else None)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter_span(self, span: str) -> EventSpec:
        return self._filter(span=span if span in SPANS else None)

    def _filter(self, **changes: str | None) -> EventSpec:
        return rx.redirect(Place.of(self).address(**changes, cursor=None), replace=True)


async def _page_at(actor: Actor, place: Place, known: Mapping[UUID, str]) -> Slice[ExecutionRow]:
    page = PageRequest(limit=_LAST if place.tab == "run" else _ROWS, cursor=place.cursor or None)
    found = await executions.list_executions(actor, place.chosen(), page, connector_id=place.connector_id)
    rows = [_row(executions.execution_out(one), known, place) for one in found.items]
    return found.holding(rows)


async def _actions(actor: Actor, place: Place) -> list[tuple[str, str]]:
    """The actions to filter by: those of one connector."""
    if place.connector_id is None:
        return []
    connector = await connectors.get_connector(actor, place.connector_id)
    return [("", "All"), *((one.id, one.name) for one in connector.actions)]


def _row(one: ExecutionOut, known: Mapping[UUID, str], place: Place) -> ExecutionRow:
    return ExecutionRow(
        id=str(one.id),
        href=place.address(execution=str(one.id)),
        what=one.action or "Test",
        connector=known.get(one.integration_id, "") if place.base == HERE else "",
        call=f"{one.method} {urlsplit(one.url).path}",
        outcome="succeeded" if one.ok else "failed",
        answer=words.answer(one.status_code, one.error_kind),
        cached=one.cached,
        trigger=TRIGGERS[one.trigger],
        actor=one.actor,
        duration=words.duration(one.duration_ms),
        at=words.iso(one.created_at),
    )
