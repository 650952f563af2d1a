"""The quarantine of a connection: a live page of it, and the row in the drawer."""

from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.quarantine import QuarantinedOut, QuarantinedSummary, QuarantineStatus
from hub_app.crm.service import quarantine
from hub_app.crm.state.mapping_address import WORDS, QuarantineAddress
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import Slice
from hub_app.ui import words
from hub_app.ui.forms import Next
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import BrowsedState, DrawerState, page_of
from hub_app.ui.live import follow


@dataclass(frozen=True)
class QuarantineRow:
    id: str
    resource: str
    external_id: str
    reason: str
    attempts: str
    at: str
    href: str


class QuarantineState(BrowsedState, FormState, rx.State):
    """One page of what could not become a record, newest first."""

    rows: rx.Field[list[QuarantineRow]] = rx.field(default_factory=list)
    status: str = "open"
    mapping: str = ""
    """The address of the mapping, which may have to be mended first."""
    _address = QuarantineAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = QuarantineAddress.at(self)
        self.rows, self.loaded = [], False
        if address.tab != "quarantine":
            return
        with suppress(NotFound):  # The page says so.
            self._show(await _page(await current_actor(self), address), address)

    def _show(self, found: Slice[QuarantinedSummary], address: QuarantineAddress) -> None:
        self.rows = [_row(one, address) for one in found.items]
        self.status, self.selected = address.status, address.item
        self.mapping = f"{address.path}?tab=mapping"
        self._turned(found, address)
        self._beside_selected(self.rows)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        address = QuarantineAddress.at(self)
        if address.tab != "quarantine":
            return

        async def show(found: Slice[QuarantinedSummary]) -> None:
            self._show(found, address)

        await follow(self, f"sync_quarantine:{address.id}", lambda actor: _page(actor, address), show)

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def retry_all(self) -> list[Next]:
        """Try all that waits once more, and look at the job."""
        address = QuarantineAddress.at(self)
        job = await quarantine.retry_all(await current_actor(self), address.id)
        said = rx.toast.success("What waits in quarantine is tried again.")
        return [said, rx.redirect(f"{address.path}?tab=jobs&job={job.id}")]


class QuarantinedState(DrawerState, FormState, rx.State):
    """The open row. `id` is "" while none is open."""

    resource: str = ""
    external_id: str = ""
    reason: str = ""
    status: str = ""
    attempts: str = ""
    at: str = ""
    raw: str = ""
    _address = QuarantineAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        address = QuarantineAddress.at(self)
        self.id = ""
        if address.tab != "quarantine" or not address.item:
            return None
        try:
            self._show(await quarantine.get_quarantined(await current_actor(self), read_id(address.item)))
        except NotFound:
            return rx.toast.error("There is no such row in quarantine any more.")
        return None

    def _show(self, one: QuarantinedOut) -> None:
        self.id, self.resource, self.external_id = str(one.id), WORDS.get(one.resource, ""), one.external_id
        self.reason, self.status, self.at = one.reason, one.status, words.iso(one.updated_at)
        self.attempts = _times(one.attempts)
        self.raw = orjson.dumps(one.raw, option=orjson.OPT_INDENT_2).decode()

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def retry(self) -> list[Next]:
        """Try the row once more, as the CRM has it now, and look at the job."""
        address = QuarantineAddress.at(self)
        job = await quarantine.retry_one(await current_actor(self), read_id(self.id))
        said = rx.toast.success("The record is tried again.")
        return [said, rx.redirect(f"{address.path}?tab=jobs&job={job.id}")]

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def dismiss(self) -> list[Next]:
        """Let the row rest until it comes otherwise."""
        await quarantine.dismiss(await current_actor(self), read_id(self.id))
        said = rx.toast.success("The record is dismissed. It comes back if the CRM changes it.")
        return [said, rx.redirect(QuarantineAddress.at(self).url())]


async def _page(actor: Actor, address: QuarantineAddress) -> Slice[QuarantinedSummary]:
    status = cast("QuarantineStatus", address.status)
    return await quarantine.list_quarantine(actor, address.id, page_of(address), status=status)


def _row(one: QuarantinedSummary, address: QuarantineAddress) -> QuarantineRow:
    return QuarantineRow(
        id=str(one.id),
        resource=WORDS.get(one.resource, one.resource),
        external_id=one.external_id,
        reason=one.reason,
        attempts=_times(one.attempts),
        at=words.iso(one.updated_at),
        href=address.url(cursor=address.cursor, item=str(one.id)),
    )


def _times(attempts: int) -> str:
    return "once" if attempts == 1 else f"{attempts:,} times"
