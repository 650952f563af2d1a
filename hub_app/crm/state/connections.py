"""The list of connected CRMs, kept up to date while they sync."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from hub_app.crm.schemas.integrations import IntegrationOut
from hub_app.crm.service import gallery, integrations
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import Slice
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow
from hub_app.ui.page_address import SearchAddress

HERE = "/crm/connections"
NEW = "/crm/connections/new"


@dataclass(frozen=True)
class ConnectionRow:
    href: str
    name: str
    provider: str
    logo: str
    status: str
    last_at: str
    outcome: str
    next_at: str
    records: str


@dataclass(frozen=True)
class Found:
    """A page of connections, with how many records each has here."""

    page: Slice[IntegrationOut]
    counts: dict[UUID, int]


class ConnectionsState(PagedState, rx.State):
    """One page of connections, perhaps of those with a part of their name."""

    rows: rx.Field[list[ConnectionRow]] = rx.field(default_factory=list)
    text: str = ""
    _address = SearchAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = SearchAddress.at(self)
        self._show(await _find(await current_actor(self), address), address)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        address = SearchAddress.at(self)
        tenant_id = (await current_actor(self)).tenant_id

        async def show(found: Found) -> None:
            self._show(found, address)

        topics = [f"sync_connections:{tenant_id}", f"sync_jobs:{tenant_id}"]
        await follow(self, topics, lambda actor: _find(actor, address), show)

    def _show(self, found: Found, address: SearchAddress) -> None:
        self.text = address.q
        names = gallery.names()
        self.rows = [_row(one, names, found.counts.get(one.id, 0)) for one in found.page.items]
        self._turned(found.page, address)


async def _find(actor: Actor, address: SearchAddress) -> Found:
    page = await integrations.list_integrations(actor, page_of(address), text=address.q)
    return Found(page, await integrations.count_records(actor, [one.id for one in page.items]))


def _row(one: IntegrationOut, names: dict[str, str], count: int) -> ConnectionRow:
    return ConnectionRow(
        href=f"{HERE}/{one.id}",
        name=one.connection_name,
        provider=names.get(one.crm_provider, one.crm_provider),
        logo=logo_of(one.crm_provider),
        status=one.connection_status,
        last_at=words.iso(one.last_sync_at),
        outcome=one.last_sync_status or "",
        next_at=words.iso(one.next_sync_at),
        records=f"{count:,}",
    )


def logo_of(provider: str) -> str:
    return f"/logos/crm/{provider}.svg"
