"""The job activity indicator of the top bar: what runs for the tenant, how far it is, and stopping it."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.jobs import service as jobs
from hub_app.jobs.service import JobOut
from hub_app.kernel.actor import Actor, Role
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


@dataclass(frozen=True)
class JobRow:
    """A job in the list. `text` says how far it is, or what came of it; measured is one whose total is known. Who sees it may
    not be one who can cancel or retry it.
    """

    id: str
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
        topic = f"jobs:{(await current_actor(self)).tenant_id}"
        await follow(self, topic, _rows, self._show, poll_seconds=_POLL_SECONDS, at_once=True)

    async def _show(self, rows: list[JobRow]) -> None:
        self.rows, self.running = rows, sum(row.is_open for row in rows)

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def cancel(self, job_id: str) -> None:
        """Stop a job; the watcher shows what comes of it."""
        await jobs.cancel_job(await current_actor(self), read_id(job_id))

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def retry(self, job_id: str) -> EventSpec:
        """Let a failed job go on; the watcher shows what comes of it."""
        job = await jobs.retry_job(await current_actor(self), read_id(job_id))
        return rx.toast.success(f"{job.title}: it continues where it stopped.")


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
            on_click=ActivityState.cancel(row.id),
            attributes={"aria-label": f"Cancel: {row.title}"},
        ),
    )
    retry = rx.cond(
        row.can_retry,
        button(
            "Retry",
            small=True,
            mark="rotate_ccw",
            on_click=ActivityState.retry(row.id),
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


async def _rows(actor: Actor) -> list[JobRow]:
    return [
        _row(jobs.job_out(job), job.href, may_change=jobs.may_change(actor, job))
        for job in await jobs.current_jobs(actor)
    ]


def _row(job: JobOut, href: str, *, may_change: bool) -> JobRow:
    return JobRow(
        id=str(job.id),
        title=job.title,
        href=href,
        status=job.status,
        done=job.done,
        total=job.total or 0,
        text=_text(job),
        is_open=job.status in _OPEN,
        is_measured=bool(job.total),
        can_cancel=may_change and job.status in {"waiting", "running"},
        can_retry=may_change and job.status == "failed",
        ended_at=job.finished_at.isoformat() if job.finished_at else "",
    )


def _text(job: JobOut) -> str:
    if job.status in _OPEN or job.status == "cancelled":
        return f"{job.done:,} of {job.total:,}" if job.total is not None else f"{job.done:,} so far"
    return job.result
