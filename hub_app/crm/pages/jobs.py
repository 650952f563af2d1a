"""The jobs of a connection: a live list."""

import reflex as rx

from hub_app.crm.pages.job import job_drawer
from hub_app.crm.pages.job_parts import STATES
from hub_app.crm.state.connection import ConnectionState
from hub_app.crm.state.job_rows import JobRow
from hub_app.crm.state.jobs import SyncJobsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def jobs_tab() -> rx.Component:
    return rx.fragment(ui.card(_list(), flush=True), job_drawer())


def _list() -> rx.Component:
    first = ui.only(
        SessionState.is_engineer,
        rx.cond(
            ConnectionState.imports & (ConnectionState.status == "connected"),
            ui.button("Preview the first import", "primary", on_click=ConnectionState.preview("full_import")),
        ),
        "Engineers can sync this connection.",
    )
    return ui.table(
        "Jobs",
        [
            ui.Column(label="Job", cell=_what),
            ui.Column(label="Status", cell=lambda row: ui.status_badge(row.status, STATES), tight=True),
            ui.Column(label="What came of it", cell=_outcome, phone=False),
            ui.Column(label="Started", cell=lambda row: ui.time(row.at), quiet=True, tight=True),
            ui.Column(label="Took", cell=lambda row: row.duration, end=True, quiet=True, phone=False),
        ],
        SyncJobsState.rows,
        loaded=SyncJobsState.loaded,
        empty=ui.empty(
            "refresh_cw",
            "No jobs yet",
            "Each import, sync, preview and check appears here, with what came of every record.",
            first,
        ),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == SyncJobsState.selected,
        pager=ui.Pager(previous=SyncJobsState.previous, next=SyncJobsState.next),
    )


def _what(row: rx.vars.ObjectVar[JobRow]) -> rx.Component:
    return rx.fragment(
        row.title, rx.el.span(row.trigger, rx.cond(row.by != "", f", {row.by}", ""), class_name="hub-sub")
    )


def _outcome(row: rx.vars.ObjectVar[JobRow]) -> rx.Component:
    going = rx.cond(
        row.is_measured,
        ui.progress(row.done, row.total, label=row.title, text=row.progress),
        rx.el.span(row.progress, class_name="hub-small hub-text-2"),
    )
    return rx.cond(row.is_open, going, ui.figures(row.figures))
