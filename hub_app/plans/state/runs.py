"""The runs of a plan: a live page of them, and starting one."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel import signals
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid, NotFound
from hub_app.kernel.paging import Slice
from hub_app.plans.schemas import PlanRunIn, PlanRunOut
from hub_app.plans.service import runs
from hub_app.plans.state.plan import plan_id, tab_of
from hub_app.plans.state.run import PlanRun, duration, fill, look, run_address
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read
from hub_app.ui.mixins import DialogState, PagedState
from hub_app.ui.urls import path, query

# A signal may be lost with its connection (hub_app/kernel/signals.py).
_POLL_SECONDS = 5
_PAUSE_SECONDS = 0.5
TRIGGERS = {"manual": "By hand", "schedule": "Schedule", "event": "Event"}


@dataclass(frozen=True)
class RunRow:
    id: str
    href: str
    at: str
    status: str
    progress: str
    trigger: str
    by: str
    duration: str


class PlanRuns(PagedState, DialogState, rx.State):
    """One page of runs, or one run. `watch` keeps either up to date while it is open."""

    rows: rx.Field[list[RunRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        if tab_of(self) != "runs" or query(self, "run"):
            self.rows, self.loaded = [], False
            return
        try:
            await self._fetch()
        except NotFound:
            self.rows, self.loaded = [], True

    async def _fetch(self) -> None:
        found = await runs.list_runs(await current_actor(self), plan_id(self), self._page())
        self._show(found)

    def _show(self, found: Slice[PlanRunOut]) -> None:
        here = path(self)
        self.rows = [_row(one, here) for one in found.items]
        self._turned(found, here, tab="runs")

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        if tab_of(self) != "runs":
            return
        run, step, shown = query(self, "run"), query(self, "step"), cast("object", None)
        with signals.watch(f"plan_runs:{path(self).rpartition('/')[2]}") as changed:
            while True:
                await changed.wait(_POLL_SECONDS)
                # Read anew each time: the session may have ended, the role may be another.
                actor = await current_actor(self)
                try:
                    if run:
                        seen = await look(actor, run, step)
                    else:
                        seen = await runs.list_runs(actor, plan_id(self), self._page())
                except NotFound:
                    return  # What the page showed was deleted; loading it again says so.
                if seen != shown:
                    shown = seen
                    async with self:
                        if isinstance(seen, Slice):
                            self._show(seen)
                        else:
                            fill(await self.get_state(PlanRun), seen)
                await asyncio.sleep(_PAUSE_SECONDS)

    @rx.event
    @guarded(Role.ENGINEER)
    def ask_start(self) -> None:
        self._open("start")

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def start(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Start a run with what the form holds as its input, and look at it."""
        self.busy, self.errors = True, {}
        yield None
        given = read(PlanRunIn, {}, input=_json(data))
        run = await runs.start_run(await current_actor(self), plan_id(self), given)
        self._open("")
        yield rx.redirect(run_address(path(self), str(run.id)))


def _json(data: object) -> object:
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    try:
        return orjson.loads(str(form.get("input", "")).strip() or "{}")
    except orjson.JSONDecodeError as error:
        raise Invalid.field("input", f"is not valid JSON: {error}") from None


def _row(run: PlanRunOut, here: str) -> RunRow:
    done = sum(one.status in {"succeeded", "failed"} for one in run.steps)
    return RunRow(
        id=str(run.id),
        href=run_address(here, str(run.id)),
        at=words.iso(run.created_at),
        status=run.status,
        progress=f"{done} of {len(run.steps)}",
        trigger=TRIGGERS[run.trigger],
        by=run.started_by if run.trigger == "manual" else "",
        duration=duration(run.started_at, run.finished_at),
    )
