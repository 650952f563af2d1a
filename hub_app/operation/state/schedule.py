"""The operator's page of periodic tasks."""

from dataclasses import dataclass
from datetime import timedelta

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.scheduler import RUNS
from hub_app.operation.schemas import TaskOut
from hub_app.operation.service import schedule
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.live import follow


@dataclass(frozen=True)
class TaskRow:
    name: str
    about: str
    every: str
    state: str
    last: str
    due_at: str
    started_at: str
    finished_at: str


class ScheduleState(rx.State):
    """Every task. `refused` for people who do not run this Hub."""

    loaded: bool = False
    refused: bool = False
    rows: rx.Field[list[TaskRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor = await current_actor(self)
        self.refused, self.loaded = not actor.is_operator, True
        self.rows = [] if self.refused else await _rows(actor)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what runs. Reflex ends this when the page is left."""
        if (await current_actor(self)).is_operator:
            await follow(self, RUNS, _rows, self._show)

    async def _show(self, rows: list[TaskRow]) -> None:
        self.rows = rows

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def run_now(self, name: str) -> EventSpec:
        actor = await current_actor(self)
        await schedule.run_now(actor, str(name))
        self.rows = await _rows(actor)
        return rx.toast.success(f"{name} runs in the background.")


async def _rows(actor: Actor) -> list[TaskRow]:
    return [_row(one) for one in await schedule.list_tasks(actor)]


def _row(one: TaskOut) -> TaskRow:
    return TaskRow(
        name=one.name,
        about=one.about,
        every=_every(timedelta(seconds=one.every_seconds)),
        state=one.state,
        last=one.last or "",
        due_at=words.iso(one.due_at),
        started_at=words.iso(one.started_at),
        finished_at=words.iso(one.finished_at),
    )


def _every(period: timedelta) -> str:
    """`Every hour`, `Every 5 minutes`."""
    seconds = int(period.total_seconds())
    for word, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds % size == 0:
            count = seconds // size
            return f"Every {word}" if count == 1 else f"Every {count} {word}s"
    return f"Every {seconds} seconds"
