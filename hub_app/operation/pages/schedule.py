"""The operator's page of periodic tasks."""

import reflex as rx

from hub_app.operation.state.schedule import ScheduleState, TaskRow
from hub_app.ui import components as ui
from hub_app.ui.shell import page

STATES: dict[str, tuple[str, ui.Tone]] = {
    "waiting": ("On time", "success"),
    "running": ("Running", "info"),
    "overdue": ("Overdue", "danger"),
}
LAST: dict[str, tuple[str, ui.Tone]] = {
    "succeeded": ("Succeeded", "success"),
    "failed": ("Failed", "danger"),
    "stopped": ("Interrupted", "warning"),
}


def page_of_schedule() -> rx.Component:
    return page(
        "Scheduler",
        "Work that Hub does regularly. Each task runs in one process at a time. If a task failed, Hub's log says why.",
        rx.cond(
            ScheduleState.refused,
            ui.operators_only(),
            rx.fragment(ui.card(_table(), flush=True), _see_also()),
        ),
        breadcrumb=[("Operator", "")],
    )


def _see_also() -> rx.Component:
    return rx.el.p(
        "Overdue tasks also show under ",
        rx.el.a("Health", href="/operator/health", class_name="hub-link"),
        ". The ",
        rx.el.a("installation log", href="/operator/audit?action=operator.task_run", class_name="hub-link"),
        " records who ran tasks by hand.",
        class_name="hub-small hub-text-2",
    )


def _table() -> rx.Component:
    return ui.table(
        "Periodic tasks",
        [
            ui.Column(label="Task", cell=_what),
            ui.Column(label="Interval", cell=lambda row: row.every, quiet=True, phone=False),
            ui.Column(label="State", cell=lambda row: ui.status_badge(row.state, STATES)),
            ui.Column(label="Last run", cell=_last, phone=False),
            ui.Column(label="Next run", cell=lambda row: ui.due(row.due_at), quiet=True, phone=False),
            ui.Column(label="Run now", cell=_run, end=True, tight=True, hide_label=True),
        ],
        ScheduleState.rows,
        loaded=ScheduleState.loaded,
        empty=ui.empty(
            "calendar_clock",
            "No process runs periodic tasks",
            "Start a process with the role all or worker. Its tasks appear here.",
        ),
    )


def _what(row: rx.vars.ObjectVar[TaskRow]) -> rx.Component:
    return rx.fragment(row.about, rx.el.span(row.name, class_name="hub-sub hub-mono"))


def _last(row: rx.vars.ObjectVar[TaskRow]) -> rx.Component:
    ended = rx.fragment(
        ui.status_badge(row.last, LAST),
        rx.el.span(
            rx.cond(row.last == "stopped", ui.time(row.started_at), ui.time(row.finished_at)),
            class_name="hub-sub",
        ),
    )
    return rx.cond(row.last != "", ended, rx.el.span("Not yet", class_name="hub-faint"))


def _run(row: rx.vars.ObjectVar[TaskRow]) -> rx.Component:
    return ui.icon_button(
        "play",
        f"Run {row.name} now",
        small=True,
        disabled=row.state == "running",
        on_click=ScheduleState.run_now(row.name),
    )
