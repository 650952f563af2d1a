"""OAuth connections: one's own, and for admins everyone's; kept up to date while they are looked at."""

from dataclasses import dataclass

import reflex as rx

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import Slice
from hub_app.oauth.schemas import ConnectionOut
from hub_app.oauth.service import connections, consent, records
from hub_app.oauth.state.address import ConnectionsAddress
from hub_app.oauth.state.connection import ConnectionState, fill, may_use
from hub_app.oauth.state.outcomes import Banner, banner_of
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow
from hub_app.ui.session import initials


@dataclass(frozen=True)
class ConnectionRow:
    id: str
    href: str
    app: str
    logo: str
    initials: str
    account: str
    owner: str
    scopes: str
    missing: str
    status: str
    error: str
    expires_at: str
    refreshes: bool
    again: bool
    """Whether the one who looks can connect it again, and should."""


Found = tuple[Slice[ConnectionRow], ConnectionOut | None, str]
"""A page of connections, the one in the drawer, and why that may not be used."""


class ConnectionsState(PagedState, rx.State):
    """One page of connections. `watch` keeps it up to date while it is open."""

    rows: rx.Field[list[ConnectionRow]] = rx.field(default_factory=list)
    whose: str = ""
    status: str = ""
    selected: str = ""
    banner: rx.Field[Banner] = rx.field(default_factory=Banner)
    _address = ConnectionsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, address = await current_actor(self), ConnectionsAddress.at(self)
        self.whose = _whose(actor, address)
        self.status, self.selected = address.status, address.connection
        self.banner = await banner_of(actor, address)
        self._show(await _page_at(actor, address), address)

    def _show(self, found: Slice[ConnectionRow], address: ConnectionsAddress) -> None:
        self.rows = found.items
        self._turned(found, address)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes, at most once a second. Reflex ends this when the page is left or the filter changes."""
        address = ConnectionsAddress.at(self)

        async def look(actor: Actor) -> Found:
            detail = await _detail(actor, address)
            stopped = "" if detail is None else await consent.refusal_of(actor.tenant_id, detail)
            return await _page_at(actor, address), detail, stopped

        async def show(found: Found) -> None:
            page, detail, stopped = found
            self._show(page, address)
            if detail is not None:
                drawer = await self.get_state(ConnectionState)
                drawer.stopped = stopped
                fill(drawer, await current_actor(self), detail)

        await follow(self, records.topic((await current_actor(self)).tenant_id), look, show)


def _whose(actor: Actor, address: ConnectionsAddress) -> str:
    return address.of if actor.may(Role.CUSTOMER_ADMIN) else ""


async def _page_at(actor: Actor, address: ConnectionsAddress) -> Slice[ConnectionRow]:
    everyone = _whose(actor, address) != ""
    chosen = connections.Chosen(status=address.status or None)  # type: ignore[arg-type] - one of STATUSES
    found = await connections.list_connections(actor, page_of(address), everyone=everyone, chosen=chosen)
    stopped = await consent.refusals(actor.tenant_id, found.items)
    return found.holding([_row(actor, address, one, stopped=one.id in stopped) for one in found.items])


async def _detail(actor: Actor, address: ConnectionsAddress) -> ConnectionOut | None:
    """The connection in the drawer, if one is open."""
    try:
        return await connections.get_connection(actor, read_id(address.opened)) if address.opened else None
    except NotFound:
        return None


def _row(actor: Actor, address: ConnectionsAddress, one: ConnectionOut, *, stopped: bool) -> ConnectionRow:
    count = len(one.scopes_granted)
    missing = len(one.scopes_missing)
    return ConnectionRow(
        id=str(one.id),
        href=address.url(connection=str(one.id)),
        app=one.app_name,
        logo=one.app_logo,
        initials=initials(one.app_name),
        account=one.account_name or one.account_id,
        owner=one.user_name or "A connector of the tenant",
        scopes="1 scope" if count == 1 else f"{count} scopes",
        missing=f"{missing} not granted" if missing else "",
        status="stopped" if stopped else one.status,
        error=one.last_error,
        expires_at=words.iso(one.expires_at),
        refreshes=one.refreshes,
        again=one.status != "connected" and not stopped and may_use(actor, one),
    )
