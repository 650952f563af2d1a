"""The history of one record."""

import reflex as rx

from hub_app.crm.state.record_history import RecordHistoryState, VersionRow
from hub_app.ui import components as ui


def history_tab() -> rx.Component:
    return ui.card(
        ui.table(
            "History",
            [
                ui.Column(label="What", cell=_what),
                ui.Column(label="Changed", cell=_changes),
                ui.Column(label="By", cell=_who, quiet=True, phone=False),
                ui.Column(label="When", cell=lambda row: ui.time(row.at), end=True, quiet=True),
            ],
            RecordHistoryState.rows,
            loaded=RecordHistoryState.loaded,
            empty=ui.empty("history", "No history", "Nothing has changed this record yet."),
            pager=ui.Pager(previous=RecordHistoryState.previous, next=RecordHistoryState.next),
        ),
        title="History",
        note="Newest first. Each change can be traced to a person or a sync job.",
        flush=True,
    )


def _what(row: rx.vars.ObjectVar[VersionRow]) -> rx.Component:
    return rx.fragment(
        row.what,
        rx.el.span("Version ", row.number, class_name="hub-sub"),
        rx.cond(row.undone, ui.badge("Undone since", "warning"), rx.fragment()),
    )


def _who(row: rx.vars.ObjectVar[VersionRow]) -> rx.Component:
    link = rx.el.a(row.who, href=row.href, class_name="hub-link")
    return rx.cond(row.href != "", link, rx.el.span(row.who))


def _changes(row: rx.vars.ObjectVar[VersionRow]) -> rx.Component:
    return rx.cond(
        row.changes.length() > 0,
        ui.change_list(row.changes),
        rx.el.span("—", class_name="hub-text-2"),
    )
