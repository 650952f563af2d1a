"""The deliveries of an endpoint: a live, filtered page of them."""

from dataclasses import dataclass

import reflex as rx

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import Slice
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.ui.lists import BrowsedState, page_of
from hub_app.ui.live import follow
from hub_app.webhooks.schemas import DeliveryDetail, DeliveryFilter, DeliveryOut
from hub_app.webhooks.service import deliveries, endpoints, events
from hub_app.webhooks.state import policies
from hub_app.webhooks.state.address import EndpointAddress
from hub_app.webhooks.state.delivery import DeliveryState, fill, shown_status


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


class DeliveriesState(BrowsedState, rx.State):
    """One page of deliveries. `watch` keeps it up to date while it is open."""

    rows: rx.Field[list[DeliveryRow]] = rx.field(default_factory=list)
    status: str = ""
    type: str = ""
    types: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    _address = EndpointAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = EndpointAddress.at(self)
        if address.tab != "deliveries":
            self.rows, self.loaded = [], False
            return
        actor = await current_actor(self)
        self.status, self.type, self.selected = address.status, address.type, address.delivery
        known = await events.type_names(actor)
        self.types = [("", "All"), *((name, name) for name in known)]
        self._show(await _page_at(actor, address), address)

    def _show(self, found: Slice[DeliveryRow], address: EndpointAddress) -> None:
        self.rows = found.items
        self._turned(found, address)
        self._beside_selected(self.rows)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes, at most once a second. Reflex ends this when the page is left or the filter changes."""
        address = EndpointAddress.at(self)
        if address.tab != "deliveries":
            return

        async def look(actor: Actor) -> tuple[Slice[DeliveryRow], DeliveryDetail | None]:
            one = address.delivery
            detail = await deliveries.get_delivery(actor, read_id(one)) if one else None
            return await _page_at(actor, address), detail

        async def show(found: tuple[Slice[DeliveryRow], DeliveryDetail | None]) -> None:
            page, detail = found
            self._show(page, address)
            if detail is not None:
                fill(await self.get_state(DeliveryState), detail, address)

        await follow(self, f"deliveries:{address.id}", look, show)


async def _page_at(actor: Actor, address: EndpointAddress) -> Slice[DeliveryRow]:
    endpoint = await endpoints.get_endpoint(actor, address.id)
    chosen = read(DeliveryFilter, {}, status=address.status or None, type=address.type or None)
    found = await deliveries.list_deliveries(actor, address.id, chosen, page_of(address))
    rows = [_row(deliveries.delivery_out(one), endpoint.retry_policy, address) for one in found.items]
    return found.holding(rows)


def _row(delivery: DeliveryOut, policy: str, address: EndpointAddress) -> DeliveryRow:
    status = shown_status(delivery)
    settled = status == "succeeded" or delivery.attempts == 0 or delivery.trigger == "test"
    return DeliveryRow(
        id=str(delivery.id),
        href=address.url(delivery=str(delivery.id)),
        type=delivery.event_type,
        message=words.short(delivery.id.hex),
        status=status,
        next_at=words.iso(delivery.next_attempt_at) if status == "retrying" else "",
        answer=words.answer(delivery.status_code, delivery.error_kind),
        duration=words.duration(delivery.duration_ms),
        attempts=policies.attempts(delivery.attempts, policy, settled=settled),
        at=words.iso(delivery.created_at),
    )
