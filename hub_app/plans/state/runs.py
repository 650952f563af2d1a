"""The runs of a plan: a live page of them, and starting one."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import Slice
from hub_app.plans.schemas import PlanRunIn, PlanRunOut
from hub_app.plans.service import runs
from hub_app.plans.state.plan import PlanAddress
from hub_app.plans.state.run import Look, PlanRunState, duration, fill, look
from hub_app.ui import words
from hub_app.ui.forms import DialogState, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_json
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow

TRIGGERS = {"manual": "By hand", "schedule": "Schedule", "event": "Event"}


@dataclass(frozen=True)
class RunRow:
    href: str
    at: str
    status: str
    progress: str
    trigger: str
    by: str
    duration: str


class PlanRunsState(PagedState, DialogState, rx.State):
    """One page of runs, or one run. `watch` keeps either up to date while it is open."""

    rows: rx.Field[list[RunRow]] = rx.field(default_factory=list)
    _address = PlanAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        address = PlanAddress.at(self)
        self.rows, self.loaded = [], address.tab == "runs" and not address.run
        if not self.loaded:
            return
        with suppress(NotFound):  # The page says so.
            self._show(await _page_at(await current_actor(self), address), address)

    def _show(self, found: Slice[PlanRunOut], address: PlanAddress) -> None:
        self.rows = [_row(one, address.of_run(one.id)) for one in found.items]
        self._turned(found, address)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        address = PlanAddress.at(self)
        if address.tab != "runs":
            return

        async def find(actor: Actor) -> Look | Slice[PlanRunOut]:
            return await look(actor, address) if address.run else await _page_at(actor, address)

        async def show(found: Look | Slice[PlanRunOut]) -> None:
            if isinstance(found, Look):
                fill(await self.get_state(PlanRunState), found)
            else:
                self._show(found, address)

        topic = f"plan_runs:{address.path.rpartition('/')[2]}"
        await follow(self, topic, find, show, pause_seconds=0.5)

    @submits_data(Role.ENGINEER)
    async def start(self, data: Mapping[str, Any]) -> EventSpec:
        """Start a run with what the form holds as its input, and look at it."""
        address = PlanAddress.at(self)
        given = read(PlanRunIn, {}, input=read_json(data, "input", empty="{}"))
        run = await runs.start_run(await current_actor(self), address.id, given)
        return rx.redirect(address.of_run(run.id))


async def _page_at(actor: Actor, address: PlanAddress) -> Slice[PlanRunOut]:
    return await runs.list_runs(actor, address.id, page_of(address))


def _row(run: PlanRunOut, href: str) -> RunRow:
    done = sum(one.status in {"succeeded", "failed"} for one in run.steps)
    return RunRow(
        href=href,
        at=words.iso(run.created_at),
        status=run.status,
        progress=f"{done} of {len(run.steps)}",
        trigger=TRIGGERS[run.trigger],
        by=run.started_by if run.trigger == "manual" else "",
        duration=duration(run.started_at, run.finished_at),
    )
