"""Exports of everything: starting one, how far it is, and the zips that can be downloaded."""

import reflex as rx

from hub_app.crm.state.exports import ExportRow, ExportsState
from hub_app.ui import components as ui
from hub_app.ui.shell import page

_STATES: dict[str, tuple[str, ui.Tone]] = {
    "running": ("Running", "info"),
    "ready": ("Ready", "success"),
    "failed": ("Failed", "danger"),
    "cancelled": ("Cancelled", "neutral"),
    "expired": ("Expired", "neutral"),
}


def page_of_exports() -> rx.Component:
    return page(
        "Export everything",
        "One zip with all clients, projects, invoices, events and contracts, their custom fields, people and whole history: as JSON"
        " lines, and as CSV for spreadsheets.",
        rx.cond(ExportsState.loaded, rx.cond(ExportsState.allowed, _allowed(), _refused()), ui.skeleton(4)),
        actions=[rx.cond(ExportsState.allowed, _start())],
        breadcrumb=[("CRM", ""), ("Clients", "/crm/clients")],
    )


def _start() -> rx.Component:
    return ui.button(
        "Start an export",
        "primary",
        mark="download",
        busy=ExportsState.under_way,
        on_click=ExportsState.start,
    )


def _refused() -> rx.Component:
    return ui.card(
        ui.empty(
            "lock",
            "Only customer admins can see this page",
            "An export holds everything about every client. Ask a customer admin or an owner.",
        )
    )


def _allowed() -> rx.Component:
    return rx.fragment(
        ui.card(
            ui.table(
                "Exports",
                [
                    ui.Column(label="Started", cell=_started),
                    ui.Column(label="Status", cell=_status),
                    ui.Column(label="Contents", cell=_contents, phone=False),
                    ui.Column(label="Kept until", cell=_until, phone=False),
                    ui.Column(label="Actions", cell=_actions, end=True, tight=True, hide_label=True),
                ],
                ExportsState.rows,
                empty=ui.empty(
                    "archive",
                    "No export yet",
                    "An export shows everything as it was at one moment. It is kept here for seven days.",
                ),
                pager=ui.Pager(previous=ExportsState.previous, next=ExportsState.next),
            ),
            title="Exports",
            note="Erasing a person's data deletes all of them, because that person cannot be taken out of a zip.",
            flush=True,
        ),
        ui.confirm(
            ExportsState,
            "delete",
            f"Delete {ExportsState.subject_name}",
            text="Its zip can no longer be downloaded. Nothing else changes.",
            action="Delete export",
            on_confirm=ExportsState.delete,
        ),
    )


def _started(row: rx.vars.ObjectVar[ExportRow]) -> rx.Component:
    return rx.fragment(ui.time(row.at), rx.el.span("by ", row.by, class_name="hub-sub"))


def _status(row: rx.vars.ObjectVar[ExportRow]) -> rx.Component:
    return rx.fragment(
        ui.status_badge(row.status, _STATES),
        rx.cond(row.error != "", rx.el.span(row.error, class_name="hub-sub")),
    )


def _contents(row: rx.vars.ObjectVar[ExportRow]) -> rx.Component:
    measured = rx.cond(
        (row.status == "running") & (row.total != 0),
        ui.progress(row.done, row.total, label="Export", text=f"{row.done} of {row.total} records"),
    )
    ready = rx.fragment(
        row.contents,
        rx.el.span(row.size, class_name="hub-sub"),
        rx.el.span("SHA-256 ", row.digest, class_name="hub-sub hub-mono hub-break"),
    )
    return rx.cond(row.file != "", ready, measured)


def _until(row: rx.vars.ObjectVar[ExportRow]) -> rx.Component:
    return rx.cond(row.expires_at != "", ui.time(row.expires_at), "—")


def _actions(row: rx.vars.ObjectVar[ExportRow]) -> rx.Component:
    delete = ui.icon_button(
        "trash_2",
        f"Delete {row.name}",
        small=True,
        on_click=ExportsState.ask_about("delete", row.id),
        attributes=ui.opener(ExportsState, "delete", row.id),
    )
    return rx.el.span(
        rx.cond(row.file != "", ui.download_link("Download", row.file)),
        rx.cond(row.status != "running", delete),
        class_name="hub-row hub-row-end",
    )
