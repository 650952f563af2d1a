"""The job activity indicator of the top bar: what runs for the tenant, how far it is, and stopping it."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel import capabilities
from hub_app.kernel.activity import Activity, Work
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.ui.components.badge import Tone, status_badge
from hub_app.ui.components.button import button
from hub_app.ui.components.progress import progress
from hub_app.ui.components.time import time
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.icons import icon
from hub_app.ui.inputs import read_id
from hub_app.ui.live import follow

_POLL_SECONDS = 15
_STATES: dict[str, tuple[str, Tone]] = {
    "waiting": ("Waiting", "info"),
    "running": ("Running", "info"),
    "cancelling": ("Stopping", "warning"),
    "succeeded": ("Done", "success"),
    "failed": ("Failed", "danger"),
    "cancelled": ("Cancelled", "neutral"),
}
_OPEN = {"waiting", "running", "cancelling"}
_MOST = 20


@dataclass(frozen=True)
class JobRow:
    """A job in the list, of the capability that is called `of`. `text` says how far it is, or what came of it; measured is one whose total is known. Who sees it may
    not be one who can cancel or retry it.
    """

    id: str
    of: str
    title: str
    href: str
    status: str
    done: int
    total: int
    text: str
    is_open: bool
    is_measured: bool
    can_cancel: bool
    can_retry: bool
    ended_at: str


class ActivityState(rx.State):
    """The tenant's jobs of this moment. `watch` is the last `on_load` of every page for signed-in people."""

    rows: rx.Field[list[JobRow]] = rx.field(default_factory=list)
    running: int = 0

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes, at most once a second. Reflex ends this when the page is left."""
        tenant_id = (await current_actor(self)).tenant_id
        topics = [f"{one.topic}:{tenant_id}" for one in _activities().values()]
        await follow(self, topics, _rows, self._show, poll_seconds=_POLL_SECONDS, at_once=True)

    async def _show(self, rows: list[JobRow]) -> None:
        self.rows, self.running = rows, sum(row.is_open for row in rows)

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def cancel(self, of: str, job_id: str) -> None:
        """Stop a job; the watcher shows what comes of it."""
        await _activity(of).cancel(await current_actor(self), read_id(job_id))

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def retry(self, of: str, job_id: str) -> EventSpec:
        """Let a failed job go on; the watcher shows what comes of it."""
        await _activity(of).retry(await current_actor(self), read_id(job_id))
        title = next((f"{row.title}: it" for row in self.rows if row.id == job_id), "The job")
        return rx.toast.success(f"{title} continues where it stopped.")


def activity() -> rx.Component:
    """The indicator: nothing while there is nothing to tell."""
    return rx.cond(ActivityState.rows.length() > 0, rx.fragment(_button(), _panel()))


def _button() -> rx.Component:
    busy = ActivityState.running > 0
    words = rx.cond(busy, f"Jobs: {ActivityState.running} running", "Jobs: none running")
    attributes: dict[str, Any] = {"popoverTarget": "hub-activity", "aria-label": words}
    return rx.el.button(
        rx.cond(busy, icon("loader_circle", class_name="hub-spinner"), icon("circle_check")),
        type="button",
        title=words,
        class_name="hub-button hub-button-ghost hub-button-icon",
        custom_attrs=attributes,
    )


def _panel() -> rx.Component:
    attributes: dict[str, Any] = {"popover": "auto", "id": "hub-activity", "aria-label": "Jobs"}
    return rx.el.section(
        rx.el.div(rx.el.span("Jobs", class_name="hub-strong"), class_name="hub-menu-head"),
        rx.el.ul(rx.foreach(ActivityState.rows, _job), class_name="hub-activity"),
        class_name="hub-menu",
        custom_attrs=attributes,
    )


def _job(row: rx.vars.ObjectVar[JobRow]) -> rx.Component:
    bar = rx.cond(row.is_measured, progress(row.done, row.total, label=row.title))
    cancel = rx.cond(
        row.can_cancel,
        button(
            "Cancel",
            small=True,
            on_click=ActivityState.cancel(row.of, row.id),
            attributes={"aria-label": f"Cancel: {row.title}"},
        ),
    )
    retry = rx.cond(
        row.can_retry,
        button(
            "Retry",
            small=True,
            mark="rotate_ccw",
            on_click=ActivityState.retry(row.of, row.id),
            attributes={"aria-label": f"Retry: {row.title}"},
        ),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.a(row.title, href=row.href, class_name="hub-strong"),
            status_badge(row.status, _STATES),
            class_name="hub-row hub-row-between",
        ),
        rx.cond(row.is_open, bar),
        rx.el.div(
            rx.el.span(row.text, class_name="hub-small hub-text-2"),
            rx.cond(
                row.is_open,
                cancel,
                rx.el.span(
                    rx.el.span(time(row.ended_at), class_name="hub-small hub-text-2"),
                    retry,
                    class_name="hub-row hub-row-firm",
                ),
            ),
            class_name="hub-row hub-row-between",
        ),
    )


def _activities() -> dict[str, Activity]:
    """Those of all capabilities, by their names."""
    found = zip(capabilities.names(), capabilities.every(), strict=True)
    return {name: one.activity for name, one in found if one.activity is not None}


def _activity(of: str) -> Activity:
    """That of the capability of this name. NotFound."""
    found = _activities().get(of)
    if found is None:
        raise NotFound("This job no longer exists. Reload the page.")
    return found


async def _rows(actor: Actor) -> list[JobRow]:
    found = [(of, work) for of, one in _activities().items() for work in await one.current(actor)]
    # Ids grow with time.
    found.sort(key=lambda pair: pair[1].id, reverse=True)
    return [_row(of, work) for of, work in found[:_MOST]]


def _row(of: str, work: Work) -> JobRow:
    return JobRow(
        id=str(work.id),
        of=of,
        title=work.title,
        href=work.href,
        status=work.status,
        done=work.done,
        total=work.total or 0,
        text=_text(work),
        is_open=work.status in _OPEN,
        is_measured=bool(work.total),
        can_cancel=work.may_change and work.status in {"waiting", "running"},
        can_retry=work.may_change and work.status == "failed",
        ended_at=work.finished_at.isoformat() if work.finished_at else "",
    )


def _text(work: Work) -> str:
    if work.status in _OPEN or work.status == "cancelled":
        return f"{work.done:,} of {work.total:,}" if work.total is not None else f"{work.done:,} so far"
    return work.result
