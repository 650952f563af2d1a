"""Possible duplicates: what the address says, a live page of pairs, and the chosen pair."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.fields import STANDARD
from hub_app.crm.schemas.conflicts import DuplicateOut, ExactMatches
from hub_app.crm.schemas.records import FieldOut
from hub_app.crm.service import duplicates, matches
from hub_app.crm.state.connection import ConnectionAddress
from hub_app.crm.state.connections import HERE as CONNECTIONS
from hub_app.crm.state.decisions import HERE, KINDS, TABS, DecisionsState, chosen_of, moved_on
from hub_app.crm.state.duplicate import DuplicateState, fields_of, fill, why
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import Slice
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import page_of
from hub_app.ui.live import follow
from hub_app.ui.page_address import PageAddress, parameter

PAGE = f"{HERE}?tab=duplicates"
STATUSES = {"merged": "Merged", "dismissed": "Not the same"}


@dataclass(frozen=True)
class DuplicatesAddress(PageAddress):
    """`pair` is the one at the right; without it, the first of the list is."""

    tab: str = parameter(TABS, default="conflicts")
    decided: str = parameter(STATUSES)
    kind: str = parameter(STANDARD)
    pair: str = parameter(stays=False)

    @property
    def is_filtered(self) -> bool:
        return any((self.decided, self.kind))


@dataclass(frozen=True)
class PairRow:
    id: str
    href: str
    first: str
    second: str
    about: str


@dataclass(frozen=True)
class ExactRow:
    """Exact matches of a connection with other CRMs, in words."""

    connection: str
    title: str
    text: str
    action: str


@dataclass(frozen=True)
class Look:
    """A page of the list, the pair at the right, and what can be linked all at once."""

    page: Slice[DuplicateOut]
    chosen: DuplicateOut | None
    fields: Sequence[FieldOut]
    exact: Sequence[ExactMatches]


class DuplicatesState(DecisionsState, rx.State):
    """One page of pairs. `watch` keeps it up to date while it is open."""

    rows: rx.Field[list[PairRow]] = rx.field(default_factory=list)
    exact: rx.Field[list[ExactRow]] = rx.field(default_factory=list)
    decided: str = ""
    kind: str = ""
    _address = DuplicatesAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        address = DuplicatesAddress.at(self)
        if address.tab != "duplicates":
            return None
        self.decided, self.kind = address.decided, address.kind
        one = await self.get_state(DuplicateState)
        before = one.id
        await self._show(await _look(await current_actor(self), address))
        return moved_on(before, one.id)

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def preview_links(self, connection: str) -> EventSpec:
        """Start the preview of linking all exact matches of a connection, and look at it."""
        one = read_id(connection)
        job = await matches.link_matches(await current_actor(self), one, dry_run=True)
        return rx.redirect(ConnectionAddress(f"{CONNECTIONS}/{one}").of_job(job.id, view="findings"))

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        actor, address = await current_actor(self), DuplicatesAddress.at(self)
        if address.tab == "duplicates":
            topic = f"sync_duplicates:{actor.tenant_id}"
            await follow(self, topic, lambda actor: _look(actor, address), self._show)

    async def _show(self, found: Look) -> None:
        address = DuplicatesAddress.at(self)
        self.rows = [_row(one, address) for one in found.page.items]
        self.exact = [_exact(one) for one in found.exact]
        self.filtered = address.is_filtered
        following = self._beside(found.page, found.chosen, address.pair, address, self.rows)
        one = await self.get_state(DuplicateState)
        here = address.url(decided="", pair=self.selected)
        one.below, one.here = following, here
        fill(one, found.chosen, found.fields)


async def _look(actor: Actor, address: DuplicatesAddress) -> Look:
    status = address.decided or "open"
    page = await duplicates.list_duplicates(
        actor,
        page_of(address),
        status=status,  # type: ignore[arg-type]
        resource=address.kind,
    )
    chosen = await chosen_of(page, address.pair, lambda one: duplicates.get_duplicate(actor, one))
    exact = [] if address.is_filtered else await matches.count_matches(actor)
    return Look(page, chosen, await fields_of(actor, chosen), exact)


def _exact(one: ExactMatches) -> ExactRow:
    count = f"{one.count:,}{' or more' if one.more else ''}"
    things = "record of" if one.count == 1 else "records of"
    return ExactRow(
        connection=str(one.integration_id),
        title=f"{count} {things} {one.connection_name} are exact matches",
        text="Another CRM has a record with the same email address and the same name, and only one fits. Hub can link all of them:"
        " each pair becomes one record, and changes travel from there. You see a preview first, and can undo it as a whole.",
        action=f"Link all {count} exact matches…" if one.count > 1 else "Link the exact match…",
    )


def _row(one: DuplicateOut, address: DuplicatesAddress) -> PairRow:
    return PairRow(
        id=str(one.id),
        href=address.url(pair=str(one.id)),
        first=one.first.name or "Without a name",
        second=one.second.name or "Without a name",
        about=f"{why(one)} · {KINDS.get(one.resource, one.resource)}",
    )
