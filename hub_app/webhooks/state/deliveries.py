"""The deliveries of an endpoint: a live, filtered page of them."""

import asyncio
from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel import signals
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import PageRequest
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.webhooks.schemas import DeliveryFilter, DeliveryOut
from hub_app.webhooks.service import deliveries, endpoints, events
from hub_app.webhooks.state import policies
from hub_app.webhooks.state.delivery import Delivery, fill, shown_status
from hub_app.webhooks.state.endpoint import endpoint_id, tab_of
from hub_app.webhooks.state.place import STATUSES, Place

# A signal may be lost with its connection (hub_app/kernel/signals.py).
_POLL_SECONDS = 5
_PAUSE_SECONDS = 1
_ROWS = 25


@dataclass(frozen=True)
class DeliveryRow:
    id: str
    href: str
    type: str
    message: str
    status: str
    next_at: str
    answer: str
    duration: str
    attempts: str
    at: str


Found = tuple[list[DeliveryRow], str, str]
"""The rows of a page, and the addresses of its neighbours."""


class Deliveries(rx.State):
    """One page of deliveries. `watch` keeps it up to date while it is open."""

    rows: rx.Field[list[DeliveryRow]] = rx.field(default_factory=list)
    loaded: bool = False
    status: str = ""
    type: str = ""
    types: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    previous: str = ""
    next: str = ""
    selected: str = ""
    above: str = ""
    below: str = ""
    """The addresses of the deliveries beside the open one, on this page."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        if tab_of(self) != "deliveries":
            self.rows, self.loaded = [], False
            return
        actor, place = await current_actor(self), Place.of(self)
        self.status, self.type, self.selected = place.status, place.type, place.delivery
        known = await events.type_names(actor)
        self.types = [("", "All"), *((name, name) for name in known)]
        self._show(await _page_at(self, actor, place))
        self.loaded = True

    def _show(self, page: Found) -> None:
        self.rows, self.previous, self.next = page
        at = next((n for n, row in enumerate(self.rows) if row.id == self.selected), None)
        self.above = self.rows[at - 1].href if at else ""
        self.below = self.rows[at + 1].href if at is not None and at + 1 < len(self.rows) else ""

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes, at most once a second. Reflex ends this when the page is left or the filter changes."""
        if tab_of(self) != "deliveries":
            return
        place, shown = Place.of(self), list(self.rows)
        with signals.watch(f"deliveries:{endpoint_id(self)}") as changed:
            while True:
                await changed.wait(_POLL_SECONDS)
                # Read anew each time: the session may have ended, the role may be another.
                actor = await current_actor(self)
                try:
                    page = await _page_at(self, actor, place)
                    detail = (
                        await deliveries.get_delivery(actor, read_id(place.delivery))
                        if place.delivery
                        else None
                    )
                except NotFound:
                    return  # What the page showed was deleted; loading it again says so.
                if page[0] != shown:
                    shown = page[0]
                    async with self:
                        self._show(page)
                        if detail is not None:
                            fill(await self.get_state(Delivery), detail)
                await asyncio.sleep(_PAUSE_SECONDS)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter_status(self, status: str) -> EventSpec:
        chosen = status if status in STATUSES else None
        return rx.redirect(Place.of(self).address(status=chosen, cursor=None), replace=True)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter_type(self, event_type: str) -> EventSpec:
        return rx.redirect(Place.of(self).address(type=str(event_type), cursor=None), replace=True)


async def _page_at(state: rx.State, actor: Actor, place: Place) -> Found:
    one = endpoint_id(state)
    endpoint = await endpoints.get_endpoint(actor, one)
    chosen = read(DeliveryFilter, {}, status=place.status or None, type=place.type or None)
    page = PageRequest(limit=_ROWS, cursor=place.cursor or None)
    found = await deliveries.list_deliveries(actor, one, chosen, page)
    rows = [_row(deliveries.delivery_out(d), endpoint.retry_policy, place) for d in found.items]
    previous = place.address(cursor=found.previous_cursor) if found.previous_cursor else ""
    following = place.address(cursor=found.next_cursor) if found.next_cursor else ""
    return rows, previous, following


def _row(delivery: DeliveryOut, policy: str, place: Place) -> DeliveryRow:
    status = shown_status(delivery)
    settled = status == "succeeded" or delivery.attempts == 0 or delivery.trigger == "test"
    return DeliveryRow(
        id=str(delivery.id),
        href=place.address(delivery=str(delivery.id)),
        type=delivery.event_type,
        message=words.short(delivery.id.hex),
        status=status,
        next_at=words.iso(delivery.next_attempt_at) if status == "retrying" else "",
        answer=words.answer(delivery.status_code, delivery.error_kind),
        duration=words.duration(delivery.duration_ms),
        attempts=policies.attempts(delivery.attempts, policy, settled=settled),
        at=words.iso(delivery.created_at),
    )
