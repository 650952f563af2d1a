"""OAuth connections: one's own, and for admins everyone's; kept up to date while they are looked at."""

import asyncio
from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel import signals
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.oauth.schemas import ConnectionOut
from hub_app.oauth.service import connections, records
from hub_app.oauth.state.connection import Connection, fill, may_use
from hub_app.oauth.state.outcomes import Banner, banner_of
from hub_app.oauth.state.place import CONNECTIONS, STATUSES, Place
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.mixins import PagedState
from hub_app.ui.session import initials

# A signal may be lost with its connection (hub_app/kernel/signals.py).
_POLL_SECONDS = 5
_PAUSE_SECONDS = 1
_ROWS = 25


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


class Connections(PagedState, rx.State):
    """One page of connections. `watch` keeps it up to date while it is open."""

    rows: rx.Field[list[ConnectionRow]] = rx.field(default_factory=list)
    whose: str = ""
    status: str = ""
    selected: str = ""
    banner: rx.Field[Banner] = rx.field(default_factory=Banner)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, place = await current_actor(self), Place.at(self)
        self.whose = _whose(actor, place)
        self.status, self.selected = place.status, place.connection
        self.banner = await banner_of(actor, place)
        found = await _found(actor, place)
        self.rows = _rows(actor, place, found)
        self._turned(found, CONNECTIONS, of=self.whose, status=self.status)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes, at most once a second. Reflex ends this when the page is left or the filter changes."""
        place = Place.at(self)
        shown: tuple[list[ConnectionRow], ConnectionOut | None] = (list(self.rows), None)
        topic = records.topic((await current_actor(self)).tenant_id)
        with signals.watch(topic) as changed:
            while True:
                await changed.wait(_POLL_SECONDS)
                # Read anew each time: the session may have ended, the role may be another.
                actor = await current_actor(self)
                rows, detail = _rows(actor, place, await _found(actor, place)), await _detail(actor, place)
                if (rows, detail) != shown:
                    shown = (rows, detail)
                    async with self:
                        self.rows = rows
                        if detail is not None:
                            fill(await self.get_state(Connection), actor, detail)
                await asyncio.sleep(_PAUSE_SECONDS)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter_status(self, status: str) -> EventSpec:
        chosen = status if status in STATUSES else None
        return rx.redirect(Place.at(self).address(status=chosen, cursor=None), replace=True)


def _whose(actor: Actor, place: Place) -> str:
    return place.of if actor.may(Role.CUSTOMER_ADMIN) else ""


async def _found(actor: Actor, place: Place) -> Slice[ConnectionOut]:
    everyone = _whose(actor, place) != ""
    chosen = connections.Chosen(status=place.status or None)  # type: ignore[arg-type] - one of STATUSES
    page = PageRequest(limit=_ROWS, cursor=place.cursor or None)
    return await connections.list_connections(actor, page, everyone=everyone, chosen=chosen)


async def _detail(actor: Actor, place: Place) -> ConnectionOut | None:
    """The connection in the drawer, if one is open."""
    if not place.connection or place.outcome:
        return None
    try:
        return await connections.get_connection(actor, read_id(place.connection))
    except NotFound:
        return None


def _rows(actor: Actor, place: Place, found: Slice[ConnectionOut]) -> list[ConnectionRow]:
    return [_row(actor, place, one) for one in found.items]


def _row(actor: Actor, place: Place, one: ConnectionOut) -> ConnectionRow:
    count = len(one.scopes_granted)
    missing = len(one.scopes_missing)
    return ConnectionRow(
        id=str(one.id),
        href=place.address(connection=str(one.id)),
        app=one.app_name,
        logo=one.app_logo,
        initials=initials(one.app_name),
        account=one.account_name or one.account_id,
        owner=one.user_name or "A connector of the tenant",
        scopes="1 scope" if count == 1 else f"{count} scopes",
        missing=f"{missing} not granted" if missing else "",
        status=one.status,
        error=one.last_error,
        expires_at=words.iso(one.expires_at),
        refreshes=one.refreshes,
        again=one.status != "connected" and may_use(actor, one),
    )
