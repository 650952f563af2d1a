"""The list of conflicts: what the address says, a live page of it, and the chosen one."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.conflicts import ConflictOut
from hub_app.crm.service import conflicts, integrations
from hub_app.crm.state.conflict import ConflictState, fill
from hub_app.crm.state.decisions import HERE, TABS, DecisionsState, chosen_of, moved_on
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_optional_id
from hub_app.ui.lists import page_of
from hub_app.ui.live import follow
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.session import SessionState, waiting_words

STATUSES = {"resolved": "Resolved", "obsolete": "Settled by a sync"}
_CRMS = PageRequest(limit=200)


@dataclass(frozen=True)
class ConflictsAddress(PageAddress):
    """`conflict` is the one at the right; without it, the first of the list is."""

    tab: str = parameter(TABS, default="conflicts")
    status: str = parameter(STATUSES)
    crm: str = parameter(longest=36)
    conflict: str = parameter(stays=False)

    @property
    def is_filtered(self) -> bool:
        return any((self.status, self.crm))


@dataclass(frozen=True)
class ConflictRow:
    id: str
    href: str
    name: str
    about: str
    at: str


@dataclass(frozen=True)
class Look:
    """A page of the list, the conflict at the right, and how many wait in all."""

    page: Slice[ConflictOut]
    chosen: ConflictOut | None
    waiting: int


class ConflictsState(DecisionsState, rx.State):
    """One page of conflicts. `watch` keeps it up to date while it is open."""

    rows: rx.Field[list[ConflictRow]] = rx.field(default_factory=list)
    crms: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    tab: str = "conflicts"
    status: str = ""
    crm: str = ""
    connected: bool = False
    _address = ConflictsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        actor, address = await current_actor(self), ConflictsAddress.at(self)
        self.tab = address.tab
        if address.tab != "conflicts":
            return None
        known = (await integrations.list_integrations(actor, _CRMS)).items
        self.crms = [("", "All"), *((str(one.id), one.connection_name) for one in known)]
        self.connected, self.status, self.crm = bool(known), address.status, address.crm
        one = await self.get_state(ConflictState)
        before = one.id
        await self._show(await _look(actor, address))
        return moved_on(before, one.id)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        actor, address = await current_actor(self), ConflictsAddress.at(self)
        if address.tab == "conflicts":
            topic = f"sync_conflicts:{actor.tenant_id}"
            await follow(self, topic, lambda actor: _look(actor, address), self._show)

    async def _show(self, found: Look) -> None:
        address = ConflictsAddress.at(self)
        self.rows = [_row(one, address) for one in found.page.items]
        self.filtered = address.is_filtered
        following = self._beside(found.page, found.chosen, address.conflict, address, self.rows)
        session = await self.get_state(SessionState)
        session.waiting = session.waiting | {HERE: waiting_words(found.waiting)}
        one = await self.get_state(ConflictState)
        one.below, one.home = following, address.url()
        fill(one, found.chosen)


async def _look(actor: Actor, address: ConflictsAddress) -> Look:
    page = await conflicts.list_conflicts(
        actor,
        page_of(address),
        status=address.status or "open",  # type: ignore[arg-type]
        integration_id=read_optional_id(address.crm),
    )
    waiting = await conflicts.count_open(actor)
    chosen = await chosen_of(page, address.conflict, lambda one: conflicts.get_conflict(actor, one))
    return Look(page, chosen, waiting)


def _row(one: ConflictOut, address: ConflictsAddress) -> ConflictRow:
    left = [field for field in one.fields if field.chosen is None] or one.fields
    count = "1 field" if len(left) == 1 else f"{len(left)} fields"
    return ConflictRow(
        id=str(one.id),
        href=address.url(conflict=str(one.id)),
        name=one.record_name or "Without a name",
        about=f"{count} · {one.integration_name}",
        at=words.iso(one.created_at),
    )
