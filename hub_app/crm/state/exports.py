"""The page of exports of everything."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.fields import STANDARD
from hub_app.crm.schemas.exports import ExportOut
from hub_app.crm.service import READ, exports
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import Slice
from hub_app.ui import words
from hub_app.ui.forms import RowDialogState, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow
from hub_app.ui.page_address import PageAddress

HERE = exports.HERE
_FILE = "/api/crm/exports/{id}/download"


@dataclass(frozen=True)
class ExportsAddress(PageAddress):
    """A page of exports."""


@dataclass(frozen=True)
class ExportRow:
    """An export; `file` is its address once it can be downloaded. `done` of `total` are written, while it is made."""

    id: str
    name: str
    at: str
    by: str
    status: str
    contents: str
    size: str
    digest: str
    expires_at: str
    file: str
    error: str
    done: int
    total: int


class ExportsState(RowDialogState, PagedState, rx.State):
    """One page of exports, newest first. `allowed`: who looks may have them."""

    allowed: bool = False
    under_way: bool = False
    rows: rx.Field[list[ExportRow]] = rx.field(default_factory=list)
    _address = ExportsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        actor = await current_actor(self)
        self.allowed = actor.may(Role.CUSTOMER_ADMIN, READ)
        self.rows, self.under_way = [], False
        if self.allowed:
            address = ExportsAddress.at(self)
            self._show(await _look(actor, address), address)
        self.loaded = True

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show how far an export is. Reflex ends this when the page is left or its address changes."""
        address, actor = ExportsAddress.at(self), await current_actor(self)
        if not actor.may(Role.CUSTOMER_ADMIN, READ):
            return

        async def show(found: Slice[ExportOut]) -> None:
            self._show(found, address)

        topic = f"jobs:{actor.tenant_id}"
        await follow(self, topic, lambda actor: _look(actor, address), show, pause_seconds=0.5)

    def _show(self, found: Slice[ExportOut], address: ExportsAddress) -> None:
        self.rows = [_row(one) for one in found.items]
        self.under_way = any(one.status == "running" for one in self.rows)
        self._turned(found, address)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def start(self) -> EventSpec:
        """Start an export of everything as it is now."""
        await exports.start_export(await current_actor(self))
        await self._look_again()
        return rx.toast.success("The export has started. You can leave this page.")

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> str:
        await exports.delete_export(await current_actor(self), read_id(self.subject_id))
        await self._look_again()
        return "The export is deleted."

    async def _look_again(self) -> None:
        address = ExportsAddress.at(self)
        self._show(await _look(await current_actor(self), address), address)


async def _look(actor: Actor, address: ExportsAddress) -> Slice[ExportOut]:
    return await exports.list_exports(actor, page_of(address))


def _row(one: ExportOut) -> ExportRow:
    counts = [
        f"{count:,} {name}"
        for name in (*STANDARD, "people")
        if (count := one.records.get(f"{name}.jsonl", 0))
    ]
    is_ready = one.status == "ready"
    return ExportRow(
        id=str(one.id),
        name=f"the export of {one.created_at:%Y-%m-%d %H:%M} UTC",
        at=words.iso(one.created_at),
        by=one.asked_by,
        status=one.status,
        contents=(", ".join(counts) or "No records") if is_ready else "",
        size=words.size(one.size) if is_ready else "",
        digest=one.sha256 if is_ready else "",
        expires_at=words.iso(one.expires_at) if is_ready else "",
        file=_FILE.format(id=one.id) if is_ready else "",
        error=one.error,
        done=one.done,
        total=one.total or 0,
    )
