"""The jobs of a connection: a live page of them, and of the one in the drawer."""

from contextlib import suppress
from dataclasses import dataclass

import reflex as rx

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.service import syncs
from hub_app.crm.state.connection import ConnectionAddress
from hub_app.crm.state.job import JobLook, SyncJobState, fill_job, look_at_job
from hub_app.crm.state.job_rows import JobRow, job_row
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import Slice
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.lists import BrowsedState, page_of
from hub_app.ui.live import follow


@dataclass(frozen=True)
class Found:
    jobs: Slice[SyncJobOut]
    open: JobLook | None


class SyncJobsState(BrowsedState, rx.State):
    """One page of jobs, newest first."""

    rows: rx.Field[list[JobRow]] = rx.field(default_factory=list)
    _address = ConnectionAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = ConnectionAddress.at(self)
        self.rows, self.loaded = [], False
        if address.tab != "jobs":
            return
        with suppress(NotFound):  # The page says so.
            actor = await current_actor(self)
            self._show(await syncs.list_jobs(actor, address.id, page_of(address)), address)

    def _show(self, found: Slice[SyncJobOut], address: ConnectionAddress) -> None:
        self.rows = [job_row(one, address.of_job(one.id, cursor=address.cursor)) for one in found.items]
        self.selected = address.job
        self._turned(found, address)
        self._beside_selected(self.rows)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        address, actor = ConnectionAddress.at(self), await current_actor(self)
        if address.tab != "jobs":
            return

        async def find(actor: Actor) -> Found:
            jobs = await syncs.list_jobs(actor, address.id, page_of(address))
            try:
                return Found(jobs, await look_at_job(actor, address) if address.job else None)
            except NotFound:
                return Found(jobs, None)

        async def show(found: Found) -> None:
            self._show(found.jobs, address)
            if found.open is not None:
                fill_job(await self.get_state(SyncJobState), found.open, address)

        await follow(self, f"sync_jobs:{actor.tenant_id}", find, show, pause_seconds=0.5)
